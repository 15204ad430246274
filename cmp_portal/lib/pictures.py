"""Re-encodes images, which drops anything else in the file: location, camera, embedded code."""

import re
import struct
import warnings
from io import BytesIO
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

LARGEST = 50_000_000  # pixels; a scanned page at 600 dpi has 34 million
SIDE = 2000  # pixels of the longer side, enough to read a certificate
# A JPEG may repeat a scan of a few bytes for hours, each drawn over the whole image. Genuine ones have about ten.
MOST_SCANS = 100
JPEG = b"\xff\xd8"
# Between the segments of a JPEG: neither a byte FF of the image (followed by 00) nor a restart (D0 to D7).
MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
WITHOUT_LENGTH = b"\x01\xd8"
SCAN, END = b"\xda", b"\xd9"
# What broken files make Pillow raise. Not every Exception: the end of a job's time says nothing about the file.
BROKEN = (
    AssertionError,
    AttributeError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    struct.error,
)


class UnreadablePicture(Exception):
    """The file is not an image, is broken, or is absurdly large."""


def redrawn(file: IO[bytes]) -> bytes:
    """The image as an upright JPEG of at most 2,000 pixels a side.

    Raises UnreadablePicture when it can't be opened.
    """
    # Imported here: it is heavy, and only the worker needs it.
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = LARGEST
    _refuse_endless(file.read())
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=["PNG", "JPEG"]) as picture:
                picture.draft("RGB", (SIDE, SIDE))
                upright = _upright(picture)
                upright.thumbnail((SIDE, SIDE))
                out = BytesIO()
                _on_white(upright).save(out, "JPEG", quality=85)
                return out.getvalue()
    except (*BROKEN, Image.DecompressionBombError) as problem:
        raise UnreadablePicture(type(problem).__name__) from problem


def _refuse_endless(content: bytes) -> None:
    scans, place = 0, len(JPEG)
    while content.startswith(JPEG) and (marker := MARKER.search(content, place)) and marker[1] != END:
        place = marker.end()
        if marker[1] not in WITHOUT_LENGTH:
            place += int.from_bytes(content[place : place + 2], "big")
        scans += marker[1] == SCAN
        if scans > MOST_SCANS:
            raise UnreadablePicture(f"more than {MOST_SCANS} scans")


def _upright(picture: "Image.Image") -> "Image.Image":
    """The picture turned as its metadata says.

    Pillow's own `exif_transpose` also writes the metadata anew, and so fails at a value of an unexpected type.
    """
    from PIL import ExifTags, Image

    picture.load()
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    turn = turns.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    return picture if turn is None else picture.transpose(turn)


def _on_white(picture: "Image.Image") -> "Image.Image":
    """Flatten transparency, which JPEG lacks, onto white."""
    from PIL import Image

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    sheet = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(sheet, picture.convert("RGBA")).convert("RGB")
