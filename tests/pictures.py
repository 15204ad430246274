"""`make pictures`: screenshots of every page in both themes, on phone and desktop, and those used in the docs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "var" / "pictures"
SHOWN_IN = ROOT / "docs" / "pictures"
PAGES = "tests/journeys/test_every_page.py"
# Pictures in README and docs, by file name in docs/pictures.
SHOWN = {
    "my-account.png": "light-1280/newcomer/account.png",
    "check-progress.png": "light-1280/holder/education-progress.png",
    "add-credit.png": "light-1280/holder/education-credits-add.png",
    "submit.png": "light-1280/several/declaration-cycle-one-confirm-attested-on.png",
}
SHOWN_HEIGHT = 1600
COLUMNS, THUMB, GAP, CAPTION = 6, 300, 24, 28
TALLEST = 640
PAPER, INK = "#e8eaed", "#1b1f23"


def main() -> int:
    """Take the screenshots and arrange them on a contact sheet per theme and width."""
    rmtree(FOLDER, ignore_errors=True)
    taken = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", PAGES],
        cwd=ROOT,
        env={**os.environ, "PICTURES": str(FOLDER)},
        check=False,
    )
    for folder in sorted(each for each in FOLDER.iterdir() if each.is_dir()):
        sheet = FOLDER / f"{folder.name}.png"
        lay_out(sorted(folder.rglob("*.png"))).save(sheet, optimize=True)
        print(f"{sheet.relative_to(ROOT)}: {len(list(folder.rglob('*.png')))} pages")
    for name, source in SHOWN.items():
        show(FOLDER / source, SHOWN_IN / name)
    return taken.returncode


def lay_out(pictures: list[Path]) -> Image.Image:
    """All screenshots on one sheet, in rows with captions."""
    rows = [list(_thumbs(pictures[start : start + COLUMNS])) for start in range(0, len(pictures), COLUMNS)]
    heights = [max(thumb.height for _name, thumb in row) + CAPTION + GAP for row in rows]
    sheet = Image.new("RGB", (GAP + COLUMNS * (THUMB + GAP), GAP + sum(heights)), PAPER)
    draw, font, top = ImageDraw.Draw(sheet), ImageFont.load_default(14), GAP
    for row, height in zip(rows, heights, strict=True):
        for place, (name, thumb) in enumerate(row):
            left = GAP + place * (THUMB + GAP)
            draw.text((left, top), name[:44], INK, font)
            sheet.paste(thumb, (left, top + CAPTION))
        top += height
    return sheet


def _thumbs(pictures: list[Path]) -> Iterator[tuple[str, Image.Image]]:
    """The top of each page as a thumbnail."""
    for path in pictures:
        with Image.open(path) as picture:
            width = min(THUMB, picture.width)
            small = picture.convert("RGB").resize((width, round(picture.height * width / picture.width)))
        yield f"{path.parent.name}: {path.stem}", small.crop((0, 0, width, min(small.height, TALLEST)))


def show(source: Path, to: Path) -> None:
    """Crop and quantize a screenshot for the docs."""
    with Image.open(source) as picture:
        cut = picture.crop((0, 0, picture.width, min(picture.height, SHOWN_HEIGHT)))
    cut.convert("P", palette=Image.Palette.ADAPTIVE).save(to, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
