"""Failed claims are answered by email: the claimant has no record, so no alert reaches them."""

import pytest
from django.core import mail
from django.utils import translation

from accounts.actions import deliver_all
from accounts.models import Correspondence, Letter, User
from accounts.queries import export_of
from cmp_portal.lib import clock
from credentials import actions
from tests.credentials.claims.claiming import claim
from tests.factories import HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def registrar(now):
    return UserFactory()


@pytest.fixture
def contested(credential, now):
    HolderUserFactory(holder=credential.holder)
    return claimed(now)


def claimed(at):
    return claim(UserFactory(email="somebody@example.org"), at)


def owner_of(claim):
    """The account that the claimed record was linked to at first."""
    return User.objects.filter(holder=claim.holder).exclude(pk=claim.user_id).values_list("pk", flat=True).first()


def mails_to(address):
    deliver_all(clock=clock.now)
    return [one for one in mail.outbox if one.to == [address]]


def test_a_claim_that_is_turned_down_is_answered_once(contested, registrar, now):
    for _time in range(2):
        actions.turn_down(claim=contested, by=registrar, at=now, note="Not the same person.")

    (told,) = mails_to("somebody@example.org")
    assert told.subject == "Board of Certification: the record you claimed"
    assert (
        "On 10 March 2026, the Board decided on the record that you claimed: it is not linked to your account."
        in told.body
    )
    assert "/account/" in told.body


def test_the_answer_tells_nothing_of_the_record(contested, registrar, now):
    actions.turn_down(claim=contested, by=registrar, at=now, note="Not the same person.")

    (told,) = mails_to("somebody@example.org")

    said = f"{told.subject} {told.body} {told.alternatives[0][0]}"
    assert [word for word in ("Amara", "Okafor", "700101", "Not the same") if word in said] == []


def test_a_link_that_is_undone_is_answered(credential, registrar, now):
    made = claimed(now)

    actions.undo(claim=made, by=registrar, at=now, note="The holder wrote to us.")

    assert len(mails_to("somebody@example.org")) == 1


def test_a_claim_that_is_granted_needs_no_such_answer(contested, registrar, now):
    actions.grant(claim=contested, by=registrar, at=now, note="They are the same person.", seen=owner_of(contested))

    assert mails_to("somebody@example.org") == []


def test_whose_login_loses_the_record_hears_of_it_at_their_own_address(contested, credential, registrar, now):
    User.objects.filter(holder=credential.holder).update(email="before@example.org")

    for _time in range(2):
        actions.grant(claim=contested, by=registrar, at=now, note="They are the same person.", seen=owner_of(contested))

    (told,) = mails_to("before@example.org")
    assert told.subject == "Board of Certification: your account no longer has a record"
    assert "On 10 March 2026, the Board linked the record of your account to another account" in told.body
    assert [word for word in ("Amara", "700101", "somebody@", "They are the same") if word in str(told.message())] == []
    assert not Letter.objects.exists()


def test_who_loses_the_record_is_told_in_their_own_language(contested, credential, registrar, now):
    User.objects.filter(holder=credential.holder).update(email="before@example.org")
    Correspondence.objects.create(holder=credential.holder, language="es")

    actions.grant(claim=contested, by=registrar, at=now, note="They are the same person.", seen=owner_of(contested))

    (told,) = mails_to("before@example.org")
    assert told.subject == "Board of Certification: su cuenta de acceso ya no tiene expediente"


def test_whose_record_it_is_now_does_not_see_whose_it_was(contested, credential, registrar, now):
    User.objects.filter(holder=credential.holder).update(email="before@example.org")

    actions.grant(claim=contested, by=registrar, at=now, note="They are the same person.", seen=owner_of(contested))

    parts = {part.name: list(part) for part in export_of(credential.holder)}
    assert parts["letters"] == []


def test_the_address_on_file_hears_of_a_granted_claim_once(contested, credential, registrar, now):
    User.objects.filter(holder=credential.holder).update(email=credential.holder.email.upper())

    actions.grant(claim=contested, by=registrar, at=now, note="They are the same person.", seen=owner_of(contested))

    assert not Letter.objects.exists()


def test_the_answer_is_in_the_language_of_the_claim(credential, registrar, now):
    HolderUserFactory(holder=credential.holder)
    with translation.override("es"):
        made = claimed(now)

    actions.turn_down(claim=made, by=registrar, at=now, note="Not the same person.")

    (told,) = mails_to("somebody@example.org")
    assert told.subject == "Board of Certification: el expediente que usted reclamó"


def test_a_claim_whose_language_was_not_kept_is_answered_in_that_of_the_site(contested, registrar, now):
    contested.language = ""
    contested.save()

    actions.turn_down(claim=contested, by=registrar, at=now, note="Not the same person.")

    assert len(mails_to("somebody@example.org")) == 1


def test_whose_record_it_is_does_not_see_who_is_answered(contested, credential, registrar, now):
    actions.turn_down(claim=contested, by=registrar, at=now, note="Not the same person.")

    parts = {part.name: list(part) for part in export_of(credential.holder)}

    assert parts["letters"] == []


def test_nothing_is_left_of_the_address_once_the_answer_is_sent(contested, registrar, now):
    actions.turn_down(claim=contested, by=registrar, at=now, note="Not the same person.")

    mails_to("somebody@example.org")

    assert not Letter.objects.exists()
