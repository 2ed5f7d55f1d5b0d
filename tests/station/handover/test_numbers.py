"""Numbers of hand-overs: none twice, whatever is lost, whoever asks at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from station.handover.numbers import file_of, next_number


def test_they_count(tmp_path: Path) -> None:
    assert [next_number(tmp_path / "handovers") for _ in range(3)] == [1, 2, 3]


def test_two_at_once_get_two_numbers(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: next_number(tmp_path), range(40), timeout=60))
    assert sorted(numbers) == list(range(1, 41))


@pytest.mark.parametrize("counter", [None, "", "2\n", "x"])
def test_a_lost_or_old_counter_gives_no_number_again(tmp_path: Path, counter: str | None) -> None:
    file_of(tmp_path, 7, "pdf").write_bytes(b"%PDF")
    if counter is not None:
        (tmp_path / "counter").write_text(counter)
    assert next_number(tmp_path) == 8


def test_files_of_a_number_sort_by_it(tmp_path: Path) -> None:
    assert file_of(tmp_path, 7, "pdf").name == "0007.pdf"
    assert file_of(tmp_path, 12345, "json").name == "12345.json"
    file_of(tmp_path, 12345, "json").write_bytes(b"{}")
    assert next_number(tmp_path) == 12346
