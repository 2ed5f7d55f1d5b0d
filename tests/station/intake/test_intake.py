"""What a folder delivers: taken unchanged, or refused for the right reason with nothing left behind."""

import hashlib
import os
import pickle
import socket
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from station.imaging.decode import decode_master
from station.intake import Delivered, Limits, Refusal, RefusedFile, pages_meant, take_apart
from tests.station.imaging.pages import draw_sheet

PICTURE = Image.fromarray(draw_sheet(0.5, dpi=60).pixels)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def refused(path: Path, spool: Path, limits: Limits | None = None) -> Refusal:
    """The reason for which a file is refused; nothing may be left in the spool."""
    with pytest.raises(RefusedFile) as caught:
        take_apart(path, spool, limits)
    assert list(spool.iterdir()) == []
    assert caught.value.path == path
    return caught.value.reason


def saved(path: Path, image: Image.Image = PICTURE, **options: Any) -> Path:
    image.save(path, **options)
    return path


def one(delivered: list[Delivered]) -> Delivered:
    (single,) = delivered
    return single


# --- taken ---


@pytest.mark.parametrize("ext", ["jpg", "png", "tif", "bmp", "webp", "gif", "jp2"])
def test_a_single_picture_keeps_its_bytes(inbox: Path, spool: Path, ext: str) -> None:
    path = saved(inbox / f"Trang số 1.{ext}")
    page = one(take_apart(path, spool))
    assert page.file.read_bytes() == path.read_bytes()
    assert page.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (page.ext, page.width, page.height) == (ext, *PICTURE.size)
    assert (page.source_index, page.source_pages) == (0, 1)
    assert list(spool.iterdir()) == [page.file]
    assert decode_master(page.file).pixels.shape[:2] == PICTURE.size[::-1]


def test_the_content_decides_the_format_not_the_name(inbox: Path, spool: Path) -> None:
    path = saved(inbox / "a.png", format="JPEG")
    assert one(take_apart(path, spool)).ext == "jpg"


def test_the_resolution_is_the_file_s_claim(inbox: Path, spool: Path) -> None:
    assert one(take_apart(saved(inbox / "a.jpg", dpi=(240, 240)), spool)).dpi == 240
    assert one(take_apart(saved(inbox / "b.jpg"), spool)).dpi is None


def test_a_photograph_with_data_behind_its_end_is_taken(inbox: Path, spool: Path) -> None:
    path = saved(inbox / "a.jpg")
    path.write_bytes(path.read_bytes() + b"a phone's motion picture" * 100)
    assert one(take_apart(path, spool)).file.read_bytes() == path.read_bytes()


def test_a_tiff_of_several_pages_is_laid_apart_without_loss(inbox: Path, spool: Path) -> None:
    pages = [PICTURE, PICTURE.convert("L"), PICTURE.convert("1"), PICTURE.convert("CMYK")]
    path = inbox / "a.tif"
    PICTURE.save(path, save_all=True, append_images=pages[1:], dpi=(200, 200))
    delivered = take_apart(path, spool)
    assert [page.source_index for page in delivered] == [0, 1, 2, 3]
    assert {page.source_pages for page in delivered} == {4}
    for page, original in zip(delivered, pages, strict=True):
        with Image.open(page.file) as image:
            assert image.mode == original.mode
            assert np.array_equal(np.asarray(image), np.asarray(original))
        assert page.sha256 == hashlib.sha256(page.file.read_bytes()).hexdigest()
    assert delivered[0].dpi == 200
    assert sorted(spool.iterdir()) == [page.file for page in delivered]


def test_a_tiff_s_thumbnail_is_no_page(inbox: Path, spool: Path) -> None:
    small = PICTURE.resize((40, 60))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    path = inbox / "a.tif"
    PICTURE.save(path, save_all=True, append_images=[small])
    with Image.open(path) as image:
        image.seek(1)
        assert image.tag_v2.get(254) == 1  # type: ignore[attr-defined]
    assert one(take_apart(path, spool)).file.read_bytes() == path.read_bytes()


# --- refused ---


def test_links_pipes_sockets_and_folders(inbox: Path, spool: Path) -> None:
    saved(inbox / "real.jpg")
    (inbox / "link.jpg").symlink_to(inbox / "real.jpg")
    os.mkfifo(inbox / "pipe.jpg")
    (inbox / "folder.jpg").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(inbox / "socket.jpg"))
        for name in ("link.jpg", "pipe.jpg", "folder.jpg", "socket.jpg"):
            assert refused(inbox / name, spool) is Refusal.NOT_A_REGULAR_FILE


def test_a_vanished_file(inbox: Path, spool: Path) -> None:
    assert refused(inbox / "gone.jpg", spool) is Refusal.VANISHED
    assert refused(inbox / "no-such-folder" / "gone.jpg", spool) is Refusal.VANISHED


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_must_not_be_read(inbox: Path, spool: Path) -> None:
    path = saved(inbox / "a.jpg")
    path.chmod(0)
    assert refused(path, spool) is Refusal.NOT_READABLE


def test_empty_and_foreign_content(inbox: Path, spool: Path) -> None:
    (inbox / "empty.jpg").touch()
    assert refused(inbox / "empty.jpg", spool) is Refusal.EMPTY
    for content in (b"x", b"this is text\n" * 500, bytes(5000), b"PK\x03\x04 a zip", b"\xff\xd8"):
        (inbox / "a.jpg").write_bytes(content)
        assert refused(inbox / "a.jpg", spool) is Refusal.UNKNOWN_FORMAT


@pytest.mark.parametrize(("brand", "name"), [(b"heic", "HEIC"), (b"mif1", "HEIC"), (b"avif", "AVIF")])
@pytest.mark.parametrize("suffix", ["heic", "avif", "jpg"])
def test_pictures_of_phones_are_named(inbox: Path, spool: Path, brand: bytes, name: str, suffix: str) -> None:
    """Whatever the file is called; it would have been one page."""
    path = inbox / f"a.{suffix}"
    path.write_bytes(b"\0\0\0\x1cftyp" + brand + bytes(4) + b"mif1heic" + bytes(2000))
    with pytest.raises(RefusedFile) as caught:
        take_apart(path, spool)
    assert (caught.value.reason, caught.value.detail) == (Refusal.PHONE_PICTURE, name)
    assert pages_meant(caught.value) == 1
    assert not list(spool.iterdir())


@pytest.mark.parametrize(
    "name", ["..jpg", "a..b.jpg", "a\nb.jpg", "a\x1b[31m.jpg", "a\\b.jpg", "a\u202egpj.exe", "a\udcff.jpg"]
)
def test_names_that_mean_something_else(inbox: Path, spool: Path, name: str) -> None:
    path = inbox / name
    Path(os.fsdecode(os.fsencode(path))).write_bytes(b"x")
    assert refused(path, spool) is Refusal.UNSAFE_NAME


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95, 0.9999])
@pytest.mark.parametrize("ext", ["jpg", "png"])
def test_a_file_that_was_cut_short(inbox: Path, spool: Path, ext: str, share: float) -> None:
    path = saved(inbox / f"a.{ext}")
    os.truncate(path, int(path.stat().st_size * share))
    assert refused(path, spool) is Refusal.TRUNCATED


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "group4"])
def test_a_tiff_that_was_cut_short(inbox: Path, spool: Path, compression: str | None) -> None:
    image = PICTURE.convert("1") if compression == "group4" else PICTURE
    path = saved(inbox / "a.tif", image, compression=compression)
    os.truncate(path, int(path.stat().st_size * 0.6))
    assert refused(path, spool) in {Refusal.TRUNCATED, Refusal.DAMAGED}


def test_a_stick_pulled_while_writing_leaves_zeros(inbox: Path, spool: Path) -> None:
    path = saved(inbox / "a.jpg")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2] + bytes(len(data)))
    assert refused(path, spool) is Refusal.TRUNCATED


@pytest.mark.parametrize("ext", ["png", "tif", "bmp", "webp", "gif", "jp2"])
def test_damaged_content(inbox: Path, spool: Path, ext: str) -> None:
    path = saved(inbox / f"a.{ext}", compression="tiff_lzw" if ext == "tif" else None)
    data = bytearray(path.read_bytes())
    data[12 : len(data) // 2] = b"\xa5" * (len(data) // 2 - 12)
    path.write_bytes(data)
    assert refused(path, spool) in {Refusal.DAMAGED, Refusal.TRUNCATED, Refusal.TOO_LARGE, Refusal.UNKNOWN_FORMAT}


def test_a_bomb_is_refused_by_its_header(inbox: Path, spool: Path) -> None:
    data = bytearray(saved(inbox / "a.png").read_bytes())
    data[16:24] = struct.pack(">II", 30_000, 30_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    (inbox / "a.png").write_bytes(data)
    assert refused(inbox / "a.png", spool) is Refusal.TOO_LARGE


def test_limits_are_the_caller_s(inbox: Path, spool: Path) -> None:
    path = saved(inbox / "a.jpg")
    assert refused(path, spool, Limits(max_pixels=1000)) is Refusal.TOO_LARGE
    assert refused(path, spool, Limits(max_bytes=1000)) is Refusal.TOO_LARGE
    PICTURE.save(inbox / "a.tif", save_all=True, append_images=[PICTURE] * 3)
    assert refused(inbox / "a.tif", spool, Limits(max_pages=3)) is Refusal.TOO_LARGE
    bombed = inbox / "b.tif"
    Image.new("1", (10, 10)).save(bombed, save_all=True, append_images=[Image.new("1", (9000, 9000))])
    assert refused(bombed, spool, Limits(max_pixels=1_000_000)) is Refusal.TOO_LARGE


@pytest.mark.parametrize("ext", ["gif", "png", "webp"])
def test_animations(inbox: Path, spool: Path, ext: str) -> None:
    path = inbox / f"a.{ext}"
    PICTURE.save(path, save_all=True, append_images=[PICTURE.rotate(90), PICTURE.rotate(180)])
    assert refused(path, spool) is Refusal.ANIMATED


def test_a_file_that_changes_while_it_is_read(inbox: Path, spool: Path) -> None:
    """A writer that never stops: some read must catch it, and none may deliver a mixture."""
    path = inbox / "a.bmp"
    whole = saved(inbox / "whole.bmp", PICTURE.resize((2400, 3400))).read_bytes()
    path.write_bytes(whole)
    stop = threading.Event()

    def keep_growing() -> None:
        with path.open("ab") as file:
            while not stop.is_set():
                file.write(b"more")
                file.flush()

    writer = threading.Thread(target=keep_growing)
    writer.start()
    try:
        assert refused(path, spool) is Refusal.CHANGED_WHILE_READ
    finally:
        stop.set()
        writer.join()


def test_a_refusal_survives_pickling(inbox: Path) -> None:
    error = RefusedFile(inbox / "a.jpg", Refusal.EMPTY, "detail")
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (again.path, again.reason, again.detail) == (error.path, error.reason, error.detail)


def test_a_full_spool_is_not_blamed_on_the_file(inbox: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        take_apart(saved(inbox / "a.jpg"), tmp_path / "no-such-spool")


# --- which files at all ---
