"""What a visit of a stick says: the band, the line below it, and the sentence above the buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from outbox.errors import Code
from outbox.states import State
from outbox.stick.exporting import room_asked
from ui.words import joined, number, say, size, tell
from ui.words.errors import why

if TYPE_CHECKING:
    from outbox.stick.exporting import Left
    from station.handover.exporting import HandOver
    from station.handover.visiting import Visit


@dataclass(frozen=True)
class Told:
    """Tone and words of the band, and the sentence above the buttons. No `word`: the writing was broken off."""

    tone: str
    word: str
    more: str
    sentence: str


def told_of(visit: Visit, key: str) -> Told:
    """A visit in words; `key` is the one that begins another."""
    receipts = receipt_words(visit)
    if visit.error:
        return Told("stop", "", "", joined(receipts, say("failed", why=why(visit.error))))
    done = visit.done
    if done is None or not (done.left or done.written or done.kept):
        more = say("export.awaiting", count=number(done.awaiting)) if done and done.awaiting else ""
        return Told("good" if visit.receipts else "look", say("export.nothing"), more, receipts)
    there = number(len(done.written) + len(done.kept))
    sheet = say("export.sheet", file=done.sheet) if done.sheet else ""
    if not done.left:
        return Told("good", say("export.safe", count=there, place=done.target), sheet, receipts)
    if any(one.reason.code is Code.STICK_GONE for one in done.left):
        return Told("stop", "", "", joined(receipts, sheet, tell(f"outbox.{Code.STICK_GONE}")))
    word = say("export.none")
    if done.written or done.kept:
        word = say("export.some", left=number(len(done.left)), count=there, place=done.target)
    return Told("stop", word, left_words(done, key), joined(receipts, sheet))


def receipt_words(visit: Visit) -> str:
    """What the receipts on the stick did; nothing where there were none."""
    good = [one for one in visit.receipts if not one.error and one.state != State.REFUSED]
    refused = [one for one in visit.receipts if one.state == State.REFUSED]
    bad = [one for one in visit.receipts if one.error]
    parts = [say("export.receipts", count=number(len(good)))] if good else []
    parts += [say("export.receipt-refused", bag=one.bag_id) for one in refused]
    parts += [
        say("export.receipt-bad", file=one.file.name, why=tell(f"outbox.{one.error}", detail=one.detail)) for one in bad
    ]
    return joined(*parts)


def left_words(done: HandOver, key: str) -> str:
    """Why bags are not on the stick: what all of them need together and what there is, then what befell single ones."""
    full = [room for one in done.left if one.reason.code is Code.STICK_FULL and (room := room_asked(one.reason))]
    parts = []
    if full:
        need, free = sum(needed for needed, _ in full), min(there for _, there in full)
        parts.append(say("export.no-room", bags=number(len(full)), need=size(need), free=size(free), key=key))
    parts += [
        _left_alone(one) for one in done.left if one.reason.code is not Code.STICK_FULL or not room_asked(one.reason)
    ]
    return joined(*parts)


def _left_alone(one: Left) -> str:
    room = room_asked(one.reason)
    if room:
        return joined(f"{one.bag_id}:", say("export.too-large", need=size(room[0]), free=size(room[1])))
    return tell("export.left", bag=one.bag_id, text=tell(f"outbox.{one.reason.code}", detail=one.reason.detail))
