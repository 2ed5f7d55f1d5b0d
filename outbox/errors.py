"""Why something did not work: one list of codes, and the small family of errors that carry them."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Every reason that an outbox error, an outcome or an item's last error can have."""

    # this machine
    STORAGE_FULL = "storage-full"
    STORE_NEWER = "store-newer"
    STORE_UNUSABLE = "store-unusable"
    KEY_UNUSABLE = "key-unusable"
    KEY_NOT_PRIVATE = "key-not-private"
    # bags
    BAG_NAME = "bag-name"
    BAG_UNSAFE = "bag-unsafe"
    BAG_UNREADABLE = "bag-unreadable"
    BAG_CHANGED = "bag-changed"
    BAG_CONFLICT = "bag-conflict"
    BAG_RENAMED = "bag-renamed"
    # items
    ITEM_UNKNOWN = "item-unknown"
    TRANSITION_REFUSED = "transition-refused"
    LEASE_LOST = "lease-lost"
    DESTINATION_UNKNOWN = "destination-unknown"
    # destinations
    UNREACHABLE = "unreachable"
    STALLED = "stalled"
    CUT = "cut"
    FOLDER_MISSING = "folder-missing"
    NOT_MOUNTED = "not-mounted"
    HOST_KEY_REFUSED = "host-key-refused"
    HOST_KEY_UNKNOWN = "host-key-unknown"
    KNOWN_HOSTS_UNUSABLE = "known-hosts-unusable"
    LOGIN_REFUSED = "login-refused"
    CERTIFICATE_REFUSED = "certificate-refused"
    CERTIFICATE_UNUSABLE = "certificate-unusable"
    CREDENTIAL_UNUSABLE = "credential-unusable"
    PORTAL = "portal"
    OTHER_SERVER = "other-server"
    CLOCK_WRONG = "clock-wrong"
    FAR_PERMISSION = "far-permission"
    FAR_FULL = "far-full"
    FAR_TOO_LARGE = "far-too-large"
    PART_TOO_SMALL = "part-too-small"
    FAR_FAILURE = "far-failure"
    FAR_DIGEST = "far-digest"
    FAR_CONFLICT = "far-conflict"
    SSHD_MISSING = "sshd-missing"
    SENDER_DEFECT = "sender-defect"
    # sticks
    STICK_MISSING = "stick-missing"
    STICK_NOT_MOUNTED = "stick-not-mounted"
    STICK_FULL = "stick-full"
    STICK_TOO_LARGE = "stick-too-large"
    STICK_READ_ONLY = "stick-read-only"
    STICK_PERMISSION = "stick-permission"
    STICK_WORN = "stick-worn"
    STICK_GONE = "stick-gone"
    STICK_BUSY = "stick-busy"
    STICK_INDEX = "stick-index"
    STICK_STATION_UNKNOWN = "stick-station-unknown"
    STICK_DAMAGED = "stick-damaged"
    STICK_OTHER_KEY = "stick-other-key"
    STICK_OTHER_RECIPIENTS = "stick-other-recipients"
    RECIPIENT_UNUSABLE = "recipient-unusable"
    # receipts
    RECEIPT_UNREADABLE = "receipt-unreadable"
    RECEIPT_FORBIDDEN = "receipt-forbidden"
    RECEIPT_KEY_UNKNOWN = "receipt-key-unknown"
    RECEIPT_SIGNATURE = "receipt-signature"
    RECEIPT_OTHER_BAG = "receipt-other-bag"
    RECEIPT_OTHER_DIGEST = "receipt-other-digest"
    RECEIPT_REFUSED = "receipt-refused"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code and the technical detail behind it (a path, a host, the text of a lower error)."""

    code: Code
    detail: str


class OutboxError(Exception):
    """The root of this package's errors: a code for the words above, a detail for the technician."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail

    @property
    def reason(self) -> Reason:
        return Reason(self.code, self.detail)
