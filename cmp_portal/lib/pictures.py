"""Re-encodes images, which drops anything else in the file: location, camera, embedded code."""

import warnings
from io import BytesIO
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

LARGEST = 50_000_000  # pixels; a scanned page at 600 dpi has 34 million
SIDE = 2000  # pixels of the longer side, enough to read a certificate


class UnreadablePicture(Exception):
    """The file is not an image, is broken, or is absurdly large."""


def redrawn(file: IO[bytes]) -> bytes:
    """The image as an upright JPEG of at most 2,000 pixels a side.

    Raises UnreadablePicture when it can't be opened.
    """
    # Imported here: it is heavy, and only the worker needs it.
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
    """Flatten transparency, which JPEG lacks, onto white."""
    from PIL import Image

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    sheet = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(sheet, picture.convert("RGBA")).convert("RGB")
