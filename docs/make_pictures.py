"""Makes `docs/images/demo.png` from a real run of the demo: what it said, and one page as scanned and as delivered.

    .venv/bin/python docs/make_pictures.py

Needs the font JetBrains Mono (`apt-get install fonts-jetbrains-mono`). The demo draws its pages itself: every name on
them is made up.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from station.root import Root
from station.wiring import Station

TARGET = Path(__file__).parent / "images" / "demo.png"
LARGEST_BYTES = 400_000
FONTS = Path("/usr/share/fonts/truetype/jetbrains-mono")

BOOK = "19441/KS.2005.01"
PAGE = 8
"""The page that is shown; the demo's first page is the cover."""

WIDTH, MARGIN, GAP = 1600, 28, 24
TEXT_SIZE, LINE = 15, 22
PAPER, INK, MUTED, GREEN = "#f6f6f4", "#1b1b1b", "#6a6a6a", "#00734f"
SCREEN, LETTERS, NARRATION = "#16181d", "#e8e8e6", "#9aa3ad"


@dataclass(frozen=True)
class Run:
    """What a run of the demo printed, and the page that is shown: its two files and the name of its case's PDF."""

    narration: list[str]
    data: list[str]
    master: Path
    copy: Path
    pdf: str


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        picture = draw(run_demo(Path(folder) / "demo"))
    TARGET.parent.mkdir(exist_ok=True)
    picture.quantize(200, dither=Image.Dither.NONE).save(TARGET, optimize=True)
    size = TARGET.stat().st_size
    sys.stderr.write(f"{TARGET}: {picture.width} x {picture.height}, {size / 1000:.0f} kB\n")
    if size > LARGEST_BYTES:
        sys.exit(f"larger than {LARGEST_BYTES} bytes")


def run_demo(root: Path) -> Run:
    """Run the demo as a person would, in English."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STATION_")}
    command = [sys.executable, "-m", "station", "--root", str(root), "demo", "--keep"]
    done = subprocess.run(command, env=clean | {"STATION_LANGUAGE": "en"}, capture_output=True, text=True, check=True)
    with Station.open(Root(root)) as station:
        book = station.book_id(BOOK)
        page = station.catalogue.pages(book)[PAGE - 1]
        copy = station.catalogue.copies(book, station.recipe.key)[page.sha256]
        (number,) = station.catalogue.numbers_of_pages(book)[page.id]
        pdf = station.naming.pdf_name(book, number)
    shown = done.stdout.replace(str(root), "/tmp/demo")  # noqa: S108 - text of the picture
    return Run(shorten(done.stderr.splitlines()), shown.splitlines(), root / page.file, root / copy.file, pdf)


def shorten(lines: list[str]) -> list[str]:
    """Pages 2 to 23 look like page 1; the receiver's key is long and new each time."""
    kept = [line.partition(": ")[0] + ": …" if "receipts.trusted" in line else line for line in lines]
    pages = [index for index, line in enumerate(kept) if " kept " in line]
    return [*kept[: pages[0] + 2], f"… {len(pages) - 3} more", *kept[pages[-1] :]]


def draw(run: Run) -> Image.Image:
    """The terminal on the left, the page twice on the right, a piece of the copy in its own pixels below."""
    text = [
        ("$ station --root /tmp/demo demo --keep", LETTERS),
        *((line, NARRATION) for line in run.narration),
        *((line, LETTERS) for line in run.data),
    ]
    height = 2 * MARGIN + LINE * (len(text) + 1)
    picture = Image.new("RGB", (WIDTH, height), PAPER)
    canvas = ImageDraw.Draw(picture)
    right = draw_terminal(canvas, text, height)
    draw_pages(picture, canvas, run, right + GAP)
    return picture


def draw_terminal(canvas: ImageDraw.ImageDraw, lines: list[tuple[str, str]], height: int) -> int:
    """Draw the lines as a terminal shows them; returns where its right edge is."""
    font = load_font("Regular")
    right = MARGIN + round(max(font.getlength(line) for line, _ in lines)) + 2 * 18
    canvas.rounded_rectangle((MARGIN, MARGIN, right, height - MARGIN), radius=8, fill=SCREEN)
    for row, (line, colour) in enumerate(lines):
        canvas.text((MARGIN + 18, MARGIN + 11 + LINE * row), line, font=font, fill=colour)
    return right


def draw_pages(picture: Image.Image, canvas: ImageDraw.ImageDraw, run: Run, left: int) -> None:
    width = (WIDTH - left - MARGIN - GAP) // 2
    height = round(width * 297 / 210)
    bottom = 0
    captions = (("as scanned", "the master, never changed"), ("as delivered", run.pdf))
    for column, (file, (title, what)) in enumerate(zip((run.master, run.copy), captions, strict=True)):
        with Image.open(file) as image:
            small = image.convert("RGB")
            small.thumbnail((width, height), Image.Resampling.LANCZOS)
        x = left + column * (width + GAP)
        picture.paste(small, (x, MARGIN))
        canvas.rectangle((x - 1, MARGIN - 1, x + small.width, MARGIN + small.height), outline="#b9b9b4")
        y = MARGIN + small.height + 10
        canvas.text((x, y), title, font=load_font("Bold"), fill=INK)
        canvas.text((x, y + LINE), what, font=load_font("Regular"), fill=MUTED)
        canvas.text((x, y + 2 * LINE), tell_size(file), font=load_font("Regular"), fill=MUTED)
        bottom = max(bottom, y + 3 * LINE)
    draw_detail(picture, canvas, run.copy, (left, bottom + 14))


def draw_detail(picture: Image.Image, canvas: ImageDraw.ImageDraw, file: Path, place: tuple[int, int]) -> None:
    """A piece of the delivery copy, pixel by pixel."""
    x, y = place
    width, height = WIDTH - x - MARGIN, picture.height - MARGIN - y - LINE - 4
    with Image.open(file) as image:
        left, top = round(image.width * 0.06), round(image.height * 0.158)
        piece = image.convert("RGB").crop((left, top, left + width, top + height))
    picture.paste(piece, (x, y))
    canvas.rectangle((x - 1, y - 1, x + width, y + height), outline="#b9b9b4")
    canvas.text((x, y + height + 4), "the delivery copy, pixel by pixel", font=load_font("Regular"), fill=MUTED)


def tell_size(file: Path) -> str:
    size = file.stat().st_size
    with Image.open(file) as image:
        pixels = f"{image.width} x {image.height}"
    return f"{size / 1e6:.1f} MB, {pixels}" if size > 1e6 else f"{size / 1e3:.0f} kB, {pixels}"


def load_font(weight: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"JetBrainsMono-{weight}.ttf", TEXT_SIZE)


if __name__ == "__main__":
    main()
