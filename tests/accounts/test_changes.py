"""A holder asks the Board to change their name or address on file; the supporting documents are checked."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import transaction

from accounts import actions
from accounts.actions import ChangeRefused
from accounts.enums import ChangeKind, RequestState
from accounts.models import Change, ChangeDocument, Holder
from accounts.rules import CHANGES_A_DAY, DOCUMENTS_OF_A_CHANGE, WantedChange
from cmp_portal.lib.uploads import FileCondition, UploadRefused
from tests.accounts import changing
from tests.accounts.changing import ADDRESS, NAME, mara, titles
from tests.factories import ChangeDocumentFactory, ChangeFactory, HolderUserFactory
from tests.factories.accounts import PASSPORT

pytestmark = pytest.mark.django_db


@pytest.fixture
def holder(now):
    return mara()


@pytest.fixture
def user(holder):
    return holder.user


@pytest.fixture
def ask(holder, now):
    return lambda *what, at=now: changing.ask(holder, *what, at=at)


# --- Asking -----------------------------------------------------------------------------------------------------------


def test_new_name_waits_for_the_board_with_its_document(ask, holder):
    change = ask()

    document = ChangeDocument.objects.get()
    assert (change.state, change.was, change.wanted) == (RequestState.OPEN, "Mara Holder", "Mara Holder-Lind")
    assert (document.change, document.name, document.media_type) == (change, "passport.pdf", "application/pdf")
    assert Holder.objects.get().last_name == "Holder"


def test_key_in_the_store_tells_nothing(ask):
    ask()

    assert "passport" not in ChangeDocument.objects.get().file.name


def test_name_without_a_document_is_refused(holder, user, now):
    with pytest.raises(ChangeRefused, match="document"):
        actions.ask(holder=holder, wanted=NAME, by=user, at=now)

    assert Change.objects.count() == 0


@pytest.mark.parametrize("content", [b"", b"<html><script>alert(1)</script>", b"GIF89a"])
def test_document_of_another_kind_is_refused(ask, content):
    with pytest.raises(UploadRefused):
        ask(NAME, content)

    assert (Change.objects.count(), ChangeDocument.objects.count()) == (0, 0)


def test_documents_have_a_quota(ask, settings):
    settings.EVIDENCE_QUOTA_FILES = 1

    with pytest.raises(UploadRefused, match="the most you can keep"):
        ask(NAME, PASSPORT, PASSPORT + b"2")


def test_request_has_so_many_documents_at_most(ask):
    with pytest.raises(UploadRefused, match="at most"):
        ask(NAME, *[PASSPORT + bytes([65 + number]) for number in range(DOCUMENTS_OF_A_CHANGE + 1)])


def test_store_that_is_away_keeps_nothing(ask, settings, tmp_path):
    (tmp_path / "file").write_text("no folder")
    location = {"location": tmp_path / "file"}
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": location}
    settings.STORAGES = {**settings.STORAGES, "default": storage}

    with pytest.raises(UploadRefused, match="later"):
        ask()


def test_asking_twice_is_one_request_with_one_document(ask):
    assert ask() == ask()
    assert (Change.objects.count(), ChangeDocument.objects.count()) == (1, 1)


def test_another_request_waits_for_the_first(ask):
    ask()

    with pytest.raises(ChangeRefused, match="already"):
        ask(WantedChange(kind=ChangeKind.NAME, first_name="Mara", last_name="Other"))


def test_name_and_address_can_be_asked_for_side_by_side(ask):
    ask()
    ask(ADDRESS)

    assert Change.objects.filter(state=RequestState.OPEN).count() == 2


@pytest.mark.parametrize(
    "wanted",
    [
        WantedChange(kind=ChangeKind.NAME, first_name="Mara", last_name="Holder"),
        WantedChange(kind=ChangeKind.ADDRESS, email="mara.holder@example.org"),
    ],
)
def test_what_is_on_file_already_is_no_change(ask, wanted):
    with pytest.raises(ChangeRefused, match="already has this on file"):
        ask(wanted)


def test_few_requests_a_day(ask, user, now):
    for number in range(CHANGES_A_DAY):
        change = ask(WantedChange(kind=ChangeKind.ADDRESS, email=f"new{number}@example.org"))
        actions.withdraw_change(change=change, by=user, at=now)

    with pytest.raises(ChangeRefused, match="too many"):
        ask(ADDRESS)
    assert ask(ADDRESS, at=now + timedelta(days=1)).state == RequestState.OPEN


def test_old_address_hears_that_a_new_one_was_asked_for(ask, holder):
    ask(ADDRESS)

    assert titles(holder) == ["You asked the Board to change your address on file"]


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_make_one_request(now, in_thread, until_blocked):
    user = HolderUserFactory()

    def ask():
        return actions.ask(holder=user.holder, wanted=ADDRESS, by=user, at=now)

    with transaction.atomic():
        first = ask()
        other = in_thread(ask)
        until_blocked()

    assert (other.result(), Change.objects.count()) == (first, 1)


def test_request_is_taken_back_once(ask, user, now):
    change = ask()

    states = [actions.withdraw_change(change=change, by=user, at=now).state for _time in range(2)]

    assert states == [RequestState.WITHDRAWN] * 2


def test_answered_request_is_not_taken_back(user, now):
    change = ChangeFactory(holder=user.holder, declined=True)

    with pytest.raises(ChangeRefused, match="answered"):
        actions.withdraw_change(change=change, by=user, at=now)


# --- The worker -------------------------------------------------------------------------------------------------------


def test_document_is_looked_into(ask, now):
    ask()

    assert actions.check_documents(at=now) == 1
    assert ChangeDocument.objects.get().condition == FileCondition.FINE


@pytest.mark.parametrize("kind", ["broken", "gone"])
def test_document_that_can_not_be_opened_is_told(now, kind):
    document = ChangeDocumentFactory(media_type="image/png")
    if kind == "gone":
        default_storage.delete(document.file.name)

    actions.check_documents(at=now)

    document.refresh_from_db()
    assert document.condition == FileCondition.UNREADABLE
    assert titles(document.holder) == ["One of your documents was held back"]


def test_document_that_can_not_be_checked_keeps_no_other_waiting(now):
    stuck, other = ChangeDocumentFactory(), ChangeDocumentFactory()
    path = Path(default_storage.path(stuck.file.name))
    path.unlink()
    path.mkdir()

    with pytest.raises(actions.CompletedWithProblems, match=rf"^1 failed: document {stuck.pk} \(StorageAway\)$"):
        actions.check_documents(at=now)

    path.rmdir()
    waiting = ChangeDocument.objects.filter(condition=FileCondition.WAITING)
    assert list(waiting) == [stuck] and ChangeDocument.objects.get(pk=other.pk).checked_at == now


def test_file_of_nobody_is_swept_after_a_day(now):
    from django.core.files.base import ContentFile
    from django.utils import timezone

    kept = ChangeDocumentFactory().file.name
    orphan = default_storage.save("changes/ab/orphan.pdf", ContentFile(PASSPORT))

    swept = [actions.sweep_documents(at=timezone.now() + timedelta(days=days)) for days in (0, 3000)]

    assert swept[0] == 0 and swept[1] >= 1
    assert (default_storage.exists(kept), default_storage.exists(orphan)) == (True, False)
