"""Properties of the suggestion for any requirements, credits and pinned shares."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from credentials.rules import Area, Requirements
from education.rules import Reason, critical_credits, evaluate, still_needed, suggest
from tests.education.rules.baselines import first_come_with_caps, first_that_fits
from tests.education.rules.facts import WINDOW, credit
from tests.education.rules.oracles import Best, least_short, most_that_counts, search, short_of
from tests.education.rules.strategies import SUBJECTS, any_part, cases, credit_lists, small_cases, steady, steps


def points_of(shares):
    found = {}
    for share in shares:
        found[share.credit, share.area] = found.get((share.credit, share.area), 0) + share.points
    return found


def best_of(found):
    return Best(found.shortfall, found.needed, short_of(found.standing))


@steady
@given(small_cases())
def test_nothing_is_better_than_the_suggestion(case):
    requirements, credits, _ = case

    found = suggest(requirements, credits, [], WINDOW)

    assert found.proven
    assert best_of(found) == search(requirements, credits, WINDOW)


@steady
@given(small_cases())
def test_nothing_is_better_beside_pinned_shares(case):
    requirements, credits, pinned = case
    before = evaluate(requirements, credits, pinned, WINDOW)
    if before.total.counted != sum(share.points for share in pinned):
        return  # what a pinned share takes in vain is another question

    found = suggest(requirements, credits, pinned, WINDOW)

    assert best_of(found) == search(requirements, credits, WINDOW, points_of(pinned))


@steady
@given(
    st.lists(st.tuples(steps, st.sampled_from(SUBJECTS)), max_size=12),
    st.lists(steps, min_size=len(SUBJECTS), max_size=len(SUBJECTS)),
    steps,
)
def test_disjoint_areas_are_filled_as_a_maximum_flow_fills_them(given_credits, minima, total):
    areas = [Area(each, each, least, None, frozenset({each})) for each, least in zip(SUBJECTS, minima, strict=True)]
    areas.append(Area("rest", "rest", Decimal(0), None, frozenset("*")))
    requirements = Requirements("X", "X", "1", None, total, Decimal("0.25"), False, "", tuple(areas))
    credits = [credit(id, str(points), subject) for id, (points, subject) in enumerate(given_credits)]

    found = suggest(requirements, credits, [], WINDOW)

    missing = sum(minima) - most_that_counts(requirements, credits)
    assert found.shortfall == missing + max(0, total - sum(each.points for each in credits))


@steady
@given(cases(any_part))
def test_pinned_shares_stay(case):
    requirements, credits, pinned = case

    found = suggest(requirements, credits, pinned, WINDOW)

    kept = points_of(pinned)
    added, shares = points_of(found.added), points_of(found.shares)
    assert shares == {key: points for key in kept | added if (points := kept.get(key, 0) + added.get(key, 0))}


@steady
@given(cases(any_part))
def test_all_that_is_added_counts(case):
    requirements, credits, pinned = case
    before = evaluate(requirements, credits, pinned, WINDOW)

    found = suggest(requirements, credits, pinned, WINDOW)

    added = sum(share.points for share in found.added)
    assert found.standing.total.counted == before.total.counted + added
    assert all(share.points % requirements.step == 0 for share in found.added)


@steady
@given(cases(any_part))
def test_no_credit_gives_more_than_it_has(case):
    requirements, credits, pinned = case

    found = suggest(requirements, credits, pinned, WINDOW)

    for each in credits:
        fixed = sum(share.points for share in pinned if share.credit == each.id)
        assert sum(share.points for share in found.shares if share.credit == each.id) <= max(each.points, fixed)


@steady
@given(cases(any_part))
def test_reasons_of_the_suggestion_add_up_to_the_points(case):
    found = suggest(*case, WINDOW)

    for told in found.standing.credits:
        assert sum(reason.points for reason in told.reasons) == told.points


@steady
@given(cases(any_part))
def test_the_standing_is_that_of_the_shares(case):
    requirements, credits, pinned = case

    found = suggest(requirements, credits, pinned, WINDOW)

    assert evaluate(requirements, credits, found.shares, WINDOW) == found.standing
    assert (found.shortfall, found.needed) == (found.standing.shortfall, still_needed(found.standing))


@steady
@given(cases(any_part), st.randoms(use_true_random=False))
def test_the_same_input_in_any_order_gives_the_same_suggestion(case, random):
    requirements, credits, pinned = case
    expected = suggest(requirements, credits, pinned, WINDOW)

    random.shuffle(credits)
    random.shuffle(pinned)

    assert suggest(requirements, credits, pinned, WINDOW) == expected


@steady
@given(cases(), credit_lists())
def test_more_credits_never_leave_more_missing(case, more):
    requirements, credits, pinned = case
    before = suggest(requirements, credits, pinned, WINDOW)

    more = [replace(each, id=each.id + 100) for each in more]
    after = suggest(requirements, credits + more, pinned, WINDOW)

    assert after.shortfall <= before.shortfall
    assert after.is_complete or not before.is_complete


@steady
@given(cases())
def test_nothing_added_can_be_left_out(case):
    requirements, credits, pinned = case
    found = suggest(requirements, credits, pinned, WINDOW)

    for share in found.added:
        less = replace(share, points=share.points - requirements.step)
        others = [each for each in found.added if each != share]
        assert evaluate(requirements, credits, [*pinned, *others, less], WINDOW).shortfall > found.shortfall


@steady
@given(cases())
def test_the_baselines_never_leave_less_missing(case):
    requirements, credits, _ = case

    found = suggest(requirements, credits, [], WINDOW)

    for baseline in (first_come_with_caps, first_that_fits):
        shares = baseline(requirements, credits, WINDOW)
        assert evaluate(requirements, credits, shares, WINDOW).shortfall >= found.shortfall


@steady
@given(cases())
def test_spares_are_added_to_what_is_needed(case):
    requirements, credits, pinned = case
    needed = suggest(requirements, credits, pinned, WINDOW)

    found = suggest(requirements, credits, pinned, WINDOW, spares=True)

    had, has = points_of(needed.added), points_of(found.added)
    assert all(has.get(key, 0) >= points for key, points in had.items())
    assert found.shortfall == needed.shortfall
    assert not any(spare.fits for spare in found.spare)


@steady
@given(cases(any_part))
def test_spare_is_what_no_share_takes_of_credits_that_could_count(case):
    requirements, credits, pinned = case

    found = suggest(requirements, credits, pinned, WINDOW)

    unshared = {Reason.NOT_NEEDED, Reason.NOT_ALLOCATED}
    told = {
        each.id: reason.points
        for each in found.standing.credits
        for reason in each.reasons
        if reason.reason in unshared
    }
    assert {spare.credit: spare.points for spare in found.spare} == told


@steady
@given(small_cases())
def test_proofs_are_true_and_add_up(case):
    requirements, credits, _ = case

    found = suggest(requirements, credits, [], WINDOW)

    assert sum(proof.missing for proof in found.proof) == found.shortfall
    for proof in found.proof:
        assert proof.needed - proof.can_count == proof.missing > 0
        assert least_short(requirements, credits, WINDOW, proof.demands) == proof.missing


@steady
@given(small_cases())
def test_critical_credits_are_those_nothing_can_stand_in_for(case):
    requirements, credits, _ = case
    complete = not search(requirements, credits, WINDOW).shortfall

    found = critical_credits(requirements, credits, WINDOW)

    assert set(found) == {
        each.id
        for each in credits
        if complete and search(requirements, [other for other in credits if other is not each], WINDOW).shortfall
    }
