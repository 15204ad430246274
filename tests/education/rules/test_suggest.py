"""The suggestion's objectives one by one, on cases small enough to check by hand."""

import sys
from datetime import date
from decimal import Decimal

import pytest

from benchmarks.families import FAMILIES, holder
from education.rules import UnknownShare, suggest
from tests.education.rules.facts import CORNERS, TRIANGLE, WINDOW, area, credit, requirements, rule, share

stages = sys.modules["education.rules.suggest.stages"]
SAFETY = area("safety", 'minimum = "2"', accepts="safety")
ETHICS = area("ethics", 'minimum = "2"', accepts="ethics")
REST = area("rest")


def best(tables, credits, pinned=(), *, total="10", **options):
    return suggest(requirements(tables, total=total), credits, pinned, WINDOW, **options)


def placed(found):
    return [(share.credit, share.area, str(share.points)) for share in found.shares]


def short(found):
    return {each.code: str(each.missing) for each in found.standing.areas if each.missing}


def test_a_flexible_credit_goes_where_no_other_can():
    found = best(SAFETY + ETHICS, [credit(1, "2", "safety ethics"), credit(2, "2", "safety")], total="4")

    assert placed(found) == [(2, "safety", "2.00"), (1, "ethics", "2.00")]
    assert (found.is_complete, found.proven, found.splits, found.proof) == (True, True, 0, ())


def test_nothing_at_all_is_short_of_everything():
    found = best(SAFETY + REST, [])

    assert (found.shares, found.spare, str(found.shortfall), str(found.needed)) == ((), (), "12.00", "10.00")
    assert found.proven


def test_earlier_areas_are_filled_first():
    found = best(ETHICS + SAFETY, [credit(1, "2", "safety ethics")], total="4")

    assert placed(found) == [(1, "ethics", "2.00")]
    assert short(found) == {"safety": "2.00"}


def test_least_to_earn_comes_before_the_order_of_the_file():
    """Posters in the first area are short in any case: earned there, they fill that area as well."""
    tables = ETHICS + SAFETY + rule("posters", 'kinds = ["poster"]', 'areas = ["ethics"]', 'minimum = "2"')

    found = best(tables, [credit(1, "2", "safety ethics")], total="4")

    assert (str(found.needed), short(found)) == ("2.00", {"ethics": "2.00"})


def test_the_least_flexible_then_the_oldest_then_the_id_are_used():
    credits = [
        credit(1, "2", "safety ethics", on="2015-07-01"),
        credit(4, "2", "safety", on="2016-07-01"),
        credit(3, "2", "safety", on="2016-07-01"),
        credit(2, "2", "safety", on="2017-07-01"),
    ]

    found = best(SAFETY + ETHICS.replace('minimum = "2"', ""), credits, total="2")

    assert placed(found) == [(3, "safety", "2.00")]


def test_what_is_not_needed_comes_back_with_the_places_where_it_would_count():
    credits = [credit(1, "10"), credit(2, "2.10"), credit(3, "3", on="2010-01-01"), credit(4, "1", "safety")]

    found = best(SAFETY.replace('minimum = "2"', 'maximum = "1"') + REST, credits)

    assert [(spare.credit, str(spare.points)) for spare in found.spare] == [(2, "2.00"), (4, "1.00")]
    assert [fit[:2] for spare in found.spare for fit in spare.fits] == [("rest", 2), ("safety", 1), ("rest", 1)]


def test_spares_are_allocated_on_request():
    credits = [credit(1, "10"), credit(2, "2"), credit(3, "2")]

    found = best(REST, credits, spares=True)

    assert (str(found.standing.total.counted), found.spare) == ("14.00", ())
    assert found.splits == 0


def test_pinned_shares_stay_and_what_counts_of_them_is_subtracted():
    credits = [credit(1, "4", "safety"), credit(2, "6")]

    found = best(SAFETY + REST, credits, [share(1, "rest", "3"), share(1, "safety", "0.50")], total="6")

    assert found.added == (share(1, "safety", "0.50"), share(2, "rest", "2.00"))
    assert found.shares == (share(1, "safety", "1.00"), share(1, "rest", "3.00"), share(2, "rest", "2.00"))
    assert short(found) == {"safety": "1.00"}


def test_a_pinned_share_that_is_no_whole_step_leaves_whole_steps():
    found = best(SAFETY + REST, [credit(1, "1", "safety")], [share(1, "rest", "0.30"), share(1, "safety", "0.30")])

    assert sum(each.points for each in found.shares) <= 1


def test_a_pinned_share_of_something_unknown_is_refused():
    with pytest.raises(UnknownShare):
        best(REST, [credit(1)], [share(1, "attic")])


def test_two_credits_of_one_id_are_refused():
    with pytest.raises(ValueError, match="same id"):
        best(REST, [credit(1), credit(1)])


def test_a_split_is_joined_in_an_area_that_takes_more():
    found = best(SAFETY + REST, [credit(1, "3", "safety"), credit(2, "9")])

    assert found.splits == 0
    assert found.is_complete


def test_a_split_is_joined_by_an_exchange():
    tables = area("a", 'minimum = "3"', 'maximum = "3"') + area("b", 'minimum = "2"', 'maximum = "2"')
    credits = [credit(1, "2"), credit(2, "1"), credit(3, "2")]

    found = best(tables, credits, total="5")

    assert (found.is_complete, found.splits) == (True, 0)


def test_a_split_that_is_needed_stays():
    found = best(SAFETY + ETHICS, [credit(1, "4", "safety ethics")], total="4")

    assert placed(found) == [(1, "safety", "2.00"), (1, "ethics", "2.00")]
    assert found.splits == 1


@pytest.mark.parametrize(
    ("limit", "counted"),
    [
        pytest.param(rule("each", 'maximum = "2"', 'per = "item"'), ["2.00", "1.00"], id="in all areas"),
        pytest.param(rule("each", 'areas = ["safety"]', 'maximum = "1"', 'per = "item"'), ["4.00", "1.00"],
                     id="in one area"),
        pytest.param(rule("each", 'kinds = ["poster"]', 'maximum = "0"', 'per = "item"'), ["4.00", "1.00"],
                     id="of another kind"),
    ],
)  # fmt: skip
def test_a_limit_per_item_holds(limit, counted):
    found = best(SAFETY + REST + limit, [credit(1, "4", "safety"), credit(2, "1")])

    assert [str(each.counted) for each in found.standing.credits] == counted


def test_years_are_told_apart():
    tables = REST + rule("yearly", 'minimum = "2"', 'maximum = "3"', 'per = "year"')
    credits = [credit(1, "9", on="2015-07-01"), credit(2, "9", on="2016-07-01"), credit(3, "1", on="2017-07-01")]

    found = best(tables, credits, total="7")

    assert [str(period.missing) for period in found.standing.rules[0].periods] == ["0.00", "0.00", "1.00"]
    assert found.standing.total.counted == 7


def test_what_a_past_year_lacks_is_not_to_earn():
    tables = REST + rule("yearly", 'minimum = "2"', 'per = "year"')
    credits = [credit(1, "6", on="2016-07-01")]

    found = [best(tables, credits, total="6", on=on) for on in (None, date(2016, 6, 1))]

    assert [str(each.needed) for each in found] == ["4.00", "2.00"]


def test_a_past_year_does_not_decide_what_is_earned_least():
    """The credit shortens either rule: the year while it can still be made up, the posters once it cannot."""
    tables = area("years", accepts="years") + area("posters", accepts="posters")
    tables += rule("yearly", 'areas = ["years"]', 'minimum = "2"', 'per = "year"')
    tables += rule("enough", 'areas = ["posters"]', 'minimum = "5"')
    credits = [credit(1, "1", "years posters", on="2015-07-01")]

    found = [best(tables, credits, total="5", on=on) for on in (None, date(2016, 6, 1))]

    assert [placed(each) for each in found] == [[(1, "years", "1.00")], [(1, "posters", "1.00")]]
    assert [str(each.needed) for each in found] == ["5.00", "4.00"]


def test_halves_of_a_step_are_no_answer():
    """Half a step in each corner would count 1.5 steps; in whole steps only one corner can be used."""
    found = suggest(requirements(TRIANGLE, total="2", step="1"), CORNERS, [], WINDOW)

    assert (str(found.standing.total.counted), found.proven) == ("1.00", True)
    assert [str(proof.missing) for proof in found.proof] == ["1.00"]


def test_without_time_the_answer_is_good_and_says_that_it_is_not_proven():
    credits = [credit(1, "3", "safety"), credit(2, "9", kind="article"), credit(3, "4", "poster", kind="poster")]
    tables = (
        SAFETY
        + area("posters", accepts="poster")
        + REST
        + rule("papers", 'kinds = ["article"]', 'minimum = "1"', 'maximum = "2"')
        + rule("each", 'kinds = ["poster"]', 'areas = ["rest"]', 'maximum = "1"', 'per = "item"')
    )

    found = best(tables, credits, seconds=0, total="6")

    assert (found.proven, found.proof, found.is_complete) == (False, (), True)
    assert found.standing.total.counted == sum(each.points for each in found.shares)


def test_a_suggestion_in_fractions_is_asked_for_again_in_whole_steps():
    """Every aim is a whole number of steps here, and yet the relaxation halves some shares."""
    found = suggest(*holder("tight", 113, areas=6, credits=20), [], WINDOW)

    assert found.proven
    assert all(share.points % Decimal("0.25") == 0 for share in found.shares)


def test_the_solver_prints_nothing(capfd):
    best(SAFETY + REST, [credit(1, "9")])

    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_generated_holder_has_one_best_use_of_credits_in_any_order(family):
    requirements, credits = holder(family, 7)

    found = suggest(requirements, credits, [], WINDOW)

    assert found.proven
    assert suggest(requirements, credits[::-1], [], WINDOW) == found


@pytest.mark.parametrize(
    ("family", "number", "splits"),
    [("overlapping", 2, 1), ("overlapping", 3, 0), ("overlapping", 10, 0), ("tight", 6, 0), ("tight", 10, 0)],
)
def test_few_credits_are_split(family, number, splits):
    """The solver's own answers split two to four of them."""
    assert suggest(*holder(family, number, areas=6, credits=20), [], WINDOW).splits == splits


def test_what_is_shared_out_to_the_last_hundredth_is_not_spare():
    found = suggest(requirements(REST, step="0.01"), [credit(1, "10")], [], WINDOW)

    assert (found.is_complete, found.spare) == (True, ())


def test_spares_alike_but_for_what_a_limit_per_item_leaves_fit_differently():
    tables = REST + rule("each", 'maximum = "3"', 'per = "item"')

    found = best(tables, [credit(1, "5"), credit(2, "3")], [share(1, "rest", "2")], total="2")

    assert [(spare.credit, str(spare.points), [str(fit.points) for fit in spare.fits]) for spare in found.spare] == [
        (1, "3.00", ["1.00"]), (2, "3.00", ["3.00"])
    ]  # fmt: skip


@pytest.fixture
def no_time_for_whole_steps(monkeypatch):
    """The relaxation finds halves, and then time is up."""
    whole = stages.Solver.use_whole_steps
    monkeypatch.setattr(stages.Solver, "use_whole_steps", lambda solver: (whole(solver), setattr(solver, "seconds", 0)))


@pytest.mark.parametrize(("family", "number", "short"), [("tight", 927, "3.75"), ("overlapping", 2110, "37.50")])
def test_what_is_made_by_hand_starts_from_the_relaxation(no_time_for_whole_steps, family, number, short):
    """With time enough 3.25 and 37.25 are short; by hand from nothing 28.75 and 42.75 would be."""
    found = suggest(*holder(family, number), [], WINDOW)

    assert (found.proven, found.proof, str(found.shortfall)) == (False, (), short)


def test_without_any_time_no_more_is_allocated_than_is_needed():
    found = best(SAFETY + REST, [credit(1, "3", "safety"), credit(2, "12")], seconds=0)

    assert placed(found) == [(1, "safety", "2.00"), (2, "rest", "8.00")]


def test_without_any_time_spares_go_wherever_there_is_room():
    credits = [credit(1, "12"), credit(2, "3", "safety"), credit(3, "2")]

    found = best(SAFETY + area("rest", 'maximum = "13"'), credits, seconds=0, spares=True)

    assert placed(found) == [(2, "safety", "3.00"), (1, "rest", "12.00"), (3, "rest", "1.00")]


def test_without_time_for_whole_steps_the_answer_says_that_it_is_not_proven(no_time_for_whole_steps):
    found = suggest(requirements(TRIANGLE, total="2", step="1"), CORNERS, [], WINDOW)

    assert (found.proven, str(found.standing.total.counted)) == (False, "1.00")


def test_an_answer_that_does_not_add_up_is_not_called_proven(monkeypatch):
    monkeypatch.setattr(sys.modules["education.rules.suggest"], "solve", lambda *_, **__: stages.Outcome({}, True, 0))

    assert not best(REST, [credit(1, "10")]).proven


def test_five_thousand_credits_are_answered():
    credits = [credit(number, "1", ["safety", "ethics", "chemistry"][number % 3]) for number in range(5000)]

    found = best(SAFETY + ETHICS + REST, credits, total="36")

    assert (found.is_complete, len(found.spare)) == (True, 5000 - len({each.credit for each in found.shares}))
