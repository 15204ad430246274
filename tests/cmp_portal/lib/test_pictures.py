import struct
from io import BytesIO

import pytest
from PIL import Image

from cmp_portal.lib.pictures import MOST_SCANS, SIDE, UnreadablePicture, redrawn


def picture(kind="JPEG", size=(40, 30), mode="RGB", colour="red", **said):
    out = BytesIO()
    Image.new(mode, size, colour).save(out, kind, **said)
    return out.getvalue()


def opened(content):
    return Image.open(BytesIO(redrawn(BytesIO(content))))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_picture_is_drawn_anew_as_jpeg(kind):
    found = opened(picture(kind))

    assert (found.format, found.size) == ("JPEG", (40, 30))


def test_what_hides_behind_the_picture_is_left_out():
    assert b"<script>" not in redrawn(BytesIO(picture() + b"<script>alert(1)</script>"))


def test_place_and_camera_are_left_out():
    details = Image.Exif()
    details[0x010F] = "Camera maker"

    assert dict(opened(picture(exif=details)).getexif()) == {}


def test_turned_picture_stands_upright():
    details = Image.Exif()
    details[0x0112] = 6

    assert opened(picture(exif=details)).size == (30, 40)


def test_turned_picture_may_have_a_detail_of_another_type():
    orientation, resolution_as_text = (0x0112, 3, 1, b"\6\0\0\0"), (0x011A, 2, 4, b"72\0\0")
    entries = b"".join(struct.pack("<HHI4s", *entry) for entry in (orientation, resolution_as_text))
    details = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4)

    assert opened(picture(exif=details)).size == (30, 40)


def test_large_picture_is_made_smaller():
    assert max(opened(picture(size=(3 * SIDE, SIDE))).size) == SIDE


def test_transparent_paper_is_white():
    assert opened(picture("PNG", mode="RGBA", colour=(0, 0, 0, 0))).getpixel((5, 5)) == (255, 255, 255)


def test_bomb_is_refused_before_it_unfolds():
    with pytest.raises(UnreadablePicture):
        redrawn(BytesIO(picture("PNG", size=(8_000, 8_000), mode="1", colour=0)))


def without_palette():
    """A PNG whose header says that its colors are in a palette, but has none."""
    content = picture("PNG", mode="P")
    return content[: content.index(b"PLTE") - 4] + content[content.index(b"IDAT") - 4 :]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        picture()[:200],
        picture("PNG")[:60],
        picture("GIF"),
        b"%PDF-1.7",
        b"\xff\xd8\xff\xe0<html>",
        without_palette(),
    ],
    ids=["nothing", "a signature", "half a JPEG", "half a PNG", "a GIF", "a PDF", "a page", "without its palette"],
)
def test_what_is_no_whole_picture_is_unreadable(content):
    with pytest.raises(UnreadablePicture):
        redrawn(BytesIO(content))


def of_scans(count):
    """A JPEG whose last scan is repeated."""
    content = picture(progressive=True)
    last, end = content.rindex(b"\xff\xda"), content.rindex(b"\xff\xd9")
    return content[:end] + content[last:end] * count + content[end:]


@pytest.mark.parametrize("count", [0, 50])
def test_picture_of_many_scans_is_drawn(count):
    assert opened(of_scans(count)).size == (40, 30)


def test_picture_that_would_be_drawn_for_hours_is_refused():
    with pytest.raises(UnreadablePicture, match="scans"):
        redrawn(BytesIO(of_scans(MOST_SCANS)))


def test_what_only_looks_like_scans_is_not_counted():
    within = b"\xff\xed" + (2 + 2 * 200).to_bytes(2, "big") + b"\xff\xda" * 200
    content = picture()

    assert opened(content[:2] + within + content[2:] + b"\xff\xda" * 200).size == (40, 30)
