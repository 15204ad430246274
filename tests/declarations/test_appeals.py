"""Against a denial, once: the appeal, and what the Board makes of it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.enums import AlertKind, Role
from accounts.models import Alert
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Grounds, Move, State
from declarations.models import Appeal
from declarations.permissions import moves_of
from declarations.queries import verification_of
from education import actions as education_actions
from education.models import Allocation, Credit
from tests.factories import (
    AttestationFactory,
    CycleFactory,
    DeclarationFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
)
from tests.planting import found

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 10, 12, tzinfo=ZoneInfo("America/Chicago"))
LATER = AT + timedelta(days=1)
WORDS = {"grounds": Grounds.ILLNESS, "letter": "I was in hospital from May 2024 to August 2025."}


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def cycle():
    cycle = CycleFactory(
        requirement_set=MlsRequirementSetFactory(), starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31)
    )
    allocate_all(cycle)
    education_actions.refresh_status([cycle.pk], at=AT)
    return cycle


@pytest.fixture
def user(cycle):
    return HolderUserFactory(holder=cycle.holder)


@pytest.fixture
def denier():
    return UserFactory(roles=[Role.REVIEWER])


@pytest.fixture
def reviewer():
    return UserFactory(roles=[Role.REVIEWER])


@pytest.fixture
def denied(cycle, user, denier):
    declaration = actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=AT)
    return actions.deny(declaration=declaration, by=denier, at=AT, note="The courses are not related.")


@pytest.fixture
def appealed(denied, user):
    return actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)


# --- The appeal ------------------------------------------------------------------------------------------------------


def test_an_appeal_is_a_letter_and_a_step(appealed, user):
    step = appealed.steps.get(move=Move.APPEAL)

    assert appealed.state == State.APPEALED
    assert (appealed.appeal.grounds, appealed.appeal.letter) == (WORDS["grounds"], WORDS["letter"])
    assert (step.by, step.note) == (user, f"Incapacitating illness over one year\n\n{WORDS['letter']}")


def test_an_appealed_declaration_stands_frozen(appealed, cycle):
    cycle.refresh_from_db()

    assert (cycle.declared_on, cycle.shares_frozen_at) == (date(2026, 3, 10), LATER)


def test_sent_twice_it_is_one_appeal(appealed, user):
    again = actions.appeal(declaration=appealed, by=user, at=LATER, **WORDS | {"letter": "Once more."})

    assert again == appealed
    assert Appeal.objects.get().letter == WORDS["letter"]
    assert appealed.steps.filter(move=Move.APPEAL).count() == 1


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DENIED, State.APPEALED)])
def test_nothing_but_a_denial_is_appealed(state):
    other = DeclarationFactory(state=state)
    own = HolderUserFactory(holder=other.holder)

    with pytest.raises(actions.MoveRefused, match=str(state.label)):
        actions.appeal(declaration=other, by=own, at=LATER, **WORDS)
    assert not Appeal.objects.exists()


def test_nobody_else_appeals(denied, reviewer):
    with pytest.raises(actions.MoveRefused, match="may not"):
        actions.appeal(declaration=denied, by=reviewer, at=LATER, **WORDS)


@pytest.mark.parametrize("letter", ["", "  \n"])
def test_an_appeal_needs_its_letter(denied, user, letter):
    with pytest.raises(actions.MoveRefused, match="letter"):
        actions.appeal(declaration=denied, by=user, at=LATER, **WORDS | {"letter": letter})


def test_an_upheld_denial_is_not_appealed_again(appealed, user, reviewer):
    actions.uphold(declaration=appealed, by=reviewer, at=LATER, note="The letter does not change it.")

    with pytest.raises(actions.MoveRefused, match="once"):
        actions.appeal(declaration=appealed, by=user, at=LATER, **WORDS)


@pytest.mark.parametrize(("days", "is_late"), [(0, True), (1, False), (None, False)])
def test_the_board_may_set_a_deadline(denied, user, settings, days, is_late):
    settings.APPEAL_WITHIN_DAYS = days

    if is_late:
        with pytest.raises(actions.MoveRefused, match="until 10 March 2026"):
            actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)
    else:
        assert actions.appeal(declaration=denied, by=user, at=LATER, **WORDS).state == State.APPEALED


def test_who_has_declared_anew_does_not_appeal(denied, cycle, user):
    actions.submit(cycle=cycle, attestation=AttestationFactory(), by=user, at=LATER)

    with pytest.raises(actions.MoveRefused, match="declared this cycle anew"):
        actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)


def test_a_cycle_that_was_shortened_is_for_the_board(denied, cycle, user):
    Cycle.objects.filter(pk=cycle.pk).update(ends_on=date(2026, 2, 28))

    with pytest.raises(actions.MoveRefused, match="write to the Board"):
        actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)


def test_an_appeal_by_sql_needs_no_second_letter(appealed):
    with pytest.raises(IntegrityError, match="declarations_appeal_declaration_id_key"), transaction.atomic():
        Appeal.objects.create(declaration=appealed, grounds=Grounds.OTHER, letter="Once more.", at=LATER)


# --- What was signed stands again ------------------------------------------------------------------------------------


def shares(cycle):
    rows = Allocation.objects.filter(cycle=cycle).values_list("credit", "area__code", "points")
    return sorted(rows)


def test_what_the_holder_tried_since_is_undone(denied, cycle, user):
    before = shares(cycle)
    education_actions.clear(cycle=cycle, by=user, at=LATER)

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    assert shares(cycle) == before
    assert (found(), verification_of(denied.number).differences) == ({}, ())


def test_the_holder_is_not_asked_to_declare_meanwhile(denied, cycle, user):
    education_actions.clear(cycle=cycle, by=user, at=LATER)

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    asking = [AlertKind.READY_TO_DECLARE, AlertKind.ALL_ALLOCATED, AlertKind.EXPIRES_SOON]
    assert not Alert.objects.shown().filter(holder=cycle.holder, kind__in=asking).exists()


def test_requirements_of_that_day_apply_again(denied, cycle, user):
    newer = MlsRequirementSetFactory(version="2", applies_from=date(2026, 1, 1))
    education_actions.clear(cycle=cycle, by=user, at=LATER)
    Cycle.objects.filter(pk=cycle.pk).update(requirement_set=newer)

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    cycle.refresh_from_db()
    assert cycle.requirement_set == denied.requirement_set
    assert verification_of(denied.number).differences == ()


def test_what_a_provider_took_back_stays_away(denied, cycle, user):
    share = cycle.allocations.get(area__code="ethics")
    credit = share.credit
    share.delete()
    Credit.objects.filter(pk=credit.pk).update(withdrawn_at=LATER)

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    assert credit.pk not in {pk for pk, _area, _points in shares(cycle)}
    assert verification_of(denied.number).differences == ()


def test_of_a_corrected_credit_as_much_stands_as_there_is(denied, cycle, user):
    share = cycle.allocations.get(area__code="chemistry")
    share.delete()
    credit = share.credit
    credit.points = Decimal("0.80")
    credit.save()

    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)

    assert cycle.allocations.get(area__code="chemistry").points == Decimal("0.75")


# --- Upheld and overturned ------------------------------------------------------------------------------------------


def test_upheld_the_denial_stands_and_the_cycle_is_free(appealed, cycle, reviewer):
    declaration = actions.uphold(declaration=appealed, by=reviewer, at=LATER, note="The letter does not change it.")

    cycle.refresh_from_db()
    assert (declaration.state, declaration.decided_by) == (State.DENIED, reviewer)
    assert (cycle.declared_on, cycle.shares_frozen_at) == (None, None)


def test_overturned_it_is_renewed_in_the_month_of_expiry(appealed, cycle, reviewer):
    declaration = actions.overturn(declaration=appealed, by=reviewer, at=LATER, note="The illness is proven.")

    following = Cycle.objects.get(credential=cycle.credential, closed_at=None)
    assert (declaration.state, declaration.decided_by) == (State.RENEWED, reviewer)
    assert following.starts_on == date(2026, 4, 1)


def test_a_world_with_appeals_has_no_difference(appealed, reviewer):
    actions.overturn(declaration=appealed, by=reviewer, at=LATER, note="The illness is proven.")

    assert found() == {}


@pytest.mark.parametrize(
    ("decide", "title"),
    [
        (actions.uphold, "Appeal for MLS(ASCP): the denial stands"),
        (actions.overturn, "Appeal for MLS(ASCP): approved after all"),
    ],
)
def test_the_holder_is_told(appealed, reviewer, decide, title):
    decide(declaration=appealed, by=reviewer, at=LATER, note="As the file shows.")

    told = Alert.objects.filter(kind=AlertKind.DECLARATION_MOVED).get(title=title)
    assert told.body == "As the file shows."


@pytest.mark.parametrize("decide", [actions.uphold, actions.overturn])
def test_a_decision_needs_its_reason(appealed, reviewer, decide):
    with pytest.raises(actions.MoveRefused, match="reason"):
        decide(declaration=appealed, by=reviewer, at=LATER, note=" ")


@pytest.mark.parametrize("decide", [actions.uphold, actions.overturn])
def test_it_is_decided_once(appealed, reviewer, decide):
    decide(declaration=appealed, by=reviewer, at=LATER, note="As the file shows.")

    with pytest.raises(actions.MoveRefused, match="no longer possible"):
        decide(declaration=appealed, by=reviewer, at=LATER, note="As the file shows.")


@pytest.mark.parametrize("decide", [actions.uphold, actions.overturn])
def test_who_denied_does_not_decide_on_the_appeal(appealed, denier, decide):
    with pytest.raises(actions.MoveRefused, match="may not"):
        decide(declaration=appealed, by=denier, at=LATER, note="I still think so.")


def test_four_eyes_are_a_setting(appealed, denier, settings):
    settings.APPEAL_NEEDS_OTHER_EYES = False

    assert actions.uphold(declaration=appealed, by=denier, at=LATER, note="I still think so.").state == State.DENIED


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.REGISTRAR, Role.ADMINISTRATOR])
def test_only_reviewers_decide_on_appeals(appealed, role):
    assert moves_of(UserFactory(roles=[role]), appealed) == []


# --- Pages ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(client, user, denied):
    client.force_login(user)
    return reverse("declarations:appeal", args=[denied.uuid])


def test_the_holder_sees_why_and_writes(client, page, denied):
    shown = client.get(page).content.decode()

    assert "The courses are not related." in shown
    assert "Send the appeal" in shown


def test_a_denied_declaration_offers_the_appeal(client, page, denied):
    assert page in client.get(denied.get_absolute_url()).content.decode()


def test_the_appeal_leads_back_to_the_declaration(client, page, denied):
    answer = client.post(page, WORDS, follow=True)

    assert answer.redirect_chain == [(denied.get_absolute_url(), 302)]
    assert "The Board considers your appeal." in answer.content.decode()
    assert WORDS["letter"] in answer.content.decode()


@pytest.mark.parametrize("missing", ["grounds", "letter"])
def test_an_appeal_says_what_is_missing(client, page, missing):
    answer = client.post(page, {name: value for name, value in WORDS.items() if name != missing})

    assert answer.status_code == 422
    assert missing in answer.context["form"].errors


def test_after_the_appeal_the_page_offers_no_second(client, page, denied, user, reviewer):
    actions.appeal(declaration=denied, by=user, at=LATER, **WORDS)
    actions.uphold(declaration=denied, by=reviewer, at=LATER, note="As before.")

    shown = client.get(page).content.decode()
    assert "a denial can be appealed once" in shown
    assert "Send the appeal" not in shown
    assert page not in client.get(denied.get_absolute_url()).content.decode()


def test_a_refused_appeal_is_a_message_on_the_form(client, page, settings):
    settings.APPEAL_WITHIN_DAYS = 0

    answer = client.post(page, WORDS)

    assert answer.status_code == 422
    assert "until 10 March 2026" in answer.content.decode()


def test_the_deadline_is_told_where_there_is_one(client, page, settings):
    settings.APPEAL_WITHIN_DAYS = 30

    assert "The appeal is possible until 9 April 2026." in client.get(page).content.decode()


def test_a_reviewer_reads_the_letter_and_decides(client, appealed, reviewer):
    client.force_login(reviewer)
    review = client.get(reverse("admin:declarations_declaration_change", args=[appealed.pk]))
    address = reverse("admin:declarations_declaration_decide", args=[appealed.pk, "overturn"])

    client.post(address, {"note": "The illness is proven."})

    appealed.refresh_from_db()
    assert WORDS["letter"] in review.content.decode()
    assert [decision.move for decision in review.context["page"].decisions] == ["uphold", "overturn"]
    assert appealed.state == State.RENEWED


def test_who_denied_is_offered_no_decision(client, appealed, denier):
    client.force_login(denier)

    page = client.get(reverse("admin:declarations_declaration_change", args=[appealed.pk])).context["page"]

    assert page.decisions == ()
