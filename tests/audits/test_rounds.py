"""Rounds with the database: opened, drawn, and what becomes of those who are drawn and who come back."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from accounts.enums import Role
from accounts.models import Alert
from audits import actions, rules
from audits.actions.drawing import LISTS
from audits.enums import AuditState, Verdict
from audits.models import Audit, Entry, Round, Stratum
from audits.queries import sizes
from declarations.actions import approve, send_back, submit, withdraw
from declarations.enums import Move, State
from declarations.models import AtWork, Declaration, Step, Waiting
from tests.declarations.reviews import AT
from tests.declarations.reviews import submitted as whole_submission
from tests.factories import (
    AttestationFactory,
    AtWorkFactory,
    AuditFactory,
    CycleFactory,
    DeclarationFactory,
    FindingFactory,
    HolderFactory,
    MlsCredentialTypeFactory,
    UserFactory,
    in_state,
)
from tests.planting import found

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CUTOFF = AT + 7 * DAY
DRAWN = CUTOFF + DAY
ALL, NONE = Decimal(1), Decimal(0)


def opened(rate=ALL, *, cutoff=CUTOFF, at=AT - DAY, is_rolling=False, **more):
    return actions.open_round(rates=rules.Rates(rate, **more), cutoff=cutoff, at=at, is_rolling=is_rolling)


def received(count=1, *, at=AT, state=State.SUBMITTED, **of):
    """Declarations for one credential that came at a moment, of as many holders."""
    if "cycle" not in of:
        of = {"cycle__credential__credential_type": MlsCredentialTypeFactory()} | of
    made = [DeclarationFactory(**of) for _one in range(count)]
    for one in made:
        in_state(one, State.SUBMITTED, at=at)
        in_state(one, state, at=at)
    return made


def of_kind(**of):
    return CycleFactory(credential__credential_type=MlsCredentialTypeFactory(), **of)


def drawn_numbers(round):
    return set(Entry.objects.filter(stratum__round=round, is_drawn=True).values_list("declaration__number", flat=True))


def population(round):
    return set(Entry.objects.filter(stratum__round=round).values_list("declaration__number", flat=True))


# --- Opening ----------------------------------------------------------------------------------------------------------


def test_a_round_promises_its_seed_and_keeps_it_nowhere():
    round = opened(Decimal("0.05"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM audits_round r WHERE id = %s", [round.pk])
        (row,) = cursor.fetchone()
    later = actions.draw(round=round, at=DRAWN)
    assert rules.seed_digest(later.seed) == round.seed_sha256
    assert later.seed not in row


def test_each_round_has_a_seed_of_its_own():
    assert opened().seed_sha256 != opened(cutoff=CUTOFF + DAY).seed_sha256


def test_a_round_opened_twice_is_one():
    assert opened(late=ALL) == opened(late=ALL)
    assert Round.objects.count() == 1


def test_rates_are_not_changed_by_opening_again():
    opened(NONE)

    with pytest.raises(actions.RoundRefused, match="with other rates"):
        opened(ALL)


def test_rates_of_credentials_belong_to_the_round():
    MlsCredentialTypeFactory()
    round = opened(NONE, credentials={"MLS(ASCP)": Decimal("0.25")})

    assert list(round.type_rates.values_list("credential_type__code", "rate")) == [("MLS(ASCP)", Decimal("0.25"))]


def test_a_credential_nobody_knows_is_refused():
    with pytest.raises(actions.RoundRefused, match=r"no credential XYZ"):
        opened(NONE, credentials={"XYZ": ALL})


@pytest.mark.parametrize("cutoff", [AT - DAY, AT - 2 * DAY])
def test_a_cutoff_that_has_passed_is_refused(cutoff):
    with pytest.raises(actions.RoundRefused, match="cut-off has passed"):
        opened(cutoff=cutoff)


# --- SQL and the rules ------------------------------------------------------------------------------------------------

POOL = """
    DROP TABLE IF EXISTS audits_pool;
    CREATE TEMP TABLE audits_pool AS
    SELECT place AS id, place AS cycle_id, kind AS credential_type_id, is_late, has_findings,
           sha256(convert_to(%s || ':' || number, 'UTF8')) AS rank
      FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::boolean[], %s::boolean[])
           n (place, number, kind, is_late, has_findings)
"""
strata = some.tuples(some.sampled_from(["1", "2"]), some.booleans(), some.booleans()).map(
    lambda one: rules.Stratum(*one)
)
some_rates = some.decimals(min_value=0, max_value=1, places=4)
# PostgreSQL has no texts with a NUL.
texts = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts, some.dictionaries(texts, strata, max_size=30), some_rates, some_rates, some_rates)
def test_the_lists_of_sql_are_those_of_the_rules(db, seed, population, usual, late, findings):
    rates, counts = rules.Rates(usual, late=late, findings=findings), Counter(population.values())
    numbers = list(population)
    kinds, lates, found_before = ([one[column] for one in population.values()] for column in range(3))
    values = {
        "types": [int(one.credential) for one in counts],
        "late": [one.is_late for one in counts],
        "findings": [one.has_findings for one in counts],
        "lengths": [rules.length(count, rates.of(one)) for one, count in counts.items()],
        "thresholds": [rules.threshold(rates.of(one)) for one in counts],
    }
    with connection.cursor() as cursor:
        cursor.execute(POOL, [seed, list(range(len(numbers))), numbers, list(map(int, kinds)), lates, found_before])
        lists = {}
        for is_rolling in (False, True):
            cursor.execute(LISTS, values | {"is_rolling": is_rolling})
            cursor.execute("SELECT id FROM audits_list")
            lists[is_rolling] = {numbers[place] for (place,) in cursor}

    assert lists[False] == set(rules.draw(seed, population, rates))
    assert lists[True] == {
        one for one, stratum in population.items() if rules.rank(seed, one) < rules.threshold(rates.of(stratum))
    }


# --- Drawing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [CUTOFF - DAY, CUTOFF])
def test_a_round_is_not_drawn_before_its_cutoff(at):
    round = opened()

    with pytest.raises(actions.RoundRefused, match="after its cut-off"):
        actions.draw(round=round, at=at)
    assert Round.objects.get().seed == ""


def test_sql_draws_what_the_rules_draw():
    """Late ones and ones with findings among them, each with a list of its own."""
    late = date(2026, 2, 20)
    for end, count in ((date(2026, 3, 31), 12), (late, 5)):
        for _one in range(count):
            received(cycle=of_kind(starts_on=date(2023, 4, 1), ends_on=end))
    round = opened(Decimal("0.25"), late=Decimal("0.5"))

    round = actions.draw(round=round, at=DRAWN)

    strata = {
        one.declaration.number: rules.Stratum(
            one.stratum.credential_type.code, one.declaration.cycle.ends_on == late, False
        )
        for one in Entry.objects.select_related("stratum__credential_type", "declaration__cycle")
    }
    rates = rules.Rates(Decimal("0.25"), late=Decimal("0.5"))
    assert len(strata) == 17
    assert drawn_numbers(round) == set(rules.draw(round.seed, strata, rates))
    assert {bytes(one.rank) for one in Entry.objects.all()} == {rules.rank(round.seed, number) for number in strata}


def test_a_stratum_says_how_many_of_how_many():
    kind = MlsCredentialTypeFactory()
    received(5, cycle__credential__credential_type=kind)

    actions.draw(round=opened(Decimal("0.25")), at=DRAWN)

    columns = ("credential_type", "is_late", "has_findings", "rate", "population", "drawn")
    assert list(Stratum.objects.values_list(*columns)) == [(kind.pk, False, False, Decimal("0.25"), 5, 2)]


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        (lambda holder: AuditFactory(holder=holder), False),
        (lambda holder: FindingFactory(audit=AuditFactory(holder=holder)), False),
        (
            lambda holder: FindingFactory(
                audit=AuditFactory(holder=holder), verdict=Verdict.REFUSED, reason="No such course"
            ),
            True,
        ),
    ],
    ids=["audit", "verified", "refused"],
)
def test_earlier_findings_are_of_the_holders_other_audits(earlier, expected):
    holder = HolderFactory()
    earlier(holder)
    received(holder=holder)

    actions.draw(round=opened(NONE), at=DRAWN)

    assert Stratum.objects.get().has_findings is expected


def test_who_is_drawn_is_under_audit_and_told():
    (declaration,) = received()
    AtWorkFactory(waiting=Waiting.objects.get(pk=declaration.pk))
    auditor = UserFactory(roles=[Role.AUDITOR])

    round = actions.draw(round=opened(), at=DRAWN, by=auditor)

    declaration.refresh_from_db()
    step, audit = Step.objects.get(move=Move.AUDIT), Audit.objects.get()
    alert = Alert.objects.get(holder=declaration.holder, key=f"step:{step.pk}")
    assert (declaration.state, Waiting.objects.get().state) == (State.UNDER_AUDIT, State.UNDER_AUDIT)
    assert (step.by, step.at, step.from_state) == (auditor, DRAWN, State.SUBMITTED)
    assert (audit.declaration, audit.holder, audit.round) == (declaration, declaration.holder, round)
    assert (audit.state, audit.selected_at) == (AuditState.SELECTED, DRAWN)
    assert f"/audits/rounds/{round.pk}/" in alert.body
    assert not AtWork.objects.exists()


def test_who_is_not_drawn_stays_and_is_not_told():
    (declaration,) = received()
    told = Alert.objects.count()

    actions.draw(round=opened(NONE), at=DRAWN)

    declaration.refresh_from_db()
    assert (declaration.state, Audit.objects.count(), Alert.objects.count()) == (State.SUBMITTED, 0, told)


def test_a_round_drawn_twice_is_drawn_once():
    received(4)
    first = actions.draw(round=opened(Decimal("0.5")), at=DRAWN)
    received(4, at=AT + DAY)
    before = (drawn_numbers(first), Audit.objects.count(), Step.objects.count(), Alert.objects.count())

    again = actions.draw(round=first, at=DRAWN + DAY)

    assert (again.seed, again.drawn_at) == (first.seed, DRAWN)
    assert (drawn_numbers(again), Audit.objects.count(), Step.objects.count(), Alert.objects.count()) == before


@pytest.mark.parametrize(
    ("state", "is_there"),
    [
        (State.SUBMITTED, True),
        (State.RETURNED, True),
        (State.WITHDRAWN, True),
        (State.ELIGIBLE, False),
        (State.DENIED, False),
        (State.APPEALED, False),
        (State.RENEWED, False),
    ],
)
def test_population_is_what_came_and_is_not_decided(state, is_there):
    (declaration,) = received(state=state)

    round = actions.draw(round=opened(NONE), at=DRAWN)

    assert population(round) == ({declaration.number} if is_there else set())


def test_a_draft_is_in_no_population():
    DeclarationFactory()

    assert population(actions.draw(round=opened(), at=DRAWN)) == set()


@pytest.mark.parametrize(("at", "which"), [(CUTOFF, 0), (CUTOFF + timedelta(microseconds=1), 1)])
def test_the_cutoff_decides_which_population(at, which):
    """To the microsecond; nobody is in both, and nobody in neither."""
    (declaration,) = received(at=at)
    rounds = [opened(NONE), opened(NONE, cutoff=CUTOFF + DAY)]

    found_in = [population(actions.draw(round=round, at=CUTOFF + 2 * DAY)) for round in rounds]

    assert found_in == [{declaration.number} if place == which else set() for place in range(2)]


def test_due_rounds_are_drawn_the_earliest_first():
    received(2)
    later, first, _undue = (opened(NONE, cutoff=CUTOFF + days * DAY) for days in (1, 0, 30))

    drawn = [actions.draw(round=round, at=DRAWN + DAY) for round in actions.due(at=DRAWN + DAY)]

    assert [round.pk for round in drawn] == [first.pk, later.pk]
    assert [len(population(round)) for round in drawn] == [2, 0]


def test_the_preview_is_what_is_drawn():
    received(3)
    round = opened(Decimal("0.5"))
    before = [(one.population, one.length) for one in sizes(rates=rules.Rates(Decimal("0.5")), cutoff=CUTOFF)]

    actions.draw(round=round, at=DRAWN)

    assert sorted(before) == sorted(Stratum.objects.values_list("population", "drawn"))


def test_a_round_whose_key_is_gone_is_not_drawn(settings):
    (declaration,) = received()
    round = opened()
    settings.SECRET_KEY = "another"

    with pytest.raises(actions.RoundRefused, match="SECRET_KEY_FALLBACKS"):
        actions.draw(round=round, at=DRAWN)
    declaration.refresh_from_db()
    assert declaration.state == State.SUBMITTED


def test_a_key_of_before_still_draws(settings):
    received()
    round = opened()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"

    assert actions.draw(round=round, at=DRAWN).drawn_at == DRAWN


def test_a_drawn_round_leaves_no_difference():
    received(6)
    actions.draw(round=opened(Decimal("0.5")), at=DRAWN)

    assert {what: one for what, one in found().items() if "audit" in what or "round" in what} == {}


# --- A selection sticks to the cycle ----------------------------------------------------------------------------------


def again(declaration, *, at):
    """Its holder submits it, or a new one of the same cycle."""
    user = declaration.holder.user
    return submit(cycle=declaration.cycle, attestation=AttestationFactory(), by=user, at=at)


@pytest.fixture
def declaration():
    return whole_submission()


@pytest.fixture
def reviewer():
    return UserFactory(roles=[Role.REVIEWER])


def test_a_withdrawal_before_the_draw_does_not_escape(declaration):
    round = opened()
    withdraw(declaration=declaration, by=declaration.holder.user, at=AT + DAY)
    actions.draw(round=round, at=DRAWN)
    assert not Audit.objects.exists()

    new = again(declaration, at=DRAWN + DAY)

    assert new.pk != declaration.pk
    assert (new.state, Audit.objects.get().declaration, Audit.objects.get().round) == (State.UNDER_AUDIT, new, round)


def test_a_new_declaration_after_the_cutoff_does_not_escape(declaration):
    """Withdrawn and declared anew between the cut-off and the draw."""
    round = opened()
    withdraw(declaration=declaration, by=declaration.holder.user, at=CUTOFF)
    new = again(declaration, at=CUTOFF + timedelta(hours=1))

    actions.draw(round=round, at=DRAWN)

    assert (population(round), Audit.objects.get().declaration) == ({declaration.number}, new)


def test_two_declarations_of_a_cycle_are_one_lot(declaration):
    round = opened(NONE)
    withdraw(declaration=declaration, by=declaration.holder.user, at=AT + DAY)
    new = again(declaration, at=AT + 2 * DAY)

    actions.draw(round=round, at=DRAWN)

    assert population(round) == {new.number}


def test_returned_from_an_audit_and_submitted_again_it_is_under_the_same(declaration, reviewer):
    actions.draw(round=opened(), at=DRAWN)
    declaration.refresh_from_db()
    send_back(declaration=declaration, by=reviewer, at=DRAWN, note="A page is missing.")

    back = again(declaration, at=DRAWN + DAY)

    assert (back.pk, back.state, Audit.objects.count()) == (declaration.pk, State.UNDER_AUDIT, 1)


def test_withdrawn_while_returned_from_an_audit_the_next_is_selected(declaration, reviewer):
    round = actions.draw(round=opened(), at=DRAWN)
    declaration.refresh_from_db()
    send_back(declaration=declaration, by=reviewer, at=DRAWN, note="A page is missing.")
    withdraw(declaration=declaration, by=declaration.holder.user, at=DRAWN)

    new = again(declaration, at=DRAWN + DAY)

    assert (new.state, new.audit.round) == (State.UNDER_AUDIT, round)


def test_returned_before_the_draw_and_drawn_it_is_selected_when_it_comes_back(declaration, reviewer):
    round = opened()
    send_back(declaration=declaration, by=reviewer, at=AT + DAY, note="A page is missing.")
    actions.draw(round=round, at=DRAWN)
    declaration.refresh_from_db()
    assert declaration.state == State.RETURNED

    back = again(declaration, at=DRAWN + DAY)

    assert (back.state, back.audit.round) == (State.UNDER_AUDIT, round)


def test_who_was_not_drawn_is_not_drawn_from_again(declaration, reviewer):
    actions.draw(round=opened(NONE), at=DRAWN)
    send_back(declaration=declaration, by=reviewer, at=DRAWN, note="A page is missing.")
    again(declaration, at=DRAWN + DAY)

    later = actions.draw(round=opened(cutoff=DRAWN + 2 * DAY), at=DRAWN + 3 * DAY)

    assert population(later) == set()


def test_an_approved_declaration_is_drawn_from_by_no_round(declaration, reviewer):
    round = opened()
    approve(declaration=declaration, by=reviewer, at=AT + DAY)

    assert population(actions.draw(round=round, at=DRAWN)) == set()


# --- Rolling ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "state"), [(ALL, State.UNDER_AUDIT), (NONE, State.SUBMITTED)])
def test_a_rolling_round_decides_as_a_declaration_comes_in(rate, state):
    opened(rate, is_rolling=True)

    declaration = whole_submission()

    assert (declaration.state, Entry.objects.get().is_drawn) == (state, rate == ALL)
    assert Audit.objects.count() == int(rate)


def test_a_rolling_round_decides_by_the_rank():
    round = opened(Decimal("0.5"), is_rolling=True)
    declarations = [whole_submission() for _one in range(6)]

    seed = actions.draw(round=round, at=DRAWN).seed

    expected = {one.number for one in declarations if rules.rank(seed, one.number) < rules.threshold(Decimal("0.5"))}
    assert drawn_numbers(round) == expected
    assert set(Declaration.objects.filter(state=State.UNDER_AUDIT).values_list("number", flat=True)) == expected


@pytest.mark.parametrize("at", [AT - 2 * DAY, CUTOFF + DAY], ids=["before", "after"])
def test_a_rolling_round_decides_only_while_it_runs(at):
    opened(ALL, is_rolling=True)

    assert whole_submission(at=at).state == State.SUBMITTED


def test_what_a_rolling_round_has_not_seen_it_decides_at_its_end():
    early = whole_submission(at=AT - 2 * DAY)
    round = opened(ALL, is_rolling=True)

    actions.draw(round=round, at=DRAWN)

    early.refresh_from_db()
    assert (early.state, Stratum.objects.get().population) == (State.UNDER_AUDIT, 1)


def test_a_rolling_round_asks_once(reviewer):
    opened(NONE, is_rolling=True)
    declaration = whole_submission()
    send_back(declaration=declaration, by=reviewer, at=AT + DAY, note="A page is missing.")

    assert again(declaration, at=AT + 2 * DAY).state == State.SUBMITTED
    assert Entry.objects.count() == 1


def test_what_a_rolling_round_decided_no_other_round_draws_from():
    opened(NONE, is_rolling=True)
    whole_submission()

    assert population(actions.draw(round=opened(), at=DRAWN)) == set()


def test_a_rolling_round_whose_key_is_gone_holds_up_nobody(settings):
    opened(ALL, is_rolling=True)
    settings.SECRET_KEY = "another"

    assert whole_submission().state == State.SUBMITTED


def test_two_rolling_rounds_at_a_time_are_refused():
    opened(is_rolling=True)

    with pytest.raises(actions.RoundRefused, match="rolling"):
        opened(cutoff=CUTOFF + DAY, is_rolling=True)


def test_a_submission_that_is_rolled_back_is_not_selected_either():
    opened(ALL, is_rolling=True)
    with transaction.atomic():
        whole_submission()
        transaction.set_rollback(True)

    assert (Entry.objects.count(), Audit.objects.count()) == (0, 0)


def test_without_any_round_a_submission_is_only_a_submission():
    assert whole_submission().state == State.SUBMITTED
    assert not Entry.objects.exists()
