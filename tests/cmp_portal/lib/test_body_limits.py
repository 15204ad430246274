"""Limits on the size of request bodies."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from education.models import Evidence
from tests.factories import CreditFactory, HolderUserFactory
from tests.factories.education import CERTIFICATE

pytestmark = pytest.mark.django_db
MEGABYTE = 1024**2


@pytest.fixture
def credit(client):
    row = CreditFactory(self_recorded=True)
    client.force_login(HolderUserFactory(holder=row.holder))
    return row


@pytest.fixture
def upload(client, credit):
    """Sends documents of so many bytes to a form."""

    def send(name, *sizes, args=()):
        files = [SimpleUploadedFile(f"{size}.pdf", CERTIFICATE.ljust(size, b"0")) for size in sizes]
        return client.post(reverse(name, args=args), {"files": files})

    return send


def test_documents_fit_together(upload, credit):
    upload("education:evidence_add", MEGABYTE, 2 * MEGABYTE, args=[credit.uuid])

    assert Evidence.objects.count() == 2


def test_too_many_documents_at_once_are_told_so(upload, credit, settings):
    settings.UPLOAD_MAX_BYTES = 2 * MEGABYTE

    answer = upload("education:evidence_add", MEGABYTE, MEGABYTE, args=[credit.uuid])

    assert answer.status_code == 413
    assert "You can send up to 2\xa0MB with one form." in answer.content.decode()
    assert not Evidence.objects.exists()


@pytest.mark.parametrize("name", ["account_login", "credentials:claim", "education:synchronise"])
def test_a_form_without_documents_takes_none(upload, name):
    assert upload(name, MEGABYTE).status_code == 413


def test_the_length_counts_and_not_what_comes(client, credit):
    path = reverse("education:evidence_add", args=[credit.uuid])

    assert client.generic("POST", path, b"", CONTENT_LENGTH="99999999999").status_code == 413


@pytest.mark.parametrize("length", ["", "-1", "x", "1e99", "٣"])
def test_an_odd_length_is_no_error(client, credit, length):
    path = reverse("education:credit_add")

    assert client.generic("POST", path, b"", CONTENT_LENGTH=length).status_code == 200
