"""Sealing a book into a bag: BagIt (RFC 8493) with one PDF per case in a flat zip, one workbook and `book.json`.

The same pages and settings give the same bytes, so that a book packed twice has one digest and one bag id.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from outbox import durable
from outbox.bagfile import PARTIAL, payload_digest
from station import __version__
from station.books.exceptions import exceptions_of
from station.digest import sha256_of
from station.indexing.entries import current, states
from station.model import PageKind
from station.root import work_name
from station.sealing.workbook import CaseEntry, case_rows, write_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from outbox.keys import SigningKey
    from station.catalogue import Catalogue
    from station.indexing.entries import Entry
    from station.model import Book, Case, Copy, Page, Part, Registry
    from station.naming import BookId, NamingProfile
    from station.registers.columns import ColumnProfile
    from station.root import Root

_ZIP_TIME = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class SealedBag:
    """A bag in its final place. `digest` is the SHA-256 of its payload manifest.

    `supersedes` is the bag whose place it takes; `unchanged`: the book was opened again, and it is its last bag still.
    """

    id: str
    folder: Path
    digest: str
    pages: int
    cases: int
    supersedes: str | None = None
    unchanged: bool = False


@dataclass(frozen=True)
class Superseded:
    """A bag whose place another one takes, with the checker who had the book opened again, why, and when."""

    bag: str
    checker: str
    why: str
    at: str


@dataclass(frozen=True)
class Lineage:
    """A book's last bag by its digest, what that one superseded, and how a changed one names it."""

    last_digest: str = ""
    last_superseded: Superseded | None = None
    last: Superseded | None = None


@dataclass(frozen=True)
class BookContent:
    """Everything that goes into a bag, read from the catalogue at one moment."""

    book: Book
    registry: Registry
    pages: tuple[Page, ...]
    cases: tuple[Case, ...]
    copies: dict[str, Copy]
    columns: ColumnProfile
    entries: dict[int, list[Entry]]
    record: dict[str, Any]

    @classmethod
    def read(
        cls, catalogue: Catalogue, book: Book, registry: Registry, recipe: str, columns: ColumnProfile
    ) -> BookContent:
        pages, cases = tuple(catalogue.pages(book.id)), tuple(catalogue.cases(book.id))
        copies = catalogue.copies(book.id, recipe)
        missing = [
            {
                "number": str(entry.number), "why": entry.why, "other_book": entry.other, "operator": entry.operator,
                "at": entry.at,
            }
            for entry in catalogue.missing(book.id)
        ]  # fmt: skip
        record = book_record(book, registry, pages, cases, copies) | {"recipe": recipe, "exceptions": missing}
        return cls(book, registry, pages, cases, copies, columns, catalogue.entries(book.id), record)

    @property
    def page_numbers(self) -> dict[str, int]:
        """Page numbers as a reader of the book counts them: without covers and blank pages."""
        counted = (page for page in self.pages if page.kind not in {PageKind.COVER, PageKind.BLANK})
        return {page.id: number for number, page in enumerate(counted, 1)}

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows of the workbook, one for each case in the order of year, number and suffix."""
        kinds, numbers = {page.id: page.kind for page in self.pages}, self.page_numbers
        entries = (
            CaseEntry(
                case,
                str(numbers[case.pages[0]]) if case.pages else "",
                current(states(self.entries.get(case.id, ()))),
                exceptions_of(self.book, case, kinds),
            )
            for case in self.cases
        )
        return case_rows(self.book.id, self.registry, self.columns, entries)


def book_record(
    book: Book, registry: Registry, pages: tuple[Page, ...], cases: tuple[Case, ...], copies: dict[str, Copy]
) -> dict[str, Any]:
    """The content of `book.json`: what is in the book and where each page came from. No names of persons registered."""
    orders, kinds = {page.id: page.order for page in pages}, {page.id: page.kind for page in pages}
    return {
        "book": {
            "id": str(book.id),
            "registry": registry.code,
            "registry_name": registry.name,
            "type": book.id.type,
            "years": book.id.years,
            "volume": book.id.volume,
        },
        "pages": [page_record(page, copies.get(page.copy_of)) for page in pages],
        "cases": [
            {
                "number": str(case.number),
                "date": case.date,
                "pages": [orders[page] for page in case.pages],
                "exceptions": exceptions_of(book, case, kinds),
            }
            for case in cases
        ],
        "undated": [str(case.number) for case in cases if case.date is None],
    }


def page_record(page: Page, copy: Copy | None) -> dict[str, Any]:
    """What `book.json` says of a page; its place in the book names it, not the station's own id. Of half a spread also
    which half it is, and where the gutter meets the upper and lower edge, in percent of the whole's width.
    """
    return {
        **(half_record(page.part) if page.part else {}),
        "order": page.order,
        "kind": page.kind,
        "sha256": page.sha256,
        "width": page.width,
        "height": page.height,
        "dpi": page.dpi,
        "copy_sha256": copy.sha256 if copy else None,
        "verdicts": list(copy.verdicts) if copy else [],
        "operator": page.origin.operator,
        "device": page.origin.device,
        "taken_at": page.origin.taken_at,
    }


def half_record(part: Part) -> dict[str, Any]:
    """Which half of an open book a page is."""
    return {"half": part.cut.half, "gutter": [part.cut.top / 100, part.cut.bottom / 100]}


def recipe_of_bag(folder: Path) -> str:
    """The key of the recipe by which the pages of a bag were made. Raises `OSError`, `ValueError`, `KeyError`."""
    return str(json.loads((folder / "data" / "book.json").read_bytes())["recipe"])


def partial_bag(root: Root, book: BookId) -> Path:
    """Where a book's bag is built; the name says that it is not to be sent."""
    return root.bags / f"{work_name(book)}{PARTIAL}"


def seal(root: Root, content: BookContent, naming: NamingProfile, key: SigningKey, lineage: Lineage) -> SealedBag:
    """Build the bag beside its place and rename it into it: the commit point of a sealed book.

    A book that was opened again and changed gets another bag, which names the one that it supersedes; unchanged, it
    gets the same one. A crash before the rename leaves a `.partial` that the next packing removes and makes anew; after
    it, a whole bag that the next start enters into the catalogue and queues. A bag that is there already is left as it
    is.
    """
    durable.make_folder(root.bags)
    partial = partial_bag(root, content.book.id)
    shutil.rmtree(partial, ignore_errors=True)
    payload = partial / "data"
    payload.mkdir(parents=True)
    _write_payload(root, content, naming, payload)
    supersedes = lineage.last_superseded
    digest = _finish(partial, content, key, supersedes)
    unchanged = digest == lineage.last_digest
    if lineage.last and not unchanged:
        supersedes = lineage.last
        digest = _finish(partial, content, key, supersedes)
    bag_id = f"{work_name(content.book.id)}_{digest[:8]}"
    durable.sync_tree(partial)
    target = root.bags / bag_id
    if target.is_dir():
        shutil.rmtree(partial)
    else:
        durable.move_new(partial, target)
    named = supersedes.bag if supersedes else None
    return SealedBag(bag_id, target, digest, len(content.pages), len(content.cases), named, unchanged)


def _finish(partial: Path, content: BookContent, key: SigningKey, supersedes: Superseded | None) -> str:
    """Write what names the superseded bag, and the manifests over everything; the digest."""
    record = content.record | {"supersedes": asdict(supersedes) if supersedes else None}
    (partial / "data" / "book.json").write_bytes(_canonical(record))
    _write_tags(partial, content, key, supersedes)
    return payload_digest(partial)


def _write_payload(root: Root, content: BookContent, naming: NamingProfile, payload: Path) -> None:
    from station.imaging.pdf import write_case_pdf  # with all its libraries a third of a second: nobody scans with them

    package = naming.package_name(content.book.id, content.registry.prefix)
    scratch = payload.parent / "scratch"
    scratch.mkdir()
    with zipfile.ZipFile(payload / f"{package}.zip", "w", zipfile.ZIP_STORED) as archive:
        for name, pages in case_files(root, content, naming):
            write_case_pdf(pages, scratch / name, title=name.removesuffix(".pdf"))
            _add_stored(archive, scratch / name)
            (scratch / name).unlink()
    scratch.rmdir()
    write_workbook(payload / f"{package}.xlsx", content.book.id.type, content.columns, content.rows)


def case_files(root: Root, content: BookContent, naming: NamingProfile) -> Iterator[tuple[str, list[Path]]]:
    """Each case's PDF name with the delivery copies of its pages."""
    by_id = {page.id: page for page in content.pages}
    for case in content.cases:
        copies = (content.copies[by_id[page].copy_of] for page in case.pages)
        yield naming.pdf_name(content.book.id, case.number, case.date), [root.path / copy.file for copy in copies]


def _add_stored(archive: zipfile.ZipFile, file: Path) -> None:
    """Flat, uncompressed, with fixed time and rights: JPEGs do not shrink, and the bytes must not depend on the day."""
    entry = zipfile.ZipInfo(file.name, date_time=_ZIP_TIME)
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    archive.writestr(entry, file.read_bytes())


def _write_tags(bag: Path, content: BookContent, key: SigningKey, supersedes: Superseded | None) -> None:
    """BagIt's tag files; `Supersedes` is a field of our own, which RFC 8493 allows.

    The bag's date is that of its last page, so that it is fixed.
    """
    files = sorted(path for path in (bag / "data").iterdir())
    manifest = "".join(f"{sha256_of(path)}  data/{path.name}\n" for path in files)
    octets = sum(path.stat().st_size for path in files)
    last = max((page.origin.taken_at for page in content.pages), default="")
    info = {
        "Source-Organization": content.registry.name,
        "External-Identifier": str(content.book.id),
        "Bagging-Date": last[:10],
        "Bag-Software-Agent": f"scan-station {__version__}",
        "Payload-Oxum": f"{octets}.{len(files)}",
        **({"Supersedes": supersedes.bag} if supersedes else {}),
    }
    tags = {
        "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(f"{name}: {value}\n" for name, value in info.items()),
        "manifest-sha256.txt": manifest,
    }
    for name, text in tags.items():
        (bag / name).write_text(text, encoding="utf-8")
    from outbox.keys import sign_bag  # with cryptography, which everything before sealing does without

    tag_manifest = "".join(f"{sha256_of(bag / name)}  {name}\n" for name in sorted(tags))
    (bag / "tagmanifest-sha256.txt").write_text(tag_manifest, encoding="utf-8")
    (bag / "signature").write_bytes(sign_bag(tag_manifest.encode(), key))


def _canonical(record: dict[str, Any]) -> bytes:
    return (json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
