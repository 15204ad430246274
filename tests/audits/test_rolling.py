"""A rolling round selects declarations as they are received."""

from decimal import Decimal

import pytest
from django.db import transaction

from audits import actions, rules
from audits.models import Audit, Entry, Stratum
from declarations.actions import send_back
from declarations.enums import State
from declarations.models import Declaration
from tests.audits.lots import ALL, AT, CUTOFF, DAY, DRAWN, NONE, again, drawn_numbers, opened, population
from tests.declarations.reviews import submitted as whole_submission

pytestmark = pytest.mark.django_db


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


@pytest.mark.parametrize("at", [AT - DAY, CUTOFF], ids=["first", "last"])
def test_a_rolling_round_decides_from_its_first_moment_to_its_last(at):
    opened(ALL, at=AT - DAY, is_rolling=True)

    assert whole_submission(at=at).state == State.UNDER_AUDIT


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
