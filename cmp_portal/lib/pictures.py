"""Pictures drawn anew: whatever else a file carried, place, camera or code, stays behind."""

import warnings
from io import BytesIO
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

LARGEST = 50_000_000  # pixels; a scanned page at 600 dpi has 34 million
SIDE = 2000  # pixels of the longer side, enough to read a certificate


class UnreadablePicture(Exception):
    """The file is no picture, is broken, or is absurdly large."""


def redrawn(file: IO[bytes]) -> bytes:
    """The picture as JPEG, upright, at most 2,000 pixels wide or high; UnreadablePicture when it can't be opened."""
    # Heavy, and of use to the worker alone.
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = LARGEST
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=["PNG", "JPEG"]) as picture:
                picture.draft("RGB", (SIDE, SIDE))
                upright = ImageOps.exif_transpose(picture)
                upright.thumbnail((SIDE, SIDE))
                out = BytesIO()
                _on_white(upright).save(out, "JPEG", quality=85)
                return out.getvalue()
    except (OSError, ValueError, SyntaxError, Warning, Image.DecompressionBombError) as problem:
        raise UnreadablePicture(type(problem).__name__) from problem


def _on_white(picture: "Image.Image") -> "Image.Image":
    """JPEG knows no transparency."""
    from PIL import Image

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    sheet = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(sheet, picture.convert("RGBA")).convert("RGB")
