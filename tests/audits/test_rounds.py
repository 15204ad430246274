"""Opening and drawing rounds."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.enums import Role
from accounts.models import Alert
from audits import actions, rules
from audits.enums import AuditState, Verdict
from audits.models import Audit, Entry, Round, Stratum
from audits.queries import rounds_to_draw, sizes
from declarations.enums import Move, State
from declarations.models import AtWork, Step, Waiting
from tests.audits.lots import ALL, AT, CUTOFF, DAY, DRAWN, NONE, drawn_numbers, of_kind, opened, population, received
from tests.factories import (
    AtWorkFactory,
    AuditFactory,
    DeclarationFactory,
    FindingFactory,
    HolderFactory,
    MlsCredentialTypeFactory,
    UserFactory,
    audit_in,
)
from tests.planting import found

pytestmark = pytest.mark.django_db


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

    with pytest.raises(actions.RoundRefused, match="with different rates"):
        opened(ALL)


def test_rates_of_credentials_belong_to_the_round():
    MlsCredentialTypeFactory()
    round = opened(NONE, credentials={"MLS(ASCP)": Decimal("0.25")})

    assert list(round.type_rates.values_list("credential_type__code", "rate")) == [("MLS(ASCP)", Decimal("0.25"))]


def test_a_credential_nobody_knows_is_refused():
    with pytest.raises(actions.RoundRefused, match=r"No such credential: XYZ"):
        opened(NONE, credentials={"XYZ": ALL})


@pytest.mark.parametrize("cutoff", [AT - DAY, AT - 2 * DAY])
def test_a_cutoff_that_has_passed_is_refused(cutoff):
    with pytest.raises(actions.RoundRefused, match="cut-off has passed"):
        opened(cutoff=cutoff)


# --- Drawing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [CUTOFF - DAY, CUTOFF])
def test_a_round_is_not_drawn_before_its_cutoff(at):
    round = opened()

    with pytest.raises(actions.RoundRefused, match="until its cut-off has passed"):
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


@pytest.mark.parametrize(("days", "is_late"), [(3, False), (4, True)], ids=["on the last advised day", "after it"])
def test_what_comes_in_after_the_last_advised_day_is_late(days, is_late):
    cycle = of_kind(starts_on=date(2023, 3, 16), ends_on=date(2026, 3, 15))
    received(at=AT + days * DAY, cycle=cycle)

    actions.draw(round=opened(), at=DRAWN)

    assert Stratum.objects.get().is_late is is_late


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
        (lambda holder: FindingFactory(audit=audit_in(AuditState.UNDER_REVIEW, holder=holder)), False),
        (
            lambda holder: FindingFactory(
                audit=audit_in(AuditState.UNDER_REVIEW, holder=holder), verdict=Verdict.REFUSED, reason="No such course"
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

    drawn = [actions.draw(round=round, at=DRAWN + DAY) for round in rounds_to_draw(at=DRAWN + DAY)]

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
