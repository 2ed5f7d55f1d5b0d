"""The receiver's signed statement about one bag, and how it is made, written, read and believed.

A receipt lies beside its bag as `<bag id>.receipt.json`. Accepted, it is the only thing that lets the station forget a
bag; so it counts only with a trusted key, for this bag id, over this payload digest. Refused, it lists what is wrong.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from outbox import durable
from outbox.bagfile import TAR, BagError, BagFile, is_sealed, require_bag_id
from outbox.errors import Code, OutboxError
from outbox.keys import SigningKey, TrustedKeys, canonical_json, trust
from outbox.verify import BagSource, Finding, bag_id_of, verify_bag

SUFFIX = ".receipt.json"
LARGEST = 1 << 20
MODE = 0o644
"""Whoever hands receipts out has to read them, mostly a web server's account. They name bags and files, and no person;
who gets to them at all is for their folder to say.
"""
_MOST_FINDINGS = 500
_REFUSED = ".refused-"
_FINDING_KEYS = {field.name for field in fields(Finding)}

Clock = Callable[[], datetime]
Inspect = Callable[[BagSource], list[Finding]]


class Verdict(StrEnum):
    """What the receiver says of a bag."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class ReceiptError(OutboxError):
    """A receipt that does not count; the code says why."""


class BagConflictError(OutboxError):
    """Another bag has already been accepted under this bag id; neither it nor its receipt is touched."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who says what about which bag; `digest` is the payload digest, `size` the bytes of the tar."""

    version: Literal[1] = 1
    bag_id: str
    digest: str
    size: int
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    received_at: Annotated[datetime, msgspec.Meta(tz=True)]
    key_id: str
    signature: str = ""

    def signed_bytes(self) -> bytes:
        """What the signature is over: the canonical JSON of everything else."""
        plain = self.plain()
        del plain["signature"]
        return canonical_json(plain)

    def to_bytes(self) -> bytes:
        """The receipt file."""
        return canonical_json(self.plain())

    def plain(self) -> dict[str, Any]:
        """Every value as JSON has it."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def receipt_name(bag_id: str) -> str:
    return bag_id + SUFFIX


def sign(receipt: Receipt, key: SigningKey) -> Receipt:
    """The receipt with this key's id and signature."""
    named = msgspec.structs.replace(receipt, key_id=key.key_id, signature="")
    return msgspec.structs.replace(named, signature=key.sign(named.signed_bytes()))


def parse(data: bytes) -> Receipt:
    """A receipt as it came; believed only after `check`."""
    if len(data) > LARGEST:
        raise ReceiptError(Code.RECEIPT_UNREADABLE, f"{len(data)} bytes")
    try:
        return _decode(data)
    except (ValueError, RecursionError) as error:
        raise ReceiptError(Code.RECEIPT_UNREADABLE, str(error)) from error


def _decode(data: bytes) -> Receipt:
    """Every unknown key is refused; msgspec lets those of a dataclass pass, so the findings are looked at here."""
    plain = msgspec.json.decode(data)
    receipt = msgspec.convert(plain, Receipt)
    for finding in plain.get("findings", ()):
        if unknown := finding.keys() - _FINDING_KEYS:
            raise ValueError(f"finding contains unknown field `{min(unknown)}`")
    return receipt


def check(receipt: Receipt, trusted: TrustedKeys, bag_id: str, digest: str) -> None:
    """Raise unless this receipt is a trusted receiver's about our bag.

    An accepted receipt must name our digest. A refusal need not: the byte that was flipped may lie in the very manifest
    that the digest is made of, and a refusal frees nothing.
    """
    key = trusted.get(receipt.key_id)
    if key is None:
        raise ReceiptError(Code.RECEIPT_KEY_UNKNOWN, receipt.key_id)
    if not key.verifies(receipt.signature, receipt.signed_bytes()):
        raise ReceiptError(Code.RECEIPT_SIGNATURE, receipt.key_id)
    if receipt.bag_id != bag_id:
        raise ReceiptError(Code.RECEIPT_OTHER_BAG, receipt.bag_id)
    if receipt.verdict is Verdict.ACCEPTED and receipt.digest != digest:
        raise ReceiptError(Code.RECEIPT_OTHER_DIGEST, receipt.digest)


def write(receipt: Receipt, folder: Path, mode: int = MODE) -> Path:
    """Put a receipt beside its bag; it may replace the refusal of an earlier arrival."""
    path = folder / receipt_name(receipt.bag_id)
    durable.replace(path, receipt.to_bytes(), mode, exactly=True)
    return path


def _let_read(path: Path, mode: int) -> None:
    """An earlier receipt gets the mode of today's; one of another account keeps its own."""
    if path.stat().st_mode & 0o777 != mode:
        with suppress(PermissionError):
            path.chmod(mode)


def read(folder: Path, bag_id: str) -> Receipt | None:
    """The receipt that lies beside a bag, if there is one."""
    path = folder / receipt_name(bag_id)
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return parse(file.read(LARGEST + 1))


def receive_bag(
    path: Path,
    key: SigningKey,
    inspect: Inspect,
    clock: Clock,
    trusted_senders: TrustedKeys | None = None,
    mode: int = MODE,
) -> Receipt:
    """Verify an arrived bag (tar or folder) completely and say so in a signed receipt beside it.

    The receipt is the commit point. A crash before it: the bag is verified again at the next run. A crash between a
    refusal and the renaming of the refused tar: the same, with a new refusal. A bag that has been judged before and is
    still the same gets the same receipt; one that has rotted since its acceptance is refused, so that it can be sent
    again. A receipt that is not by `key` (the folder is open to senders) counts for nothing and is replaced.
    """
    bag_id = bag_id_of(path)
    earlier = own(path.parent, bag_id, key)
    with BagSource(path) as source:
        digest = source.digest()
        findings = tuple((verify_bag(source, trusted_senders) or inspect(source))[:_MOST_FINDINGS])
    if earlier is not None and (earlier.findings, earlier.digest) == (findings, digest):
        receipt = earlier
        _let_read(path.parent / receipt_name(bag_id), mode)
    else:
        _refuse_conflict(earlier, digest, findings)
        receipt = sign(_receipt(path, bag_id, digest, findings, clock()), key)
        write(receipt, path.parent, mode)
    if receipt.verdict is Verdict.REFUSED and not path.is_dir():
        _put_aside(path, bag_id)
    return receipt


def find_arrived(folder: Path) -> list[Path]:
    """The bags that lie finished in a folder, by name; uploads under way, refused tars and receipts are none."""
    return sorted(path for path in folder.iterdir() if _is_arrived(path))


def _is_arrived(path: Path) -> bool:
    try:
        bag_id_of(path)
    except BagError:
        return False
    if path.is_symlink():
        return False
    if path.is_dir():
        return is_sealed(path)
    return path.name.endswith(TAR) and _REFUSED not in path.name and path.is_file()


def own(folder: Path, bag_id: str, key: SigningKey) -> Receipt | None:
    """The receipt that this receiver has already written for a bag."""
    try:
        receipt = read(folder, bag_id)
        if receipt is not None:
            check(receipt, trust([key.public]), bag_id, receipt.digest)
    except ReceiptError:
        return None
    return receipt


def _refuse_conflict(earlier: Receipt | None, digest: str, findings: tuple[Finding, ...]) -> None:
    """A whole bag with other content under the id of an accepted one is a conflict for a person, not a correction."""
    if earlier is not None and earlier.verdict is Verdict.ACCEPTED and not findings and earlier.digest != digest:
        raise BagConflictError(Code.BAG_CONFLICT, f"{earlier.bag_id}: {digest} came, {earlier.digest} was accepted")


def _receipt(path: Path, bag_id: str, digest: str, findings: tuple[Finding, ...], now: datetime) -> Receipt:
    verdict = Verdict.REFUSED if findings else Verdict.ACCEPTED
    return Receipt(
        bag_id=require_bag_id(bag_id),
        digest=digest,
        size=_size(path),
        verdict=verdict,
        findings=findings,
        received_at=now,
        key_id="",
    )


def _size(path: Path) -> int:
    try:
        return BagFile(path).size if path.is_dir() else path.stat().st_size
    except BagError:
        return 0


def _put_aside(path: Path, bag_id: str) -> None:
    """Free the name for a resend; the refused bytes stay for whoever looks for the cause."""
    for number in range(1, 10_000):
        try:
            durable.move_new(path, path.with_name(f"{bag_id}{_REFUSED}{number}{TAR}"))
        except FileExistsError:
            continue
        return
