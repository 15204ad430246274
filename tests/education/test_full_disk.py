"""Uploads on a full disk: the page reports it, stored files remain, and uploads work again once there is room."""

import os
import subprocess

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from faults.cases.f2.imports import small_disk
from tests.factories import CreditFactory, HolderUserFactory

CERTIFICATE = b"%PDF-1.7\n% Certificate of participation\n%%EOF\n"
LARGE = CERTIFICATE + b"%" * 200_000
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(os.geteuid() != 0, reason="only the machine's administrator may mount a small disk"),
]


@pytest.fixture
def disk(tmp_path, settings):
    """64 KiB for all documents."""
    try:
        with small_disk(tmp_path / "disk", "64k") as place:
            storage = settings.STORAGES["default"] | {"OPTIONS": {"location": place}}
            settings.STORAGES = settings.STORAGES | {"default": storage}
            yield place
    except subprocess.CalledProcessError:
        pytest.skip("this machine lets nobody mount a disk")


@pytest.fixture
def credit(client):
    user = HolderUserFactory()
    client.force_login(user)
    return CreditFactory(holder=user.holder, self_recorded=True)


def add(client, credit, content):
    address = reverse("education:evidence_add", args=[credit.uuid])
    return client.post(address, {"files": [ContentFile(content, "certificate.pdf")]}, follow=True).content.decode()


def files(disk):
    return [path for path in disk.rglob("*") if path.is_file()]


def test_a_document_without_room_is_refused_and_the_others_are_kept(client, credit, disk):
    add(client, credit, CERTIFICATE)

    assert "can&#x27;t be saved right now" in add(client, credit, LARGE)
    (kept,) = credit.evidence.all()
    answer = client.get(reverse("education:evidence_file", args=[kept.uuid]))
    assert b"".join(answer.streaming_content) == CERTIFICATE


def test_what_was_refused_takes_no_room(client, credit, disk):
    add(client, credit, LARGE)

    assert files(disk) == []


def test_with_room_the_same_document_is_kept(client, credit, disk):
    add(client, credit, LARGE)
    subprocess.run(["mount", "-o", "remount,size=1m", disk], check=True)
    add(client, credit, LARGE)

    (kept,) = credit.evidence.all()
    assert kept.size == len(LARGE)
