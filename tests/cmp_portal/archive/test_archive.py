"""A holder's data as an archive."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.urls import reverse

from cmp_portal.lib.uploads import FileCondition
from education.models import Evidence
from tests.cmp_portal.archive.archives import opened, taken
from tests.factories import (
    CreditFactory,
    EvidenceFactory,
    HolderUserFactory,
)
from tests.full_record import known_holder

pytestmark = pytest.mark.django_db


@pytest.fixture
def declared(now):
    return known_holder()


def document_of(holder, **what):
    return EvidenceFactory(credit=CreditFactory(holder=holder, self_recorded=True), **what)


def test_archive_is_sent_as_a_download(client, holder):
    client.force_login(holder.user)

    answer = client.get(reverse("export_archive"))

    assert (answer["Content-Type"], answer["Content-Disposition"], answer.streaming) == (
        "application/zip",
        'attachment; filename="my-record-2026-03-10.zip"',
        True,
    )
    assert ZipFile(BytesIO(answer.getvalue())).namelist() == ["record.json"]


def test_page_leads_to_it(client, holder):
    client.force_login(holder.user)

    assert reverse("export_archive") in client.get(reverse("export")).content.decode()


def test_record_is_the_same_as_alone(declared, now):
    assert json.loads(opened(declared, now).read("record.json")) == taken(declared, now)


def test_what_is_printed_is_in_it(declared, now):
    archive = opened(declared, now)

    declaration, cycle = declared.declarations.get(), declared.cycles.get()
    papers = [f"declarations/{declaration.number}.pdf", f"transcripts/{cycle.pk}-transcript-mls-ascp-2026-03-31.pdf"]
    assert sorted(name for name in archive.namelist() if name.endswith(".pdf") and "documents" not in name) == papers
    assert [archive.read(paper)[:5] for paper in papers] == [b"%PDF-", b"%PDF-"]


def test_documents_are_in_it_byte_by_byte(declared, now):
    evidence = Evidence.objects.get(holder=declared, name="scan of it.pdf")

    assert opened(declared, now).read(f"documents/{evidence.uuid}/scan_of_it.pdf") == evidence.file.read()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "..", "???", "\n", "ü" * 100])
def test_no_name_leads_out_of_its_folder(holder, now, name):
    document = document_of(holder)
    Evidence.objects.filter(pk=document.pk).update(name=name)

    (path,) = [one for one in opened(holder, now).namelist() if one.startswith("documents")]
    folder, _, own = path.rpartition("/")
    assert (folder, bool(own.strip("."))) == (f"documents/{document.uuid}", True)


def test_what_is_harmful_stays_where_it_is(holder, now):
    document_of(holder, condition=FileCondition.INFECTED, checked_at=now)

    assert opened(holder, now).namelist() == ["record.json"]


def test_archive_is_packed_as_often_as_it_may_be(client, settings):
    settings.ARCHIVES_PER_LOGIN = "2/h/user"
    client.force_login(HolderUserFactory())

    answers = [client.get(reverse("export_archive")).status_code for _time in range(3)]

    client.force_login(HolderUserFactory())
    assert (answers, client.get(reverse("export_archive")).status_code) == ([200, 200, 429], 200)


def test_a_document_that_is_lost_is_named(holder, now):
    lost = document_of(holder, name="scan.pdf")
    lost.file.storage.delete(lost.file.name)

    assert opened(holder, now).read("missing.txt").decode() == f"documents/{lost.uuid}/scan.pdf\n"
