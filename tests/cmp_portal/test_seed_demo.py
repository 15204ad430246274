"""A seeded year, shared by all tests of this module; each test is rolled back."""

from collections import Counter
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts.enums import AlertKind, Role
from accounts.models import Alert, Holder, User
from audits.models import Audit
from cmp_portal import ledger
from cmp_portal.demo.days import moment
from cmp_portal.demo.signins import PASSWORD, SIGN_INS
from cmp_portal.lib.consistency import Scope
from credentials import rules as credential_rules
from credentials.enums import Hold, Validity
from credentials.models import Credential, Cycle
from credentials.queries import cycle_facts
from declarations import actions
from declarations.enums import State
from declarations.models import Declaration, DeclaredCredit, Step
from declarations.queries import current_attestation, readiness_of
from declarations.rules import UNDECIDED, Blocker
from education.actions import allocate
from education.models import Allocation, Credit, Evidence, IntakeRow
from education.queries import standing_of, standings_of, window_of
from education.rules import still_needed

ON = date(2026, 3, 10)
NOON = moment(ON)
TABLES = (
    Holder,
    User,
    Credential,
    Cycle,
    Credit,
    Allocation,
    Evidence,
    Declaration,
    Step,
    DeclaredCredit,
    Alert,
    Audit,
)


@pytest.fixture(scope="module")
def _year(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), override_settings(DEMO=True), transaction.atomic():
        call_command("load_reference", verbosity=0, stdout=StringIO())
        call_command("load_requirements", verbosity=0, stdout=StringIO())
        call_command("seed_demo", on=ON, stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def year(_year):
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def holder(year):
    return User.objects.get(email="holder@example.org")


def cycle_of(user: User) -> Cycle:
    cycles = Cycle.objects.select_related("credential__credential_type", "requirement_set")
    return cycles.get(holder=user.holder, closed_at=None)


def the_missing_credit(cycle: Cycle) -> Credit:
    window = window_of(cycle, on=ON)
    free = Credit.objects.filter(holder=cycle.holder, allocations=None)
    return free.get(completed_on__range=(window.starts_on, window.ends_on))


def allocate_the_missing_credit(user: User) -> Cycle:
    cycle = cycle_of(user)
    area = cycle.requirement_set.areas.get(code="ethics")
    allocate(credit=the_missing_credit(cycle), cycle=cycle, area=area, points=Decimal(1), by=user, at=NOON)
    return cycle


# --- The command ----------------------------------------------------------------------------------------------------


def test_seed_demo_refuses_where_no_demo_is_allowed(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="CMP_DEMO=1") as refusal:
        call_command("seed_demo")

    assert refusal.value.returncode == 2


def test_seed_demo_twice_changes_nothing(year):
    before = [table.objects.count() for table in TABLES]

    with CaptureQueriesContext(connection) as queries:
        call_command("seed_demo", stdout=StringIO())

    assert [table.objects.count() for table in TABLES] == before
    assert len(queries) == 1


def test_seed_demo_ends_with_the_sign_ins(year):
    out = StringIO()

    call_command("seed_demo", stdout=out)

    assert PASSWORD in out.getvalue()
    assert [email for email in SIGN_INS if email not in out.getvalue()] == []


@pytest.mark.parametrize("email", SIGN_INS)
def test_sign_in_is_verified_and_opens(year, email):
    user = authenticate(None, email=email, password=PASSWORD)

    assert user is not None
    assert user.emailaddress_set.get().verified


def test_staff_have_their_roles_and_no_record(year):
    staff = User.objects.exclude(roles=[]).order_by("email")

    assert {user.email: (user.roles, user.holder) for user in staff} == {
        "admin@example.org": ([Role.ADMINISTRATOR, Role.REGISTRAR], None),
        "auditor@example.org": ([Role.AUDITOR], None),
        "reviewer@example.org": ([Role.REVIEWER], None),
    }


# --- The main holder ------------------------------------------------------------------------------------------------


def test_holder_lacks_exactly_one_credit(holder):
    cycle = cycle_of(holder)
    standing = standing_of(cycle, on=ON)

    assert cycle.ends_on == date(2026, 3, 31)
    assert still_needed(standing) == Decimal(1)
    assert [area.code for area in standing.areas if area.missing] == ["ethics"]
    assert the_missing_credit(cycle).points == Decimal(1)


def test_holder_is_alerted_at_once_when_the_missing_credit_is_allocated(holder):
    cycle = allocate_the_missing_credit(holder)

    assert standing_of(cycle, on=ON).is_complete
    assert Alert.objects.filter(holder=holder.holder, kind=AlertKind.READY_TO_DECLARE, created_at=NOON).exists()


def test_holder_is_renewed_as_soon_as_a_reviewer_approves(holder):
    cycle = allocate_the_missing_credit(holder)
    reviewer = User.objects.get(email="reviewer@example.org")
    attestation = current_attestation(on=ON)

    declaration = actions.submit(cycle=cycle, attestation=attestation, by=holder, at=NOON)
    declaration = actions.approve(declaration=declaration, by=reviewer, at=NOON)

    assert declaration.state == State.RENEWED
    following = cycle_of(holder)
    assert (following.starts_on, following.ends_on) == (date(2026, 4, 1), date(2029, 3, 31))


def test_holder_has_been_renewed_before(holder):
    past = Cycle.objects.filter(holder=holder.holder, closed_at__isnull=False)

    assert [*past.values_list("starts_on", "ends_on")] == [(date(2020, 4, 1), date(2023, 3, 31))]


# --- Everybody else -------------------------------------------------------------------------------------------------


def test_every_state_of_a_declaration_occurs(year):
    states = Counter(Declaration.objects.values_list("state", flat=True))

    assert set(states) == set(State) - {State.DRAFT, State.APPEALED, State.WITHDRAWN}
    assert states[State.SUBMITTED] >= 5


def test_every_validity_occurs(year):
    assert {validity_of(credential) for credential in Credential.objects.select_related("credential_type")} == set(
        Validity
    )


def validity_of(credential: Credential) -> Validity:
    cycle = credential.cycles.filter(closed_at=None).first()
    if cycle is None:
        return credential_rules.validity(None, ON, hold=Hold(credential.hold))
    cycle.credential = credential
    waiting = Declaration.objects.filter(cycle=cycle, state__in=UNDECIDED, received_on__lte=cycle.ends_on)
    facts = cycle_facts(cycle)
    return credential_rules.validity(facts, ON, hold=Hold(credential.hold), under_review=waiting.exists())


def test_every_stage_before_a_declaration_occurs(year):
    cycles = Cycle.objects.filter(closed_at=None, declared_on=None, ends_on__gte=ON)
    cycles = list(cycles.select_related("credential__credential_type", "requirement_set"))
    standings = standings_of(cycles, on=ON)

    assert {stage_of(cycle, standings[cycle.pk]) for cycle in cycles} == {
        "nothing allocated",
        "on track",
        "late and incomplete",
        "complete, not open",
        "ready",
        "late",
    }


def stage_of(cycle: Cycle, standing) -> str:
    readiness = readiness_of(cycle, on=ON, standing=standing)
    late = readiness.advised_until < ON
    if not standing.is_complete:
        return "late and incomplete" if late else "on track" if standing.total.counted else "nothing allocated"
    if Blocker.NOT_OPEN in readiness.blockers:
        return "complete, not open"
    return "late" if late else "ready"


def test_some_credit_serves_two_credentials(year):
    several = User.objects.get(email="several@example.org").holder
    cycles = Allocation.objects.filter(holder=several).values_list("credit", "cycle").distinct()

    assert several.credentials.count() == 4
    assert max(Counter(credit for credit, _cycle in cycles).values()) >= 2


def test_status_rows_agree_with_the_engine(year):
    cycles = Cycle.objects.filter(closed_at=None).select_related("credential__credential_type", "requirement_set")
    standings = standings_of(cycles, on=ON)

    assert [cycle for cycle in cycles if cycle.status.is_complete != standings[cycle.pk].is_complete] == []


def test_the_ledger_has_no_difference(year):
    scope = Scope(on=ON, files=True)

    assert [found for check in ledger.checks() for found in check.look(scope)] == []


def test_steps_of_a_declaration_follow_each_other(year):
    of: dict[int, list[Step]] = {}
    for step in Step.objects.order_by("declaration", "at", "id"):
        of.setdefault(step.declaration_id, []).append(step)

    assert all(steps == sorted(steps, key=lambda step: step.pk) for steps in of.values())
    assert max(step.at for steps in of.values() for step in steps) < NOON


def test_audits_lie_with_the_auditor(year):
    assert {audit.declaration.state for audit in Audit.objects.all()} == {State.UNDER_AUDIT}


def test_newest_delivery_leaves_lines_for_the_board(year):
    assert Counter(IntakeRow.objects.values_list("outcome", flat=True)) == {"unmatched": 2, "rejected": 1}


def test_first_delivery_of_mails_is_short(year):
    waiting = Alert.objects.filter(emailed_at=None, withdrawn_at=None)

    assert 0 < waiting.count() < 15


def test_nobody_is_flooded_with_alerts(year):
    shown = Counter(Alert.objects.shown().values_list("holder", flat=True))

    assert max(shown.values()) <= 5


def test_all_addresses_are_examples(year):
    addresses = [*Holder.objects.values_list("email", flat=True), *User.objects.values_list("email", flat=True)]

    assert [one for one in addresses if not one.endswith("@example.org")] == []


@pytest.mark.django_db
@pytest.mark.parametrize("on", ["0001-01-01", "2009-12-31", "9999-12-31"])
def test_day_that_is_too_far_away_is_refused(settings, on):
    settings.DEMO = True

    with pytest.raises(CommandError, match="--on must be a day from 2010-01-01 to 2100-12-31") as refusal:
        call_command("seed_demo", "--on", on)

    assert refusal.value.returncode == 2
