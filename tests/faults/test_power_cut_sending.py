"""The power goes between each two steps of sending: one bag there, one item, and the receipt counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.test_power_cut import cut
from tests.support import BOOK, draw_pages, folder_destination, make_station, succeed

SENDING = [
    ("outbox.store:OutboxStore.claim", "before"),
    ("outbox.store:OutboxStore.claim", "after"),
    ("outbox.store:OutboxStore.progress", "after"),
    ("outbox.durable:move_new", "before"),
    ("outbox.durable:move_new", "after"),
    ("outbox.store:OutboxStore.delivered", "before"),
    ("outbox.store:OutboxStore.delivered", "after"),
]
RECEIVING = [
    ("outbox.store:OutboxStore.import_receipt", "before"),
    ("outbox.store:OutboxStore.import_receipt", "after"),
]


def queued(tmp_path: Path) -> tuple[Path, Path]:
    """A station with a bag in its queue, and the folder that it goes to."""
    there = tmp_path / "there"
    root = make_station(tmp_path / "root", settings=folder_destination(there))
    draw_pages(tmp_path / "pages", 2)
    succeed(root, "ingest", BOOK, str(tmp_path / "pages"), "--number", "1")
    succeed(root, "pack", BOOK)
    return root, there


@pytest.mark.parametrize(("point", "when"), SENDING)
def test_the_bag_arrives_once(tmp_path: Path, point: str, when: str) -> None:
    root, there = queued(tmp_path)
    cut(root, point, when, 1, "send", "--once")
    assert len(succeed(root, "outbox", "list")) == 1
    succeed(root, "send", "--once")
    check_received(root, there)


@pytest.mark.parametrize(("point", "when"), RECEIVING)
def test_the_receipt_is_taken_once(tmp_path: Path, point: str, when: str) -> None:
    root, there = queued(tmp_path)
    succeed(root, "send", "--once")
    succeed(root, "receive", str(there))
    cut(root, point, when, 1, "send", "--once")
    succeed(root, "send", "--once")
    (item,) = succeed(root, "outbox", "list")
    shown = succeed(root, "outbox", "show", item["bag_id"])
    assert (shown["state"], len(shown["receipts"])) == ("received", 1)


def check_received(root: Path, there: Path) -> None:
    (arrived,) = there.iterdir()
    (received,) = succeed(root, "receive", str(there))
    assert received["state"] == "accepted"
    succeed(root, "send", "--once")
    (item,) = succeed(root, "outbox", "list")
    assert (item["state"], item["attempts"], item["last_error"]) == ("received", 0, None)
    assert arrived.name == f"{item['bag_id']}.tar"
