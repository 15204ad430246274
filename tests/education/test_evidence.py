from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from education import actions, queries
from education.models import Evidence
from education.queries.evidence import keep_until_text
from tests.factories import AllocationFactory, CreditFactory, CycleFactory, EvidenceFactory, HolderUserFactory

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


@pytest.fixture
def credit(now):
    return CreditFactory(self_recorded=True)


@pytest.fixture
def attach(credit, now):
    user = HolderUserFactory(holder=credit.holder)
    return lambda content, name="certificate.pdf": actions.attach(
        credit=credit, upload=SimpleUploadedFile(name, content), by=user, at=now
    )


@pytest.mark.parametrize(
    ("content", "media_type"), [(PDF, "application/pdf"), (PNG, "image/png"), (JPEG, "image/jpeg")]
)
def test_attach_goes_by_the_content(attach, content, media_type):
    assert attach(content, name="whatever.exe").media_type == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script>",
        b"MZ\x90\x00",
        b"GIF89a",
        b"%PD",
    ],
)
def test_attach_refuses_other_content(attach, content):
    with pytest.raises(actions.EvidenceRefused):
        attach(content)

    assert not Evidence.objects.exists()


def test_attach_refuses_what_is_too_large(attach, settings):
    settings.EVIDENCE_MAX_BYTES = 1024 * 1024

    with pytest.raises(actions.EvidenceRefused, match="larger than 1\xa0MB"):
        attach(PDF + b"0" * 1024 * 1024)


def test_the_same_document_twice_is_kept_once(attach):
    assert attach(PDF) == attach(PDF, name="again.pdf")


def test_a_document_that_was_removed_can_be_added_again(attach, credit, now):
    first = attach(PDF)
    actions.remove(evidence=first, by=credit.holder.user, at=now)

    again = attach(PDF)

    assert (again == first, again.removed_at) == (False, None)


def test_the_key_in_the_storage_tells_nothing(attach):
    evidence = attach(PDF, name="../../mara-holder.pdf")

    assert evidence.name == "mara-holder.pdf"
    assert "holder" not in evidence.file.name


def test_a_declared_document_is_not_removed(now):
    share = AllocationFactory(credit__self_recorded=True)
    evidence = EvidenceFactory(credit=share.credit)
    share.cycle.declared_on, share.cycle.shares_frozen_at = now.date(), now
    share.cycle.save()

    with pytest.raises(actions.EvidenceRefused, match="audit"):
        actions.remove(evidence=evidence, by=HolderUserFactory(holder=evidence.holder), at=now)


def test_originals_are_kept_for_the_last_cycle_they_serve(credit, settings):
    settings.EVIDENCE_RETENTION_YEARS = 2
    for day in (date(2026, 12, 31), date(2027, 6, 30)):
        cycle = CycleFactory(holder=credit.holder, starts_on=date(2024, 1, 1), ends_on=day)
        AllocationFactory(cycle=cycle, credit=credit)

    text = keep_until_text(credit.allocations.order_by("-cycle__ends_on"))

    assert text == "Keep the originals until 30 June 2029: an audit may ask for them."


def test_a_document_is_always_a_download(client, attach):
    evidence = attach(PNG, name="scan.png")
    client.force_login(evidence.holder.user)

    answer = client.get(reverse("education:evidence_file", args=[evidence.uuid]))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="scan.png"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == PNG


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("page.html", 'attachment; filename="page.html.png"'),
        ('a"; filename="b.png', 'attachment; filename="a\\"; filename=\\"b.png"'),
        ("Ünïcödé.png", "attachment; filename*=utf-8''%C3%9Cn%C3%AFc%C3%B6d%C3%A9.png"),
    ],
)
def test_name_of_a_document_ends_nothing_in_a_header(client, attach, name, header):
    evidence = attach(PNG, name=name)
    client.force_login(evidence.holder.user)

    assert client.get(reverse("education:evidence_file", args=[evidence.uuid]))["Content-Disposition"] == header


def test_a_wrong_file_keeps_what_was_typed(client, credit):
    client.force_login(HolderUserFactory(holder=credit.holder))
    wrong = SimpleUploadedFile("page.pdf", b"<html>")

    answer = client.post(reverse("education:credit_add"), {"title": "Ethics at the bench", "files": [wrong]})

    assert "is not a PDF, PNG or JPEG file" in answer.content.decode()
    assert "Ethics at the bench" in answer.content.decode()


def test_the_day_a_document_was_added_is_the_boards(credit):
    evening = datetime(2026, 3, 10, 23, 30, tzinfo=ZoneInfo("America/Chicago"))
    EvidenceFactory(credit=credit, uploaded_at=evening)

    line = queries.file_line(Evidence.objects.get(), removable=False)

    assert line.text.endswith("added on 10 March 2026")
