"""Spreads in the catalogue: split and put together again, a book is what it was, and between it each half is a page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.books.spreads import deal_out, part_of
from station.catalogue import Catalogue
from station.completeness.pages import check_copies
from station.imaging.page import Cut, Fold, Half
from station.model import Book, Copy, Origin, Page, PageKind, PageState, Registry, Spreads
from station.naming import BookId, CaseNumber

BOOK = BookId.parse("19441/KS.2005.01")
RECIPE = "r1"
AT = "2025-03-01T08:00:00+07:00"

numbers_of_pages = st.lists(st.lists(st.integers(1, 6), max_size=3, unique=True).map(sorted), min_size=1, max_size=5)


@contextmanager
def catalogue_with(numbers: Sequence[Sequence[int]]) -> Iterator[tuple[Catalogue, list[Page]]]:
    """A book with one page for each list of numbers on it."""
    with TemporaryDirectory() as folder, Catalogue(Path(folder) / "catalogue.db") as catalogue:
        catalogue.add_registry(Registry("19441", "Xã Hướng Phùng", "Quảng Trị", "HP"))
        catalogue.add_book(Book(BOOK), AT)
        yield catalogue, [add(catalogue, place, on) for place, on in enumerate(numbers)]


def add(catalogue: Catalogue, place: int, on: Sequence[int], *, after: str | None = None) -> Page:
    page = Page(
        id=f"p{place:012x}", book=BOOK, order=place + 1, kind=PageKind.PAGE, state=PageState.KEPT,
        sha256=hashlib.sha256(bytes([place])).hexdigest(), file=f"masters/{BOOK}/p{place:012x}.jpg", bytes=9,
        width=60, height=40, dpi=100, origin=Origin("an", "d", AT),
    )  # fmt: skip
    return catalogue.add_page(page, [case(number) for number in on], after=after)


def case(number: int) -> CaseNumber:
    return CaseNumber(2005, number)


def split(catalogue: Catalogue, page: Page, fold: Fold | None = None) -> list[str]:
    line = fold or Fold(4900, 5100)
    parts = [part_of(page, Cut(half, line.top, line.bottom)) for half in Half]
    dealt = deal_out(catalogue.numbers_of_pages(BOOK).get(page.id, []))
    catalogue.split_page(page, parts, dealt, "an", AT)
    return catalogue.kept_parts(page.id)


def state_of(catalogue: Catalogue) -> tuple[object, ...]:
    """What a book shows: its pages in order, the numbers on each, its cases with what was typed."""
    cases = [(one.id, one.number, one.date, one.pages) for one in catalogue.cases(BOOK)]
    return catalogue.pages(BOOK), catalogue.numbers_of_pages(BOOK), cases, catalogue.counts()


@settings(max_examples=40, deadline=None)
@given(numbers_of_pages, st.data())
def test_split_and_whole_again_is_the_book_as_it_was(numbers: list[list[int]], data: st.DataObject) -> None:
    with catalogue_with(numbers) as (catalogue, pages):
        before = state_of(catalogue)
        chosen = data.draw(st.permutations(pages))[: data.draw(st.integers(1, len(pages)))]
        for page in chosen:
            split(catalogue, page)
        assert len(catalogue.pages(BOOK)) == len(pages) + len(chosen)
        for page in data.draw(st.permutations(chosen)):
            catalogue.join_parts(page.id, "whole")
        assert state_of(catalogue) == before


@settings(max_examples=40, deadline=None)
@given(numbers_of_pages, st.integers(0, 4))
def test_halves_stand_where_the_whole_stood_with_its_cases(numbers: list[list[int]], place: int) -> None:
    with catalogue_with(numbers) as (catalogue, pages):
        page = pages[place % len(pages)]
        before = catalogue.pages(BOOK)
        held = {one.number: one.id for one in catalogue.cases(BOOK)}
        left, right = split(catalogue, page)
        found = [one.id for one in catalogue.pages(BOOK)]
        index = before.index(next(one for one in before if one.id == page.id))
        others = [one.id for one in before]
        assert found == [*others[:index], left, right, *others[index + 1 :]]
        on, mine = catalogue.numbers_of_pages(BOOK), [case(number) for number in numbers[place % len(pages)]]
        assert page.id not in on
        assert sorted({*on.get(left, []), *on.get(right, [])}) == mine
        assert catalogue.numbers_of_spread(left) == catalogue.numbers_of_spread(right) == mine
        assert {one.number: one.id for one in catalogue.cases(BOOK)} == held
        for half, name in zip(catalogue.pages(BOOK)[index : index + 2], Half, strict=True):
            assert half.part is not None
            assert (half.part.whole, half.part.cut.half) == (page.id, name)
            assert (half.file, half.sha256) == (page.file, page.sha256)
        assert catalogue.master_files() == {one.file for one in pages}
        assert catalogue.knows_file(page.file)


@given(st.lists(st.integers(1, 99), unique=True).map(lambda some: [case(number) for number in sorted(some)]))
def test_cases_are_dealt_out_in_order(numbers: list[CaseNumber]) -> None:
    left, right = deal_out(numbers)
    if len(numbers) == 1:
        assert left == right == numbers
    else:
        assert left + right == numbers
        assert len(left) - len(right) in {0, 1}


def test_each_cut_has_copies_of_its_own() -> None:
    with catalogue_with([[1]]) as (_, (page,)):
        cuts = [Cut(half, *line) for half in Half for line in ((4900, 5000), (5000, 4900), (4900, 4900))]
        assert len({part_of(page, cut).copy_of for cut in cuts} | {page.copy_of}) == len(cuts) + 1


def test_the_two_halves_are_no_twins_but_the_same_spread_twice_is() -> None:
    with catalogue_with([[1], [2]]) as (catalogue, (first, second)):
        again = add_again(catalogue, first, 7)
        assert catalogue.same_masters(BOOK) == {str(BOOK): [(again.id, first.id, str(BOOK))]}
        left, right = split(catalogue, first)
        assert [twin[0] for twin in catalogue.same_masters(BOOK)[str(BOOK)]] == [again.id]
        again_left, again_right = split(catalogue, again)
        twins = {(page, other) for page, other, _ in catalogue.same_masters(BOOK)[str(BOOK)]}
        assert twins == {(again_left, left), (again_right, right)}
        split(catalogue, second)
        assert len(catalogue.same_masters(BOOK)[str(BOOK)]) == len(twins)


def add_again(catalogue: Catalogue, page: Page, place: int) -> Page:
    """The same master once more, as a page of its own."""
    page_id = f"p{place:012x}"
    return catalogue.add_page(
        Page(
            id=page_id, book=BOOK, order=0, kind=page.kind, state=page.state, sha256=page.sha256,
            file=f"masters/{BOOK}/{page_id}.jpg", bytes=9, width=60, height=40, dpi=100, origin=page.origin,
        )
    )  # fmt: skip


def keep_copy(catalogue: Catalogue, page: Page, gutter: Fold | None, width: int = 60) -> None:
    catalogue.add_copy(Copy(page.copy_of, RECIPE, f"copies/{page.id}", "0" * 64, 9, width, 40, 100, 30, (), gutter))


def test_a_choice_holds_for_the_pages_that_come_after_it() -> None:
    fold = Fold(4900, 5100, 0.875)
    with catalogue_with([[1]]) as (catalogue, (old,)):
        assert catalogue.spreads_of(BOOK) is Spreads.WHOLE
        keep_copy(catalogue, old, fold)
        catalogue.choose_spreads(BOOK, Spreads.SPLIT)
        assert catalogue.spreads_due(BOOK, RECIPE) == []
        came = add(catalogue, 1, [2])
        assert catalogue.spreads_due(BOOK, RECIPE) == []
        keep_copy(catalogue, came, fold)
        assert catalogue.spreads_due(BOOK, RECIPE) == [(came.id, fold)]
        catalogue.choose_spreads(BOOK, Spreads.SPLIT)
        assert catalogue.spreads_due(BOOK, RECIPE) == [(came.id, fold)]
        catalogue.choose_spreads(BOOK, Spreads.WHOLE)
        assert catalogue.spreads_due(BOOK, RECIPE) == []


def test_what_was_put_together_or_looked_at_is_not_split_again() -> None:
    fold = Fold(4900, 5100, 0.875)
    with catalogue_with([]) as (catalogue, _):
        catalogue.choose_spreads(BOOK, Spreads.SPLIT)
        pages = [add(catalogue, place, [place + 1]) for place in range(4)]
        pages[3] = add_cover(catalogue)
        for page in pages:
            keep_copy(catalogue, page, fold)
        split(catalogue, pages[0])
        catalogue.join_parts(pages[0].id, "whole")
        catalogue.confirm_pages([pages[1].id], "an", AT)
        assert catalogue.spreads_due(BOOK, RECIPE) == [(pages[2].id, fold)]
        leaves = catalogue.holdings(RECIPE, BOOK)[str(BOOK)].pages
        assert [leaf.id for leaf in leaves if leaf.undivided] == [pages[2].id]


def add_cover(catalogue: Catalogue) -> Page:
    page = add(catalogue, 9, [])
    catalogue.mark_page(page.id, PageKind.COVER)
    return page


def test_a_wide_page_without_a_gutter_wants_a_look() -> None:
    with catalogue_with([]) as (catalogue, _):
        catalogue.choose_spreads(BOOK, Spreads.SPLIT)
        wide, high = add(catalogue, 0, [1]), add(catalogue, 1, [2])
        keep_copy(catalogue, wide, None)
        keep_copy(catalogue, high, None, width=30)
        unsure = add(catalogue, 2, [3])
        keep_copy(catalogue, unsure, Fold(5150, 5275, 0.5))
        leaves = catalogue.holdings(RECIPE, BOOK)[str(BOOK)].pages
        assert [leaf.undivided for leaf in leaves] == [True, False, True]
        findings = [finding for finding in check_copies(leaves) if finding.code == "spread-without-gutter"]
        assert [finding.values["at"] for finding in findings] == ["50", "51.5,52.75"]
        catalogue.discard_page(unsure.id, "tried")
        for half in split(catalogue, wide):
            page = catalogue.find_page(half)
            assert page is not None
            assert catalogue.copy(page.copy_of, RECIPE) is None
            keep_copy(catalogue, page, None)
        pages = catalogue.holdings(RECIPE, BOOK)[str(BOOK)].pages
        assert [(leaf.copied, leaf.undivided) for leaf in pages] == [(True, False)] * 3


@pytest.mark.parametrize("gutter", [None, Fold(1, 9999, 0.875), Fold(4900, 5100, 0.0)])
def test_a_gutter_is_kept_with_the_copy(gutter: Fold | None) -> None:
    with catalogue_with([[1]]) as (catalogue, (page,)):
        keep_copy(catalogue, page, gutter)
        copy = catalogue.copy(page.copy_of, RECIPE)
        assert copy is not None
        assert copy.gutter == gutter
        assert catalogue.copies(BOOK, RECIPE) == {page.copy_of: copy}


def test_pages_go_between_the_halves_and_behind_them() -> None:
    with catalogue_with([[1], [2]]) as (catalogue, (first, second)):
        left, right = split(catalogue, first)
        middle = add(catalogue, 5, [], after=left)
        behind = add(catalogue, 6, [], after=right)
        assert [page.id for page in catalogue.pages(BOOK)] == [left, middle.id, right, behind.id, second.id]
        catalogue.join_parts(first.id, "whole")
        assert [page.id for page in catalogue.pages(BOOK)] == [first.id, middle.id, behind.id, second.id]


def test_a_page_that_stands_for_a_half_is_told_until_it_is_gone() -> None:
    with catalogue_with([[1]]) as (catalogue, (page,)):
        left, right = split(catalogue, page)
        assert catalogue.page_instead_of(page.id) is None
        other = add_instead(catalogue, left, 10)
        assert catalogue.page_instead_of(page.id) == other.id
        assert catalogue.numbers_of_pages(BOOK)[other.id] == [case(1)]
        catalogue.choose_spreads(BOOK, Spreads.SPLIT)
        again = add_instead(catalogue, other.id, 11)
        keep_copy(catalogue, again, Fold(4900, 5100, 0.875))
        assert catalogue.page_instead_of(page.id) == again.id
        assert catalogue.spreads_due(BOOK, RECIPE) == []
        assert [leaf.for_half for leaf in catalogue.holdings(RECIPE, BOOK)[str(BOOK)].pages] == [True, False]
        catalogue.discard_page(again.id, "wrong")
        assert catalogue.page_instead_of(page.id) is None
        assert catalogue.kept_parts(page.id) == [right]
        catalogue.join_parts(page.id, "whole")
        assert [one.id for one in catalogue.pages(BOOK)] == [page.id]
        assert catalogue.numbers_of_pages(BOOK) == {page.id: [case(1)]}


def add_instead(catalogue: Catalogue, old: str, place: int) -> Page:
    """A page that takes the place of another."""
    page_id = f"p{place:012x}"
    return catalogue.add_page(
        Page(
            id=page_id, book=BOOK, order=0, kind=PageKind.PAGE, state=PageState.KEPT, sha256=f"{place:064x}",
            file=f"masters/{BOOK}/{page_id}.jpg", bytes=9, width=60, height=40, dpi=100, origin=Origin("an", "d", AT),
            replaces=old,
        )
    )  # fmt: skip
