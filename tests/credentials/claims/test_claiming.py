"""Claiming a record, and what the registrar decides where two claim the same."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from accounts.enums import AlertKind
from accounts.models import Alert, Holder, User
from credentials import actions
from credentials.enums import ClaimState
from credentials.queries import newest_claim
from credentials.rules.claims import TRIES_A_DAY, TRIES_A_DAY_AT_A_CERTIFICATE
from tests.credentials.claims.claiming import claim
from tests.factories import CredentialFactory, CredentialTypeFactory, HolderFactory, HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db


def titles_for(holder):
    return [alert.title for alert in Alert.objects.filter(holder=holder).order_by("id")]


def test_right_claim_links_the_record_and_tells_the_address_on_file(credential, now):
    user = UserFactory()

    made = claim(user, now)

    user.refresh_from_db()
    assert (made.state, user.holder) == (ClaimState.LINKED, credential.holder)
    assert titles_for(credential.holder) == ["Your record is linked to an account"]


def test_right_claim_made_twice_is_made_once(credential, now):
    user = UserFactory()

    made = claim(user, now)

    assert claim(user, now) == made
    assert titles_for(credential.holder) == ["Your record is linked to an account"]


@pytest.mark.parametrize(
    "wrong",
    [{"last_name": "Okonkwo"}, {"birth_month": 5}, {"certificate_number": "700102"}],
    ids=lambda wrong: [*wrong],
)
def test_wrong_claim_links_nothing(credential, now, wrong):
    user = UserFactory()

    made = claim(user, now, **wrong)

    user.refresh_from_db()
    assert (made.state, made.holder, user.holder) == (ClaimState.REFUSED, None, None)


def test_wrong_claim_is_told_to_the_address_on_file_once_a_day(credential, now):
    for _time in range(3):
        claim(UserFactory(), now, birth_month=5)

    assert titles_for(credential.holder) == ["Someone tried to claim your record"]


def test_claim_that_fits_two_records_is_for_the_registrar(credential, now):
    twin = HolderFactory(last_name="Okafor", birth_month=4)
    CredentialFactory(holder=twin, certificate_number="700101", credential_type=CredentialTypeFactory(code="MB(ASCP)"))
    user = UserFactory()

    made = claim(user, now)

    user.refresh_from_db()
    assert (made.state, user.holder) == (ClaimState.REFUSED, None)


def test_record_without_a_month_of_birth_is_for_the_registrar(credential, now):
    credential.holder.birth_month = None
    credential.holder.save()

    assert claim(UserFactory(), now).state == ClaimState.REFUSED


def test_one_sign_in_has_few_tries(credential, now):
    user = UserFactory()
    for _time in range(TRIES_A_DAY):
        claim(user, now, birth_month=5)

    with pytest.raises(actions.ClaimRefused, match="too many attempts"):
        claim(user, now)


def test_tries_come_back_after_a_day(credential, now):
    user = UserFactory()
    for _time in range(TRIES_A_DAY):
        claim(user, now, birth_month=5)

    assert claim(user, now + timedelta(days=1, seconds=1)).state == ClaimState.LINKED


def test_one_certificate_has_few_tries_whoever_makes_them(credential, now):
    for _time in range(TRIES_A_DAY_AT_A_CERTIFICATE):
        claim(UserFactory(), now, birth_month=5)

    with pytest.raises(actions.ClaimRefused, match="too many attempts"):
        claim(UserFactory(), now)


def test_sign_in_with_a_record_claims_no_other(credential, now):
    with pytest.raises(actions.ClaimRefused, match="already"):
        claim(HolderUserFactory(), now)


@pytest.mark.django_db(transaction=True)
def test_claim_waits_for_the_record_before_it_takes_the_account(credential, now, in_thread, until_blocked):
    """As accepting an invitation does: in another order, each would wait for the other."""
    user = UserFactory()

    with transaction.atomic():
        Holder.objects.select_for_update().get()
        claimed = in_thread(lambda: claim(user, now))
        until_blocked()
        User.objects.select_for_update(nowait=True).get(pk=user.pk)

    assert claimed.result().state == ClaimState.LINKED


def test_second_claim_is_for_the_registrar_and_changes_nothing(contested, credential):
    first, second, made = contested
    first.refresh_from_db()
    second.refresh_from_db()

    assert (made.state, first.holder, second.holder) == (ClaimState.CONTESTED, credential.holder, None)
    assert titles_for(credential.holder) == ["Someone else is claiming your record"]


def test_record_of_a_deactivated_account_is_for_the_registrar_too(credential, now):
    HolderUserFactory(holder=credential.holder, is_active=False)

    assert claim(UserFactory(), now).state == ClaimState.CONTESTED


def test_who_waits_for_the_registrar_claims_nothing_meanwhile(contested, now):
    _first, second, _made = contested

    with pytest.raises(actions.ClaimRefused, match="looking into"):
        claim(second, now, certificate_number="700102")


def test_contested_claim_made_twice_is_made_once(contested, now):
    _first, second, made = contested

    assert claim(second, now) == made


def test_registrar_gives_the_record_to_whoever_claimed_it(contested, credential, registrar, now):
    first, second, made = contested

    made = actions.grant(claim=made, by=registrar, at=now, note="Saw the passport.", seen=first.pk)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (made.state, made.decided_by, first.holder, second.holder) == (
        ClaimState.LINKED,
        registrar,
        None,
        credential.holder,
    )


def test_only_who_had_the_record_is_told_that_another_has_it(contested, registrar, now):
    first, _second, made = contested
    actions.grant(claim=made, by=registrar, at=now, note="Saw the passport.", seen=first.pk)

    told = [newest_claim(User.objects.get(pk=user.pk)) for user in (first, UserFactory())]

    assert told == [made, None]


def test_registrar_leaves_the_record_where_it_is(contested, credential, registrar, now):
    first, _second, made = contested

    made = actions.turn_down(claim=made, by=registrar, at=now, note="Not the same person.")

    first.refresh_from_db()
    assert (made.state, first.holder) == (ClaimState.TURNED_DOWN, credential.holder)


def test_whose_record_it_is_hears_that_the_claim_was_turned_down(contested, credential, registrar, now):
    _first, _second, made = contested

    actions.turn_down(claim=made, by=registrar, at=now, note="Not the same person.")

    told = Alert.objects.filter(holder=credential.holder).order_by("-id").first()
    assert (told.kind, told.title) == (AlertKind.SECURITY, "The claim to your record was turned down")


@pytest.mark.parametrize("grants", [True, False])
def test_claim_is_decided_once(contested, registrar, now, grants):
    first, _second, made = contested
    decide = partial(actions.grant, seen=first.pk) if grants else actions.turn_down
    actions.turn_down(claim=made, by=registrar, at=now, note="Not the same person.")

    with pytest.raises(actions.ClaimRefused, match="already"):
        decide(claim=made, by=registrar, at=now, note="Again.")


def test_record_granted_to_somebody_meanwhile_is_not_taken_from_them_unseen(contested, credential, registrar, now):
    first, second, made = contested
    third = UserFactory()
    later = claim(third, now)
    actions.grant(claim=made, by=registrar, at=now, note="Saw the passport.", seen=first.pk)

    with pytest.raises(actions.ClaimRefused, match="now linked to another account"):
        actions.grant(claim=later, by=registrar, at=now, note="Saw a letter.", seen=first.pk)

    second.refresh_from_db()
    assert second.holder == credential.holder
    assert actions.grant(claim=later, by=registrar, at=now, note="Saw both.", seen=second.pk).state == ClaimState.LINKED


def test_record_that_no_account_was_seen_to_have_is_not_taken_from_one_either(contested, credential, registrar, now):
    first, _second, made = contested

    with pytest.raises(actions.ClaimRefused, match="now linked to another account"):
        actions.grant(claim=made, by=registrar, at=now, note="Saw the passport.", seen=None)

    first.refresh_from_db()
    assert first.holder == credential.holder


def test_who_has_another_record_by_now_is_given_no_second_one(contested, credential, registrar, now):
    first, second, made = contested
    other = HolderFactory()
    User.objects.filter(pk=second.pk).update(holder=other)

    with pytest.raises(actions.ClaimRefused, match="linked to another record"):
        actions.grant(claim=made, by=registrar, at=now, note="Saw the passport.", seen=first.pk)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.holder, second.holder) == (credential.holder, other)


def test_undone_claim_leaves_an_account_that_has_another_record_by_now(credential, registrar, now):
    user, other = UserFactory(), HolderFactory()
    made = claim(user, now)
    User.objects.filter(pk=user.pk).update(holder=other)

    actions.undo(claim=made, by=registrar, at=now, note="Not the same person.")

    user.refresh_from_db()
    assert user.holder == other


def test_decision_needs_a_reason(contested, registrar, now):
    first, _second, made = contested

    with pytest.raises(actions.ClaimRefused, match="Write a reason"):
        actions.grant(claim=made, by=registrar, at=now, note=" ", seen=first.pk)


def test_registrar_undoes_a_wrong_link(credential, registrar, now):
    user = UserFactory()
    made = claim(user, now)

    made = actions.undo(claim=made, by=registrar, at=now, note="The holder wrote to us.")

    user.refresh_from_db()
    assert (made.state, user.holder) == (ClaimState.UNDONE, None)
    assert titles_for(credential.holder)[-1] == "Your record is no longer linked to an account"
