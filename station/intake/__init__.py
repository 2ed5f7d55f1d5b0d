"""What a folder or a stick delivers, taken apart into page images.

A watched folder is distrusted: a name may be hostile, a file may change while it is read, a header may promise what the
bytes do not hold. Every such file ends in `RefusedFile` with a reason for the words to explain, and leaves nothing.
"""

import dataclasses
import secrets
from pathlib import Path

from station.intake.copying import copy_in
from station.intake.delivery import Delivered, Limits, Refusal, RefusedFile, pages_meant

__all__ = ["Delivered", "Limits", "Refusal", "RefusedFile", "pages_meant", "take_apart"]


def take_apart(path: Path, spool: Path, limits: Limits | None = None) -> list[Delivered]:
    """Copy a file into the spool as page images: unchanged where it is one picture, else page by page.

    The file is read once; everything after looks at the copy, which nobody else can change. Raises `RefusedFile`, or
    `OSError` when the spool cannot be written. A refusal leaves nothing in the spool; a crash leaves files named
    `<16 hex>-*` there, which whoever owns the spool may delete at start.
    """
    limits = limits or Limits()
    _refuse_unsafe_name(path)
    token = secrets.token_hex(8)
    try:
        return _take(path, spool, token, limits)
    except BaseException:
        for leftover in spool.glob(f"{token}-*"):
            leftover.unlink(missing_ok=True)
        raise


def _take(path: Path, spool: Path, token: str, limits: Limits) -> list[Delivered]:
    source = spool / f"{token}-source"
    sha256 = copy_in(path, source, limits)
    from station.intake.stills import sniff_kind, take_picture

    kind = sniff_kind(path, source)
    if kind == "pdf":
        from station.intake.pdf import take_pages

        delivered = take_pages(path, source, limits)
    else:
        delivered = take_picture(path, source, kind, sha256, limits)
    return [dataclasses.replace(image, source_sha256=sha256) for image in delivered]


def _refuse_unsafe_name(path: Path) -> None:
    """Names that would mean something else in a path, a log or a database. Text that is not UTF-8 is one of them."""
    name = path.name
    strange = any(not character.isprintable() for character in name)
    if not name or ".." in name or "\\" in name or strange:
        raise RefusedFile(path, Refusal.UNSAFE_NAME, ascii(name))
