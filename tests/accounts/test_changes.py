from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from accounts import actions
from accounts.actions import ChangeRefused
from accounts.enums import ChangeKind, LetterKind, RequestState, Role
from accounts.models import Alert, Change, ChangeDocument, Holder, Letter
from accounts.rules import CHANGES_A_DAY, DOCUMENTS_OF_A_CHANGE, Wanted
from cmp_portal.lib.uploads import FileCondition, UploadRefused
from tests.factories import ChangeDocumentFactory, ChangeFactory, HolderFactory, HolderUserFactory, UserFactory
from tests.factories.accounts import PASSPORT

pytestmark = pytest.mark.django_db
NAME = Wanted(kind=ChangeKind.NAME, first_name="Mara", last_name="Holder-Lind", words="I have married.")
ADDRESS = Wanted(kind=ChangeKind.ADDRESS, email="new@example.org")


@pytest.fixture
def holder(now):
    return HolderFactory(first_name="Mara", last_name="Holder", email="mara.holder@example.org")


@pytest.fixture
def user(holder):
    return HolderUserFactory(holder=holder)


@pytest.fixture
def registrar():
    return UserFactory(roles=[Role.REGISTRAR])


@pytest.fixture
def ask(holder, user, now):
    def call(wanted=NAME, *contents, at=now):
        uploads = [SimpleUploadedFile("passport.pdf", content) for content in contents or (PASSPORT,)]
        return actions.ask(
            holder=holder, wanted=wanted, uploads=uploads if wanted.kind == "name" else (), by=user, at=at
        )

    return call


def titles(holder):
    return [alert.title for alert in Alert.objects.filter(holder=holder).order_by("id")]


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

    with pytest.raises(UploadRefused, match="as many as can be kept"):
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


def test_another_wish_waits_for_the_first(ask):
    ask()

    with pytest.raises(ChangeRefused, match="already"):
        ask(Wanted(kind=ChangeKind.NAME, first_name="Mara", last_name="Other"))


def test_name_and_address_can_be_asked_for_side_by_side(ask):
    ask()
    ask(ADDRESS)

    assert Change.objects.filter(state=RequestState.OPEN).count() == 2


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(kind=ChangeKind.NAME, first_name="Mara", last_name="Holder"),
        Wanted(kind=ChangeKind.ADDRESS, email="mara.holder@example.org"),
    ],
)
def test_what_is_on_file_already_is_no_change(ask, wanted):
    with pytest.raises(ChangeRefused, match="on file already"):
        ask(wanted)


def test_few_requests_a_day(ask, user, now):
    for number in range(CHANGES_A_DAY):
        change = ask(Wanted(kind=ChangeKind.ADDRESS, email=f"new{number}@example.org"))
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


# --- Deciding ---------------------------------------------------------------------------------------------------------


def grant(change, by, at, note="As the passport shows."):
    return actions.grant_change(change=change, by=by, at=at, note=note)


def decline(change, by, at, note="The document shows another name."):
    return actions.decline_change(change=change, by=by, at=at, note=note)


def test_granted_name_is_in_the_register_and_the_holder_hears_of_it(ask, holder, registrar, now):
    change = grant(ask(), registrar, now)

    holder.refresh_from_db()
    assert (holder.name, change.state, change.decided_by) == ("Mara Holder-Lind", RequestState.GRANTED, registrar)
    assert titles(holder) == ["Your name was changed"]


def test_change_of_the_register_is_in_its_history(ask, registrar, now):
    grant(ask(), registrar, now)

    events = Holder.pgh_event_model.objects.order_by("pgh_id").values_list("last_name", flat=True)
    assert list(events) == ["Holder", "Holder-Lind"]


def test_granted_address_is_told_to_the_old_one(ask, holder, registrar, now):
    grant(ask(ADDRESS), registrar, now)
    actions.deliver(at=now)

    holder.refresh_from_db()
    assert holder.email == "new@example.org"
    assert [(message.to, message.subject) for message in mail.outbox] == [
        (["mara.holder@example.org"], "Board of Certification: this address is no longer on file")
    ]
    assert "new@example.org" not in mail.outbox[0].body


def test_granted_address_links_and_unlinks_nobody(ask, holder, user, registrar, now):
    other = UserFactory(email="new@example.org")
    logins = sorted(EmailAddress.objects.values_list("user", "email"))

    grant(ask(ADDRESS), registrar, now)

    user.refresh_from_db()
    other.refresh_from_db()
    assert (user.holder, other.holder) == (holder, None)
    assert sorted(EmailAddress.objects.values_list("user", "email")) == logins


def test_first_address_is_told_to_nobody_else(registrar, now):
    change = ChangeFactory(address=True, holder__email="")

    grant(change, registrar, now)

    assert Letter.objects.count() == 0


def test_declined_change_leaves_the_register(ask, holder, registrar, now):
    change = decline(ask(), registrar, now)

    assert (change.state, Holder.objects.get().last_name) == (RequestState.DECLINED, "Holder")
    assert [(alert.title, alert.body) for alert in Alert.objects.all()] == [
        ("Your request to change your record was declined", "The document shows another name.")
    ]


@pytest.mark.parametrize("decide", [grant, decline])
def test_same_decision_twice_is_one(ask, holder, registrar, now, decide):
    change = ask()

    states = {decide(change, registrar, now).state for _time in range(2)}

    assert (len(states), len(titles(holder))) == (1, 1)


@pytest.mark.parametrize("decide", [grant, decline])
def test_decided_change_is_not_decided_otherwise(ask, registrar, now, decide):
    change = ask()
    grant(change, registrar, now, note="Fine.")

    with pytest.raises(ChangeRefused, match="now “Granted”"):
        decide(change, UserFactory(roles=[Role.REGISTRAR]), now)


@pytest.mark.parametrize("decide", [grant, decline])
def test_decision_needs_a_reason(ask, registrar, now, decide):
    with pytest.raises(ChangeRefused, match="why"):
        decide(ask(), registrar, now, note=" ")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_only_a_registrar_decides(ask, now, role):
    with pytest.raises(ChangeRefused, match="may not"):
        grant(ask(), UserFactory(roles=[role]), now)


def test_nobody_decides_on_their_own_request(ask, user, now):
    user.roles = [Role.REGISTRAR]
    user.save()

    with pytest.raises(ChangeRefused, match="may not"):
        grant(ask(), user, now)


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_decide_once(now, in_thread, until_blocked):
    change = ChangeFactory()
    first, second = UserFactory(roles=[Role.REGISTRAR]), UserFactory(roles=[Role.REGISTRAR])

    with transaction.atomic():
        grant(change, first, now)
        other = in_thread(lambda: decline(change, second, now))
        until_blocked()

    assert isinstance(other.exception(), ChangeRefused)
    assert Change.objects.get().state == RequestState.GRANTED


@pytest.mark.django_db(transaction=True)
def test_request_that_is_taken_back_is_not_granted(now, in_thread, until_blocked):
    change = ChangeFactory()
    registrar = UserFactory(roles=[Role.REGISTRAR])

    with transaction.atomic():
        actions.withdraw_change(change=change, by=change.requested_by, at=now)
        other = in_thread(lambda: grant(change, registrar, now))
        until_blocked()

    assert isinstance(other.exception(), ChangeRefused)
    assert Holder.objects.get().name == change.holder.name


def test_registrars_own_correction_of_an_address_is_told_to_the_old_one(holder, registrar, now):
    holder.email = "new@example.org"

    actions.keep_holder(holder=holder, by=registrar, at=now)

    assert [(letter.kind, letter.email) for letter in Letter.objects.all()] == [
        (LetterKind.ADDRESS_CHANGED, "mara.holder@example.org")
    ]


def test_correction_of_a_name_writes_no_letter(holder, registrar, now):
    holder.last_name = "Lind"

    actions.keep_holder(holder=holder, by=registrar, at=now)

    assert (Letter.objects.count(), Holder.objects.get().last_name) == (0, "Lind")


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
    assert titles(document.holder) == ["A document of yours is held back"]


def test_file_of_nobody_is_swept_after_a_day(now):
    from django.core.files.base import ContentFile
    from django.utils import timezone

    kept = ChangeDocumentFactory().file.name
    orphan = default_storage.save("changes/ab/orphan.pdf", ContentFile(PASSPORT))

    swept = [actions.sweep_documents(at=timezone.now() + timedelta(days=days)) for days in (0, 3000)]

    assert swept[0] == 0 and swept[1] >= 1
    assert (default_storage.exists(kept), default_storage.exists(orphan)) == (True, False)
