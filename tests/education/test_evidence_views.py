import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from education.models import Evidence
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    EvidenceFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
)
from tests.pages import words_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


@pytest.fixture
def cycle(now):
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def holder(client, cycle):
    client.force_login(HolderUserFactory(holder=cycle.holder))
    return cycle.holder


def test_documents_are_added_and_removed(client, holder):
    credit = CreditFactory(holder=holder, self_recorded=True)
    files = [SimpleUploadedFile("certificate.pdf", PDF)]

    client.post(reverse("education:evidence_add", args=[credit.uuid]), {"files": files}, follow=True)
    evidence = Evidence.objects.get(credit=credit)
    answers = [client.post(reverse("education:evidence_remove", args=[evidence.uuid]), follow=True) for _ in range(2)]

    assert [words_of(answer) for answer in answers] == [["Removed."], ["Removed."]]
    assert client.get(reverse("education:evidence_file", args=[evidence.uuid])).status_code == 404


def test_a_form_without_files_says_so(client, holder):
    credit = CreditFactory(holder=holder, self_recorded=True)

    answer = client.post(reverse("education:evidence_add", args=[credit.uuid]), {}, follow=True)

    assert words_of(answer) == ["Choose a file first."]


def test_an_empty_file_is_told_by_its_name(client, holder):
    credit = CreditFactory(holder=holder, self_recorded=True)
    files = [SimpleUploadedFile("certificate.pdf", PDF), SimpleUploadedFile("back.pdf", b"")]

    answer = client.post(reverse("education:evidence_add", args=[credit.uuid]), {"files": files}, follow=True)

    assert words_of(answer) == ["“back.pdf” is empty."]


def test_of_several_documents_all_are_kept_or_none(client, holder, settings):
    settings.EVIDENCE_QUOTA_FILES = 1
    credit = CreditFactory(holder=holder, self_recorded=True)
    files = [SimpleUploadedFile("front.pdf", PDF), SimpleUploadedFile("back.pdf", PDF + b"\n")]

    client.post(reverse("education:evidence_add", args=[credit.uuid]), {"files": files})

    assert not credit.evidence.exists()


def test_removing_a_declared_document_is_refused(client, holder, cycle, now):
    share = AllocationFactory(cycle=cycle, credit=CreditFactory(holder=holder, subjects=["chemistry"]))
    evidence = EvidenceFactory(credit=share.credit)
    cycle.declared_on, cycle.shares_frozen_at = now.date(), now
    cycle.save()

    answer = client.post(reverse("education:evidence_remove", args=[evidence.uuid]), follow=True)

    assert "audit" in words_of(answer)[0]


@pytest.mark.parametrize("name", ["credit", "credit_add"])
def test_pages_tell_how_large_a_document_may_be(client, holder, settings, name):
    settings.EVIDENCE_MAX_BYTES = 7 * 1024**2
    credit = CreditFactory(holder=holder, self_recorded=True)
    address = reverse("education:credit", args=[credit.uuid]) if name == "credit" else reverse("education:credit_add")

    assert "PDF, PNG or JPEG, up to 7\xa0MB each." in client.get(address).content.decode()
