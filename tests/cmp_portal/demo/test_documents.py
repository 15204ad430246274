import re

from django.core.files.uploadedfile import SimpleUploadedFile

from cmp_portal.demo.documents import one_page
from cmp_portal.lib.uploads import checked_type


def test_one_page_is_accepted_as_evidence():
    upload = SimpleUploadedFile("certificate.pdf", one_page(["Certificate", "A line (in brackets)"]))

    assert checked_type(upload) == "application/pdf"


def test_one_page_says_where_its_objects_begin():
    file = one_page(["Certificate", "A line"])
    offsets = [int(offset) for offset in re.findall(rb"(\d{10}) 00000 n", file)]

    assert [file[offset:].split(b" ", 1)[0] for offset in offsets] == [b"1", b"2", b"3", b"4", b"5"]
    assert file[int(file.split(b"startxref\n")[1].split(b"\n")[0]) :].startswith(b"xref")
