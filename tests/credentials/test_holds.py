"""Credentials suspended, revoked, and holds lifted: by a registrar, with a reason that stays on record."""

from datetime import date
from itertools import product

import pytest
from django.urls import reverse

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from credentials import actions
from credentials.enums import Hold
from credentials.models import Credential, HoldDecision
from credentials.rules.holds import HOLDS, can_hold, hold_transitions
from tests.constraint_violations import copy, delete, refused, run, tries, update
from tests.factories import CredentialFactory, CycleFactory, HoldDecisionFactory, HolderUserFactory, UserFactory
from tests.pages import words_of

pytestmark = pytest.mark.django_db
DEEDS = {Hold.SUSPENDED: actions.suspend, Hold.REVOKED: actions.revoke, Hold.NONE: actions.lift}
LEGAL = {("none", "suspended"), ("none", "revoked"), ("suspended", "revoked"), ("suspended", "none"),
         ("revoked", "none")}  # fmt: skip
ILLEGAL = sorted({(a.value, b.value) for a, b in product(Hold, Hold) if a != b} - LEGAL)
WHY = "The licence was withdrawn."


@pytest.fixture
def held(registrar, now):
    """A credential held so, by the portal's own actions."""

    def make(hold, **said):
        credential = CredentialFactory(**said)
        if hold != Hold.NONE:
            DEEDS[Hold(hold)](credential=credential, by=registrar, at=now, note=WHY)
        credential.refresh_from_db()
        return credential

    return make


# --- Rules ------------------------------------------------------------------------------------------------------------


def test_the_table_says_what_may_follow():
    assert set(hold_transitions()) == LEGAL
    assert set(HOLDS) == set(Hold)


@pytest.mark.parametrize(("before", "after"), [(a.value, b) for a, b in product(Hold, Hold)])
def test_a_hold_follows_only_what_the_table_says(before, after):
    assert can_hold(before, after) == ((before, after.value) in LEGAL)


# --- Actions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), sorted(LEGAL))
def test_a_hold_says_who_when_and_why(held, registrar, now, before, after):
    credential = DEEDS[Hold(after)](credential=held(before), by=registrar, at=now, note=f" {WHY} ")

    is_held = after != "none"
    expected = (after, registrar if is_held else None, now if is_held else None, WHY if is_held else "")
    assert (credential.hold, credential.hold_by, credential.hold_at, credential.hold_reason) == expected


@pytest.mark.parametrize(("before", "after"), sorted(LEGAL))
def test_every_hold_is_kept_in_the_history(held, registrar, now, before, after):
    credential = DEEDS[Hold(after)](credential=held(before), by=registrar, at=now, note=WHY)

    newest = credential.hold_decisions.order_by("id").last()
    assert (newest.before, newest.after, newest.by, newest.at, newest.reason) == (before, after, registrar, now, WHY)


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_what_the_table_does_not_say_is_refused(held, registrar, now, before, after):
    with pytest.raises(actions.HoldRefused, match="Revoked"):
        DEEDS[Hold(after)](credential=held(before), by=registrar, at=now, note=WHY)


@pytest.mark.parametrize("hold", [Hold.SUSPENDED, Hold.REVOKED])
def test_held_twice_it_is_held_once(held, registrar, now, hold):
    credential = held(hold)

    DEEDS[hold](credential=credential, by=registrar, at=now, note=f"{WHY} ")

    assert (HoldDecision.objects.count(), Credential.objects.get().hold_reason) == (1, WHY)


@pytest.mark.parametrize("hold", Hold)
def test_another_reason_is_not_lost_without_a_word(held, registrar, now, hold):
    credential = held(hold)

    with pytest.raises(actions.HoldRefused, match="is now"):
        DEEDS[hold](credential=credential, by=registrar, at=now, note="It was for another reason.")


@pytest.mark.parametrize(
    ("before", "decision", "told"),
    [
        (Hold.NONE, "suspend_from_none", "Credential {} was suspended."),
        (Hold.SUSPENDED, "revoke_from_suspended", "Credential {} was revoked."),
        (Hold.REVOKED, "lift_from_revoked", "The hold on credential {} was lifted."),
    ],
)
def test_who_holds_is_told_what_happened_to_what_and_twice_the_same(held, client, registrar, before, decision, told):
    credential = held(before)
    address = reverse("admin:credentials_credential_change", args=[credential.pk])
    client.force_login(registrar)

    answers = [client.post(address, {"decision": decision, "note": "Seen."}, follow=True) for _time in range(2)]

    assert [words_of(answer) for answer in answers] == [[told.format(credential)]] * 2


def test_nothing_is_revoked_from_a_page_opened_before_the_suspension(held, client, registrar):
    credential = held(Hold.SUSPENDED)
    client.force_login(registrar)

    answer = client.post(
        page_of(credential), {"decision": "revoke_from_none", "note": "Not knowing of the suspension."}
    )

    credential.refresh_from_db()
    assert (answer.status_code, credential.hold) == (422, Hold.SUSPENDED)
    assert answer.context["form"]["note"].value() == "Not knowing of the suspension."


def test_from_a_page_that_is_old_another_reason_is_told_and_kept(held, client, registrar):
    address = reverse("admin:credentials_credential_change", args=[held(Hold.SUSPENDED).pk])
    client.force_login(registrar)

    answer = client.post(address, {"decision": "suspend_from_none", "note": "It was for another reason."})

    form = answer.context["form"]
    assert form.errors["decision"] == ["That is no longer possible. Review the current information, and choose again."]
    assert form["note"].value() == "It was for another reason."


def test_no_revocation_is_lifted_from_a_page_that_shows_a_suspension(held, client, registrar, now):
    credential = held(Hold.SUSPENDED)
    client.force_login(registrar)
    (name,) = [
        name
        for name, label in client.get(page_of(credential)).context["form"].fields["decision"].choices
        if label == "Lift the hold"
    ]
    actions.revoke(credential=credential, by=UserFactory(roles=[Role.REGISTRAR]), at=now, note="Fraud.")

    answer = client.post(page_of(credential), {"decision": name, "note": "The fee is paid."})

    form = answer.context["form"]
    assert form.errors["decision"] == ["That is no longer possible. Review the current information, and choose again."]
    assert form["note"].value() == "The fee is paid."
    assert Credential.objects.get().hold == Hold.REVOKED


def test_what_was_revoked_meanwhile_is_not_lifted_as_a_suspension(held, registrar, now):
    credential = held(Hold.SUSPENDED)
    actions.revoke(credential=credential, by=registrar, at=now, note=WHY)

    with pytest.raises(actions.HoldRefused, match="This credential is now “Revoked”"):
        actions.lift(credential=credential, by=registrar, at=now, note="The fee is paid.", seen=Hold.SUSPENDED)


@pytest.mark.parametrize("note", ["", "  \n"])
def test_a_hold_needs_its_reason(held, registrar, now, note):
    with pytest.raises(actions.HoldRefused, match="reason"):
        actions.suspend(credential=held(Hold.NONE), by=registrar, at=now, note=note)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR, Role.PROVIDER])
def test_only_registrars_hold(held, now, role):
    with pytest.raises(actions.HoldRefused, match="not allowed"):
        actions.suspend(credential=held(Hold.NONE), by=UserFactory(roles=[role]), at=now, note=WHY)


def test_nobody_decides_about_their_own(held, now):
    credential = held(Hold.NONE)
    own = HolderUserFactory(holder=credential.holder, roles=[Role.REGISTRAR])

    with pytest.raises(actions.HoldRefused, match="not allowed"):
        actions.suspend(credential=credential, by=own, at=now, note=WHY)


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [
        ("none", "suspended", "QX(ASCP) is suspended"),
        ("none", "revoked", "QX(ASCP) is revoked"),
        ("suspended", "none", "QX(ASCP) is no longer on hold"),
    ],
)
def test_the_holder_is_told_why(held, registrar, now, before, after, title):
    credential = held(before, credential_type__code="QX(ASCP)")

    DEEDS[Hold(after)](credential=credential, by=registrar, at=now, note=WHY)

    told = Alert.objects.filter(holder=credential.holder, kind=AlertKind.CREDENTIAL_HELD).latest("id")
    assert (told.title, told.body) == (title, WHY)


# --- What the database refuses --------------------------------------------------------------------------------------


@tries("Credential.holds")
@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_an_illegal_hold_is_refused_by_the_database(held, before, after):
    message = f'pgtrigger: Invalid transition of field "hold" from "{before}" to "{after}" on table'

    with refused(f"{message} credentials_credential"):
        update(held(before), f"hold = '{after}'")


@pytest.mark.parametrize(("before", "after"), sorted(LEGAL))
def test_a_legal_hold_is_accepted_by_the_database(held, registrar, before, after):
    why = "''" if after == "none" else "'x'"
    who = "NULL" if after == "none" else registrar.pk
    at = "NULL" if after == "none" else "now()"

    assert update(held(before), f"hold = '{after}', hold_by_id = {who}, hold_at = {at}, hold_reason = {why}") == 1


@tries("hold_decision_is_legal")
@pytest.mark.parametrize(("before", "after"), [*ILLEGAL, ("none", "none"), ("none", "lost")])
def test_history_tells_legal_holds_only(before, after):
    decision = HoldDecisionFactory()

    with refused("hold_decision_is_legal"):
        copy(decision, before=before, after=after)


@tries("hold_decision_has_reason")
def test_history_tells_reasons():
    decision = HoldDecisionFactory()

    with refused("hold_decision_has_reason"):
        copy(decision, reason="")


@tries("HoldDecision.append_only", "HoldDecision.never_truncated")
def test_history_of_holds_is_only_added_to():
    decision = HoldDecisionFactory()
    table = "credentials_holddecision"

    for change in (lambda: update(decision, "reason = 'x'"), lambda: delete(decision)):
        with refused(f"pgtrigger: Cannot update or delete rows from {table} table"):
            change()
    with refused("this table is never truncated"):
        run(f"TRUNCATE {table} CASCADE")


# --- The back office ------------------------------------------------------------------------------------------------


def page_of(credential):
    return reverse("admin:credentials_credential_change", args=[credential.pk])


@pytest.mark.parametrize(
    ("hold", "offered"),
    [
        (Hold.NONE, ["suspend_from_none", "revoke_from_none"]),
        (Hold.SUSPENDED, ["revoke_from_suspended", "lift_from_suspended"]),
        (Hold.REVOKED, ["lift_from_revoked"]),
    ],
)
def test_a_registrar_is_offered_what_is_possible(client, held, registrar, hold, offered):
    client.force_login(registrar)

    form = client.get(page_of(held(hold))).context["form"]

    assert [name for name, _label in form.fields["decision"].choices] == offered


def test_a_registrar_suspends_and_sees_the_history(client, held, registrar):
    credential = held(Hold.NONE)
    client.force_login(registrar)

    answers = [client.post(page_of(credential), {"decision": "suspend_from_none", "note": WHY}) for _time in range(2)]

    credential.refresh_from_db()
    shown = client.get(page_of(credential)).content.decode()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert (credential.hold, credential.hold_decisions.count()) == (Hold.SUSPENDED, 1)
    assert WHY in shown and registrar.email in shown


def test_a_decision_without_a_reason_is_asked_for_it(client, held, registrar):
    client.force_login(registrar)

    assert client.post(page_of(held(Hold.NONE)), {"decision": "suspend_from_none", "note": " "}).status_code == 422


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_of_the_board_look_and_change_nothing(client, held, role):
    credential = held(Hold.NONE)
    client.force_login(UserFactory(roles=[role]))

    client.post(page_of(credential), {"decision": "suspend_from_none", "note": WHY})

    credential.refresh_from_db()
    assert credential.hold == Hold.NONE
    assert client.get(page_of(credential)).status_code == 200


def test_a_registrar_does_not_hold_their_own_credential(client, registrar, now):
    credential = CredentialFactory()
    own = HolderUserFactory(holder=credential.holder, roles=[Role.REGISTRAR])
    client.force_login(own)

    answer = client.post(page_of(credential), {"decision": "suspend_from_none", "note": WHY})

    credential.refresh_from_db()
    assert (answer.status_code, credential.hold) == (403, "none")


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("name", ["credential", "cycle"])
def test_lists_show_both_marks_in_a_fixed_number_of_queries(
    client, registrar, django_assert_max_num_queries, number, name
):
    for _cycle in range(number):
        CycleFactory(starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31))
    client.force_login(registrar)

    with django_assert_max_num_queries(10):
        shown = client.get(reverse(f"admin:credentials_{name}_changelist")).content.decode()

    assert shown.count("Declaration open") == number


def test_registrar_is_told_that_the_holder_reads_the_reason(client, registrar):
    client.force_login(registrar)

    page = client.get(reverse("admin:credentials_credential_change", args=[CredentialFactory().pk])).content.decode()

    assert "The holder is notified of your decision and can read the reason." in page
