"""A stack that lay the wrong way round, put right by one command."""

from __future__ import annotations

from pathlib import Path

from tests.support import BOOK, draw_pages, make_station, run_station, scripted, succeed


def numbers(root: Path) -> list[tuple[str, list[str]]]:
    return [(page["id"], page["cases"]) for page in succeed(root, "pages", BOOK)]


def test_the_last_scan_is_turned_round_and_back(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    for stack, first in (((1, 2), "1"), ((5, 4, 3), "3")):
        folder = tmp_path / f"scanner-{first}"
        draw_pages(folder, 5)
        device = scripted(folder, [f'image = "p{page}.jpg"' for page in stack])
        succeed(root, "scan", BOOK, "--device", device, "--source", "adf", "--number", first)
    before = numbers(root)
    turned = succeed(root, "pages", "reverse", BOOK)
    expected = [*before[:2], *((before[at][0], [f"{n:02}/2005"]) for n, at in ((3, 4), (4, 3), (5, 2)))]
    assert numbers(root) == expected
    assert [(page["order"], page["id"], page["cases"]) for page in turned["pages"]] == [
        (order, page, cases) for order, (page, cases) in enumerate(expected, 1) if order > 2
    ]
    succeed(root, "pages", "reverse", BOOK, "--from", "3", "--to", "5")
    assert numbers(root) == before
    ran = run_station(root, "pages", "reverse", BOOK, "--to", "5")
    assert (ran.code, "--from" in ran.err) == (2, True)


def test_a_sealed_book_is_left_as_it_is(tmp_path: Path) -> None:
    root = make_station(tmp_path / "root")
    succeed(root, "books", "add", BOOK, "--pages", "2", "--first", "1", "--last", "2")
    pages = [str(page) for page in draw_pages(tmp_path / "pages", 2)]
    succeed(root, "ingest", BOOK, *pages, "--number", "1")
    succeed(root, "pack", BOOK)
    before = numbers(root)
    ran = run_station(root, "pages", "reverse", BOOK, "--from", "1", "--to", "2")
    assert ran.code == 2
    assert "is sealed" in ran.err
    assert numbers(root) == before
