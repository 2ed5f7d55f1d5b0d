"""Receipts: what the receiver says, and when the station believes it."""

from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from outbox import keys, receipts
from outbox.bagfile import BagFile, payload_digest
from outbox.errors import Code
from outbox.receipts import BagConflictError, Receipt, ReceiptError, Verdict, find_arrived, receive_bag
from outbox.verify import BagSource, Finding
from tests.outbox.bags import KEY, Clock, flip, make_bag

RECEIVER = keys.new_key()
TRUSTED = keys.trust([RECEIVER.public])


def nothing_more(source: BagSource) -> list[Finding]:
    return []


def arrive(folder: Path, arrivals: Path) -> Path:
    """The bag's tar as an upload leaves it."""
    bag = BagFile(folder)
    arrivals.mkdir(exist_ok=True)
    path = arrivals / bag.name
    path.write_bytes(b"".join(bag.chunks()))
    return path


def test_a_whole_bag_is_accepted_and_the_receipt_holds(tmp_path: Path) -> None:
    folder = make_bag(tmp_path)
    tar = arrive(folder, tmp_path / "in")
    receipt = receive_bag(tar, RECEIVER, nothing_more, Clock(), keys.trust([KEY.public]))
    written = receipts.parse((tmp_path / "in" / f"{folder.name}.receipt.json").read_bytes())
    assert written == receipt
    assert (receipt.verdict, receipt.size) == (Verdict.ACCEPTED, BagFile(folder).size)
    receipts.check(written, TRUSTED, folder.name, payload_digest(folder))


def test_receiving_again_gives_the_same_receipt(tmp_path: Path) -> None:
    clock = Clock()
    for path in (arrive(make_bag(tmp_path), tmp_path / "in"), make_bag(tmp_path / "folders")):
        first = receive_bag(path, RECEIVER, nothing_more, clock)
        clock.advance(60)
        assert receive_bag(path, RECEIVER, nothing_more, clock).to_bytes() == first.to_bytes()


def test_a_flipped_byte_is_refused_by_name_and_a_resend_arrives(tmp_path: Path) -> None:
    folder = make_bag(tmp_path)
    tar = arrive(folder, tmp_path / "in")
    with BagSource(tar) as source, source.open("data/19441.KS.2005.01.zip") as file:
        inside = file.read(64)
    flip(tar, tar.read_bytes().index(inside))
    receipt = receive_bag(tar, RECEIVER, nothing_more, Clock())
    assert receipt.verdict is Verdict.REFUSED
    assert [finding.file for finding in receipt.findings] == ["data/19441.KS.2005.01.zip"]
    assert not tar.exists()
    assert find_arrived(tmp_path / "in") == []
    assert (tmp_path / "in" / f"{folder.name}.refused-1.tar").exists()
    assert receive_bag(arrive(folder, tmp_path / "in"), RECEIVER, nothing_more, Clock()).verdict is Verdict.ACCEPTED


def test_what_station_inspects_can_refuse_too(tmp_path: Path) -> None:
    finding = Finding("pdf-count", "data/book.json", "2 instead of 3")
    receipt = receive_bag(make_bag(tmp_path), RECEIVER, lambda _: [finding], Clock())
    assert receipt.findings == (finding,)


def test_another_bag_under_an_accepted_id_changes_nothing(tmp_path: Path) -> None:
    folder = make_bag(tmp_path, seed=1)
    receive_bag(arrive(folder, tmp_path / "in"), RECEIVER, nothing_more, Clock())
    before = (tmp_path / "in" / receipts.receipt_name(folder.name)).read_bytes()
    other = make_bag(tmp_path / "other", seed=2).rename(tmp_path / "other" / folder.name)
    with pytest.raises(BagConflictError):
        receive_bag(arrive(other, tmp_path / "in"), RECEIVER, nothing_more, Clock())
    assert (tmp_path / "in" / receipts.receipt_name(folder.name)).read_bytes() == before


def test_a_receipt_that_a_sender_put_there_counts_for_nothing(tmp_path: Path) -> None:
    folder = make_bag(tmp_path)
    tar = arrive(folder, tmp_path / "in")
    planted = receive_bag(folder, keys.new_key(), nothing_more, Clock())
    receipts.write(planted, tmp_path / "in")
    assert receive_bag(tar, RECEIVER, nothing_more, Clock()).key_id == RECEIVER.key_id


def test_find_arrived_leaves_out_what_is_no_finished_bag(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    tar = arrive(make_bag(tmp_path, seed=1), inside)
    folder = make_bag(inside, seed=2)
    make_bag(inside, seed=3).rename(inside / "x.partial")
    for name in ("y.tar.part", ".z.tar", "w.refused-1.tar", "v.receipt.json", "notes.txt"):
        (inside / name).write_bytes(b"x")
    (inside / "link.tar").symlink_to(tar)
    assert find_arrived(inside) == sorted([tar, folder])


def signed(**changes: object) -> Receipt:
    plain = {
        "bag_id": "bag",
        "digest": "d" * 64,
        "size": 1,
        "verdict": "accepted",
        "received_at": "2026-03-01T08:00:00Z",
        "key_id": "",
    }
    return receipts.sign(msgspec.convert(plain | changes, Receipt), RECEIVER)


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        (receipts.sign(signed(), keys.new_key()), Code.RECEIPT_KEY_UNKNOWN),
        (replace(signed(), size=2), Code.RECEIPT_SIGNATURE),
        (replace(signed(), signature="AAAA"), Code.RECEIPT_SIGNATURE),
        (signed(bag_id="other"), Code.RECEIPT_OTHER_BAG),
        (signed(digest="e" * 64), Code.RECEIPT_OTHER_DIGEST),
    ],
)
def test_a_receipt_that_is_not_about_our_bag_by_a_trusted_key_is_refused(receipt: Receipt, code: Code) -> None:
    receipts.check(signed(), TRUSTED, "bag", "d" * 64)
    with pytest.raises(ReceiptError) as refused:
        receipts.check(receipts.parse(receipt.to_bytes()), TRUSTED, "bag", "d" * 64)
    assert refused.value.code is code


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"bag_id":"\xe9"}', b" " * (receipts.LARGEST + 1)]
)
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(ReceiptError) as refused:
        receipts.parse(data)
    assert refused.value.code is Code.RECEIPT_UNREADABLE


@pytest.mark.parametrize(
    "more", [{"more": 1}, {"findings": [{"code": "digest", "file": "x", "more": 1}]}, {"version": 2}]
)
def test_what_a_receipt_does_not_declare_is_refused(more: dict[str, object]) -> None:
    assert receipts.parse(keys.canonical_json(signed().plain())) == signed()
    with pytest.raises(ReceiptError) as refused:
        receipts.parse(keys.canonical_json(signed().plain() | more))
    assert refused.value.code is Code.RECEIPT_UNREADABLE
