"""What the layers below say, in a Vietnamese sentence: known causes in words, places as they are, no more of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.errors import Code
from outbox.states import Event, State
from outbox.verify import FindingCode
from station import causes
from station.sentences import SENTENCES
from station.words import Phrase, sentence_in
from tests.station.handover.rigs import make_receiver, make_waiting
from tests.support import run_here, succeed

STATES = re.compile(rf"\b(?:{'|'.join(State)})\b")


@pytest.mark.parametrize(
    ("detail", "vietnamese", "english"),
    [
        ("u@h:22: Connection refused", "u@h:22: không nối được", "u@h:22: it takes no connection"),
        (
            "https://h:443: certificate has expired",
            "https://h:443: chứng chỉ đã hết hạn",
            "https://h:443: certificate has expired",
        ),
        ("password_file = /etc/a b: empty", "password_file = /etc/a b: trống", "password_file = /etc/a b: empty"),
        (
            "https://h: 401, user = x, password_file = /p",
            "https://h: máy chủ trả lời mã 401 (user = x, password_file = /p)",
            "https://h: the server answers 401 (user = x, password_file = /p)",
        ),
        (
            "/k: [Errno 2] No such file or directory: '/k'",
            "/k: không có tệp hay thư mục này: '/k'",
            "/k: No such file or directory: '/k'",
        ),
        ("Expected `int`, got `str`", "phải là int, không phải str", "Expected `int`, got `str`"),
        ("https://h: the dog ate it", "https://h", "https://h: the dog ate it"),
        ("the dog ate it", "", "the dog ate it"),
        ("b1, b2", "b1, b2", "b1, b2"),
        ("digest data/a.zip 0 instead of 1", "lỗi ở tệp data/a.zip", "data/a.zip is not right"),
        ("Expected '=' (at line 3, column 5)", "dòng 3, cột 5", "line 3, column 5"),
    ],
)
def test_a_cause_is_said_in_the_language_of_its_sentence(detail: str, vietnamese: str, english: str) -> None:
    assert (causes.spoken(detail, 0), causes.spoken(detail, 1)) == (vietnamese, english)


@given(st.lists(st.sampled_from(["/a/b", "h:22", "the dog ate it", "No such file or directory", "hold in sent", ""])))
def test_whatever_comes_the_english_of_others_stays_out_of_a_vietnamese_sentence(parts: list[str]) -> None:
    said = causes.spoken(": ".join(parts), 0)
    assert not re.search("dog|such file|hold|sent", said)


@pytest.mark.parametrize("state", State)
def test_a_bag_s_state_is_in_words(state: State) -> None:
    for sentence in ("outbox.changed", "receipts.taken"):
        assert not STATES.search(sentence_in("vi", sentence, bag="b", state=Phrase(f"item.{state}")))
    refused = sentence_in("vi", "outbox.transition-refused", detail=f"{Event.HOLD} in {state}")
    assert SENTENCES[f"item.{state}"][0] in refused
    assert not STATES.search(refused)
    assert Event.HOLD not in refused


@pytest.mark.parametrize("key", [f"outbox.{code}" for code in Code] + [f"bag.{code}" for code in FindingCode])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_sentence_without_a_detail_is_whole(key: str, language: str) -> None:
    said = sentence_in(language, key, file="f.zip", detail="")  # type: ignore[arg-type]  # one of its two values
    assert "()" not in said
    assert not re.search(r" [.,:;]|\{|: *\.", said)


def test_a_defect_is_told_word_by_word() -> None:
    assert "KeyError: 'a b'" in sentence_in("vi", "outbox.sender-defect", detail="KeyError: 'a b'")


def test_the_commands_of_the_queue_speak_vietnamese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = make_receiver(tmp_path / "receiver")
    (bag,) = make_waiting(tmp_path / "root", keys, 1)
    (tmp_path / "folder").mkdir()
    succeed(tmp_path / "root", "export", "--folder", str(tmp_path / "folder"))
    succeed(tmp_path / "receiver", "receive", str(tmp_path / "folder"))
    monkeypatch.setenv("STATION_LANGUAGE", "vi")
    said = [
        run_here(tmp_path / "root", *words).err
        for words in (
            ("outbox", "hold", bag),
            ("outbox", "hold", bag),
            ("outbox", "release", bag),
            ("outbox", "cancel", bag, "--why", "x"),
            ("receipts", "import", str(tmp_path / "folder")),
            ("receipts", "import", str(tmp_path / "folder")),
        )
    ]
    assert all(said)
    assert not STATES.search(" ".join(said))
    assert "đang được giữ lại" in said[0]
    assert "đã có biên nhận" in said[4]
