from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cmp_portal.lib import uploads
from cmp_portal.lib.uploads import FileCondition, UploadRefused

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


def test_type_goes_by_the_content():
    assert uploads.checked_type(SimpleUploadedFile("page.exe", PDF)) == "application/pdf"


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("content", [b"", b"<html>", b"%PD", b"GIF89a", SVG, b'<?xml version="1.0"?>' + SVG])
def test_other_content_is_refused(content):
    with pytest.raises(UploadRefused):
        uploads.checked_type(SimpleUploadedFile("page.pdf", content))


def test_name_has_no_folders_and_is_not_endless():
    assert uploads.name_of(SimpleUploadedFile("../../" + "x" * 300 + ".pdf", PDF)) == "x" * 146 + ".pdf"


def test_name_never_looks_like_that_of_another_kind_of_file():
    assert uploads.name_of(SimpleUploadedFile("scan\u202efdp.exe", PDF)) == "scanfdp.exe"


@pytest.mark.parametrize(
    ("name", "media_type", "handed_out"),
    [
        ("scan.pdf", "application/pdf", "scan.pdf"),
        ("SCAN.PDF", "application/pdf", "SCAN.PDF"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("page.html", "application/pdf", "page.html.pdf"),
        ("setup.exe", "image/jpeg", "setup.exe.jpg"),
        ("noname", "image/png", "noname.png"),
    ],
)
def test_document_is_handed_out_by_the_name_of_what_it_is(name, media_type, handed_out):
    assert uploads.fitting_name(name, media_type) == handed_out


def test_key_tells_nothing():
    assert "holder" not in uploads.random_key("evidence", "mara-holder.pdf")


@pytest.mark.parametrize(("files", "size"), [(2, 0), (0, 100)])
def test_quota_is_by_number_and_by_size(settings, files, size):
    settings.EVIDENCE_QUOTA_FILES, settings.EVIDENCE_QUOTA_BYTES = 2, 100

    with pytest.raises(UploadRefused):
        uploads.refuse_over_quota(1, files_kept=files, bytes_kept=size)


@pytest.mark.parametrize(("scanner", "waits"), [("", False), ("clamd://scanner", True)])
def test_what_the_scanner_has_not_seen_is_held_back(settings, scanner, waits):
    settings.EVIDENCE_SCANNER = scanner

    assert (FileCondition.WAITING in uploads.held_back()) is waits


def test_picture_comes_with_a_preview():
    out = BytesIO()
    Image.new("RGB", (6, 4), "white").save(out, "PNG")

    condition, preview = uploads.looked_into(BytesIO(out.getvalue()), "image/png")

    assert (condition, preview[:3]) == (FileCondition.FINE, b"\xff\xd8\xff")


def test_broken_picture_is_unreadable():
    assert uploads.looked_into(BytesIO(b"\x89PNG\r\n\x1a\n"), "image/png") == (FileCondition.UNREADABLE, b"")


@pytest.mark.parametrize(
    ("content", "condition"),
    [
        (b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n", FileCondition.FINE),
        (b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n" + b"\0" * 2000, FileCondition.FINE),
        (b"%PDF-1.7\n1 0 obj<</Linear", FileCondition.UNREADABLE),
        # Made to be shown before all of it has come, it has such a mark near its beginning too.
        (b"%PDF-1.7\n1 0 obj<</Linearized 1>>endobj\n%%EOF\n" + b"0" * 5000, FileCondition.UNREADABLE),
    ],
)
def test_pdf_that_broke_off_is_unreadable(content, condition):
    assert uploads.looked_into(BytesIO(content), "application/pdf") == (condition, b"")


def test_what_is_too_large_is_told_the_limit_even_below_a_megabyte(settings):
    settings.EVIDENCE_MAX_BYTES = 512 * 1024

    with pytest.raises(UploadRefused, match="larger than 512\xa0KB"):
        uploads.checked_type(SimpleUploadedFile("scan.pdf", PDF + b"0" * 512 * 1024))
