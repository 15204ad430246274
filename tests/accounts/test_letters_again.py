"""Letters that failed: the registrar finds them, sends them again, or withdraws them."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.core import mail
from django.urls import reverse

from accounts import actions, queries
from accounts.enums import LetterKind, Role
from accounts.models import Letter
from tests.factories import HolderFactory, HolderUserFactory, LetterFactory, UserFactory

pytestmark = pytest.mark.django_db

LIST = reverse("admin:accounts_letter_changelist")


@pytest.fixture
def registrar():
    return UserFactory(roles=[Role.REGISTRAR])


@pytest.fixture
def failed(now):
    spent = {"attempts": 12, "next_try_at": now, "leased_until": now + timedelta(minutes=5)}
    return LetterFactory(written_at=now - timedelta(days=4), failed_at=now - timedelta(hours=1), **spent)


def again(letters, by, at):
    return actions.send_again(letters=[letter.pk for letter in letters], by=by, at=at)


def press(client, action, letters):
    """Run an action of the list; return what it said."""
    data = {"action": action, "_selected_action": [letter.pk for letter in letters]}
    return [str(message) for message in get_messages(client.post(LIST, data).wsgi_request)]


def test_a_letter_that_failed_is_sent_again_once_as_the_same_letter(failed, registrar, now):
    assert [again([failed], registrar, now) for _time in range(2)] == [1, 0]
    actions.deliver(at=now)
    assert again([failed], registrar, now) == 0
    actions.deliver(at=now)

    failed.refresh_from_db()
    assert (failed.emailed_at, failed.failed_at) == (now, None)
    assert [one.extra_headers["Message-ID"] for one in mail.outbox] == [f"<letter-{failed.uuid.hex}@example.org>"]


@pytest.mark.parametrize("state", [{}, {"sent": True}, {"withdrawn": True}], ids=str)
def test_what_did_not_fail_is_left(registrar, now, state):
    moments = {"failed_at": now, "withdrawn_at": now} if "withdrawn" in state else state
    letter = LetterFactory(**moments)

    assert again([letter], registrar, now) == 0
    assert actions.withdraw_letters(letters=[letter.pk], by=registrar, at=now) == 0


def test_of_several_that_failed_the_newest_invitation_is_sent(failed, registrar, now):
    newest = LetterFactory(holder=failed.holder, failed_at=now)

    assert again([failed, newest], registrar, now) == 1
    assert list(Letter.objects.waiting()) == [newest]


def test_an_invitation_is_not_sent_again_after_a_newer_one(failed, registrar, now):
    LetterFactory(holder=failed.holder, sent=True)

    assert again([failed], registrar, now) == 0


def test_after_a_withdrawn_one_it_is(failed, registrar, now):
    LetterFactory(holder=failed.holder, withdrawn_at=now)

    assert again([failed], registrar, now) == 1


def test_an_invitation_that_would_not_work_is_not_sent_again(registrar, now):
    linked = LetterFactory(holder=HolderUserFactory().holder, failed_at=now)
    moved = LetterFactory(email="old@example.org", failed_at=now)

    assert again([linked, moved], registrar, now) == 0


@pytest.mark.parametrize(("email", "count"), [("Old@example.org", 0), ("older@example.org", 1)])
def test_a_notice_to_a_previous_address_is_one_of_its_own(registrar, now, email, count):
    holder = HolderUserFactory().holder
    notice = LetterFactory(holder=holder, kind=LetterKind.ADDRESS_CHANGED, email="old@example.org", failed_at=now)
    LetterFactory(holder=holder, kind=LetterKind.ADDRESS_CHANGED, email=email, sent=True)

    assert again([notice], registrar, now) == count


def test_nobody_is_invited_while_an_old_invitation_waits_again(failed, registrar, now):
    Letter.objects.update(written_at=now - timedelta(days=40))
    again([failed], registrar, now)

    assert actions.invite(holders=[failed.holder_id], by=registrar, at=now) == 0


def test_whose_address_was_corrected_is_invited_without_waiting_for_weeks(failed, registrar, now):
    failed.holder.email = "right@example.org"
    failed.holder.save()

    assert actions.invite(holders=[failed.holder_id], by=registrar, at=now) == 1


def test_what_is_no_longer_needed_is_withdrawn(failed, registrar, now):
    assert actions.withdraw_letters(letters=[failed.pk], by=registrar, at=now) == 1
    assert (list(Letter.objects.failed()), list(queries.letters_to_send_again())) == ([], [])


def test_the_history_says_who_decided_what(client, failed, registrar, now):
    client.force_login(registrar)
    press(client, "send_again", [failed])
    actions.deliver(at=now)
    Letter.objects.update(emailed_at=None, failed_at=now)
    press(client, "withdraw", [failed])

    said = list(LogEntry.objects.order_by("id").values_list("user", "change_message"))
    assert said == [
        (registrar.pk, "Queued to be sent again; delivery had failed on 10 March 2026."),
        (registrar.pk, "Withdrawn; delivery had failed on 10 March 2026."),
    ]
    page = client.get(reverse("admin:accounts_letter_history", args=[failed.pk])).text
    assert ("Queued to be sent again" in page, str(registrar) in page) == (True, True)


def test_the_list_shows_what_failed_and_tells_what_was_done(client, failed, registrar):
    client.force_login(registrar)
    sent = LetterFactory(sent=True)

    found = {
        name: list(client.get(LIST, {"delivery": name}).context["cl"].result_list)
        for name in ("failed", "waiting", "sent", "withdrawn")
    }
    said = press(client, "send_again", [failed, sent])

    assert found == {"failed": [failed], "waiting": [], "sent": [sent], "withdrawn": []}
    assert said == [
        "1 letter is on its way again.",
        "Skipped: 1 (not failed, followed by a newer letter, or an invitation that would not work).",
    ]


@pytest.mark.parametrize("action", ["send_again", "withdraw"])
def test_too_many_at_once_are_refused(client, failed, registrar, monkeypatch, action):
    monkeypatch.setattr("accounts.admin.letters.LETTERS_AT_ONCE", 1)
    client.force_login(registrar)

    said = press(client, action, [failed, LetterFactory(holder=HolderFactory())])

    assert said == ["That is too many at once. Select at most 1."]
    assert list(Letter.objects.failed()) == [failed]


def test_who_may_only_look_is_offered_nothing(client, failed):
    client.force_login(UserFactory(roles=[Role.REVIEWER]))

    press(client, "send_again", [failed])

    assert list(Letter.objects.failed()) == [failed]
