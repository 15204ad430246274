from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from PIL import Image

from accounts.actions import CompletedWithProblems
from accounts.enums import Role
from accounts.models import Alert
from cmp_portal.lib.scanning import ScannerAway
from cmp_portal.lib.uploads import FileCondition, held_back
from education import actions
from tests.factories import CreditFactory, EvidenceFactory, HolderUserFactory, UserFactory
from tests.scanner import scanner

pytestmark = pytest.mark.django_db


def scan_of(content, **said):
    """A document that waits to be checked."""
    return EvidenceFactory(file=ContentFile(content, "scan.png"), media_type="image/png", name="scan.png", **said)


@pytest.fixture
def picture(now):
    out = BytesIO()
    Image.new("RGB", (60, 40), "white").save(out, "PNG")
    return scan_of(out.getvalue() + b"<script>")


@pytest.fixture
def infected(now):
    return EvidenceFactory(condition=FileCondition.INFECTED, checked_at=now)


def test_picture_gets_a_preview_and_keeps_its_own_bytes(picture, now):
    before = picture.file.read()

    assert actions.check_evidence(at=now) == 1

    picture.refresh_from_db()
    assert (picture.condition, picture.checked_at) == (FileCondition.FINE, now)
    assert b"<script>" not in picture.preview.read() and picture.file.read() == before


def test_certificate_is_fine_without_a_preview(now):
    document = EvidenceFactory()

    actions.check_evidence(at=now)

    document.refresh_from_db()
    assert (document.condition, document.preview.name) == (FileCondition.FINE, "")


def test_broken_picture_is_told_to_its_holder(now):
    document = scan_of(b"\x89PNG\r\n\x1a\nbroken")

    actions.check_evidence(at=now)

    document.refresh_from_db()
    assert document.condition == FileCondition.UNREADABLE
    assert [alert.title for alert in Alert.objects.filter(holder=document.holder)] == [
        "One of your documents can't be opened"
    ]


def test_checked_documents_are_not_checked_again(picture, now):
    assert [actions.check_evidence(at=now) for _time in range(2)] == [1, 0]


def test_without_an_answer_of_the_scanner_documents_wait(picture, now, settings):
    settings.EVIDENCE_SCANNER = "clamd://127.0.0.1:1"

    with pytest.raises(ScannerAway):
        actions.check_evidence(at=now)

    picture.refresh_from_db()
    assert picture.condition == FileCondition.WAITING


@pytest.mark.parametrize("name", ["education:evidence_file", "education:evidence_picture"])
def test_harmful_document_is_given_to_nobody(client, infected, name):
    answers = []
    for user in (HolderUserFactory(holder=infected.holder), UserFactory(roles=[Role.REVIEWER])):
        client.force_login(user)
        answers.append(client.get(reverse(name, args=[infected.uuid])).status_code)

    assert answers == [404, 404]


def test_page_says_that_a_document_is_held_back(client, infected):
    client.force_login(HolderUserFactory(holder=infected.holder))

    answer = client.get(reverse("education:credit", args=[infected.credit.uuid])).content.decode()

    assert "Held back: harmful content" in answer
    assert f'href="{reverse("education:evidence_file", args=[infected.uuid])}"' not in answer


@pytest.mark.parametrize(("scanner", "status"), [("", 200), ("clamd://127.0.0.1:1", 404)])
def test_unchecked_document_waits_only_for_a_scanner_there_is(client, settings, now, scanner, status):
    document = EvidenceFactory()
    settings.EVIDENCE_SCANNER = scanner
    client.force_login(HolderUserFactory(holder=document.holder))

    assert client.get(reverse("education:evidence_file", args=[document.uuid])).status_code == status


def test_picture_is_shown_in_a_sandbox(client, picture, now):
    actions.check_evidence(at=now)
    client.force_login(UserFactory(roles=[Role.REVIEWER]))

    answer = client.get(reverse("education:evidence_picture", args=[picture.uuid]))

    assert answer["Content-Type"] == "image/jpeg" and answer["X-Content-Type-Options"] == "nosniff"
    assert set(answer["Content-Security-Policy"].split("; ")) == {
        "default-src 'none'",
        "img-src 'self'",
        "frame-ancestors 'none'",
        "sandbox",
    }


def test_picture_that_is_not_drawn_yet_is_not_found(client, picture):
    client.force_login(HolderUserFactory(holder=picture.holder))

    assert client.get(reverse("education:evidence_picture", args=[picture.uuid])).status_code == 404


# --- Files that belong to nobody --------------------------------------------------------------------------------------


def test_sweep_clears_old_orphans_and_nothing_else(picture, now):
    actions.check_evidence(at=now)
    picture.refresh_from_db()
    orphan = default_storage.save("evidence/ab/orphan.pdf", ContentFile(b"%PDF-"))

    assert actions.sweep_evidence(at=now + timedelta(days=4000)) >= 1

    assert not default_storage.exists(orphan)
    assert default_storage.exists(picture.file.name) and default_storage.exists(picture.preview.name)


def test_sweep_spares_what_is_just_being_sent(now):
    orphan = default_storage.save("evidence/ab/young.pdf", ContentFile(b"%PDF-"))

    actions.sweep_evidence(at=default_storage.get_modified_time(orphan) + timedelta(hours=23))

    assert default_storage.exists(orphan)


# --- Quota ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [("EVIDENCE_QUOTA_FILES", 1, "You have 1 document,"), ("EVIDENCE_QUOTA_BYTES", 100, "can take up 100")],
)
def test_quota_of_a_holder_is_kept(client, settings, now, limit, value, message):
    credit = CreditFactory(self_recorded=True)
    EvidenceFactory(credit=credit, size=99)
    setattr(settings, limit, value)
    client.force_login(HolderUserFactory(holder=credit.holder))

    upload = ContentFile(b"%PDF-1.7\nanother one\n%%EOF", "b.pdf")
    answer = client.post(reverse("education:evidence_add", args=[credit.uuid]), {"files": [upload]}, follow=True)

    assert message in answer.content.decode().replace("\xa0", " ")
    assert credit.evidence.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_documents_at_once_do_not_exceed_the_quota(settings, now, in_thread, until_blocked):
    settings.EVIDENCE_QUOTA_FILES = 1
    user = HolderUserFactory()
    first, second = CreditFactory.create_batch(2, holder=user.holder, self_recorded=True)

    def attach(credit):
        upload = SimpleUploadedFile("certificate.pdf", b"%PDF-1.7\n%%EOF")
        return actions.attach(credit=credit, upload=upload, by=user, at=now)

    with transaction.atomic():
        attach(first)
        other = in_thread(lambda: attach(second))
        until_blocked()

    assert isinstance(other.exception(), actions.EvidenceRefused)


# --- One document among many ------------------------------------------------------------------------------------------


@pytest.fixture
def locked_away(settings):
    """A document whose file the store does not give out."""
    document = EvidenceFactory()
    path = Path(default_storage.path(document.file.name))
    path.unlink()
    path.mkdir()
    yield document
    path.rmdir()


def test_document_that_can_not_be_checked_keeps_no_other_waiting(locked_away, picture, now):
    with pytest.raises(CompletedWithProblems, match=rf"^1 failed: document {locked_away.pk} \(StorageAway\)$"):
        actions.check_evidence(at=now)

    locked_away.refresh_from_db()
    picture.refresh_from_db()
    assert (locked_away.condition, picture.condition) == (FileCondition.WAITING, FileCondition.FINE)


def test_document_that_the_scanner_refuses_waits_alone(settings, now, picture):
    large = EvidenceFactory(file=ContentFile(b"%PDF-" + b"LARGE" * 100 + b"%%EOF", "large.pdf"))
    with scanner(
        lambda content: b"INSTREAM size limit exceeded. ERROR" if b"LARGE" in content else b"stream: OK"
    ) as url:
        settings.EVIDENCE_SCANNER = url
        with pytest.raises(CompletedWithProblems, match="TooLargeToScan"):
            actions.check_evidence(at=now)

    large.refresh_from_db()
    picture.refresh_from_db()
    assert (large.condition, picture.condition) == (FileCondition.WAITING, FileCondition.FINE)
    assert FileCondition.WAITING in held_back()


def test_orphan_that_can_not_be_deleted_keeps_no_other(now, monkeypatch):
    stuck, other = (default_storage.save("evidence/ab/orphan.pdf", ContentFile(b"%PDF-")) for _time in range(2))
    delete = default_storage.delete

    def refuse(name):
        if name == stuck:
            raise PermissionError(name)
        delete(name)

    monkeypatch.setattr(default_storage, "delete", refuse)
    with pytest.raises(CompletedWithProblems, match="1 failed"):
        actions.sweep_evidence(at=now + timedelta(days=4000))

    assert [default_storage.exists(name) for name in (stuck, other)] == [True, False]
    delete(stuck)
