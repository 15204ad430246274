"""Properties that hold for any requirements, credits and shares."""

from dataclasses import replace
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from credentials.enums import Per
from credentials.rules import periods
from education.rules import (
    Reason,
    Share,
    compile_requirements,
    count,
    evaluate,
    standing_of,
    still_needed,
    verdict,
)
from tests.education.rules.facts import WINDOW
from tests.education.rules.strategies import any_part, cases, credit_lists, steady


def counted_parts(standing):
    """Every part that counts, as (credit, area, points)."""
    return [
        (credit.id, reason.area, reason.points)
        for credit in standing.credits
        for reason in credit.reasons
        if reason.reason is Reason.COUNTED
    ]


@steady
@given(cases(any_part))
def test_reasons_add_up_to_the_points(case):
    requirements, credits, shares = case

    standing = evaluate(requirements, credits, shares, WINDOW)

    for facts in credits:
        told = standing.credit(facts.id)
        assert sum(reason.points for reason in told.reasons) == facts.points == told.points
        assert told.counted == sum(reason.points for reason in told.reasons if reason.reason is Reason.COUNTED)
        assert told.main in told.reasons


@steady
@given(cases(any_part))
def test_no_more_counts_than_was_allocated_in_whole_steps(case):
    requirements, credits, shares = case

    standing = evaluate(requirements, credits, shares, WINDOW)

    for credit, area, points in counted_parts(standing):
        allocated = sum(share.points for share in shares if (share.credit, share.area) == (credit, area))
        assert points <= allocated
        assert points % requirements.step == 0


@steady
@given(cases(any_part))
def test_sums_are_what_the_parts_add_up_to(case):
    requirements, credits, shares = case

    standing = evaluate(requirements, credits, shares, WINDOW)

    parts = counted_parts(standing)
    assert standing.total.counted == sum(points for _, _, points in parts)
    for area in standing.areas:
        assert area.counted == sum(points for _, code, points in parts if code == area.code)
        assert area.maximum is None or area.counted <= area.maximum


def groups_of(rule, facts, parts):
    """What a rule sums, per cycle, year or item, worked out anew from the parts that count."""
    matching = [
        (credit, points)
        for credit, area, points in parts
        if rule.matches(facts[credit].kind, facts[credit].subjects, facts[credit].provider) and rule.covers(area)
    ]
    if rule.per == Per.CYCLE:
        return [sum(points for _, points in matching)]
    if rule.per == Per.YEAR:
        return [
            sum(points for credit, points in matching if facts[credit].completed_on in year) for year in periods(WINDOW)
        ]
    matching.sort(key=lambda part: (facts[part[0]].completed_on, part[0]))
    return [sum(points for _, points in group) for _, group in groupby(matching, key=lambda part: part[0])]


@steady
@given(cases(any_part))
def test_rules_sum_what_they_match_and_hold_their_maximum(case):
    requirements, credits, shares = case

    standing = evaluate(requirements, credits, shares, WINDOW)

    parts, facts = counted_parts(standing), {credit.id: credit for credit in credits}
    for rule, told in zip(requirements.rules, standing.rules, strict=True):
        sums = groups_of(rule, facts, parts)
        assert [period.counted for period in told.periods] == sums
        assert rule.maximum is None or all(points <= rule.maximum for points in sums)
        assert [period.missing for period in told.periods] == [max(0, (rule.minimum or 0) - points) for points in sums]


@steady
@given(cases(any_part))
def test_shortfall_adds_up_everything_missing(case):
    requirements, credits, shares = case

    standing = evaluate(requirements, credits, shares, WINDOW)

    missing = [standing.total.missing, *(area.missing for area in standing.areas)]
    missing += [period.missing for rule in standing.rules for period in rule.periods]
    assert standing.shortfall == sum(missing)
    assert standing.is_complete is not any(missing)


@steady
@given(cases(any_part))
def test_still_needed_is_nothing_only_when_complete_and_never_above_the_shortfall(case):
    standing = evaluate(*case, WINDOW)

    assert (still_needed(standing) == 0) is standing.is_complete
    assert still_needed(standing) <= standing.shortfall


@steady
@given(cases(any_part), st.randoms(use_true_random=False))
def test_the_order_of_entry_is_irrelevant(case, random):
    requirements, credits, shares = case
    expected = evaluate(requirements, credits, shares, WINDOW)

    random.shuffle(credits)
    random.shuffle(shares)

    assert evaluate(requirements, credits, shares, WINDOW) == expected


@steady
@given(cases(any_part), credit_lists())
def test_adding_credits_changes_nothing_that_is_needed(case, more):
    requirements, credits, shares = case
    before = evaluate(requirements, credits, shares, WINDOW)

    after = evaluate(requirements, credits + [replace(each, id=each.id + 100) for each in more], shares, WINDOW)

    assert (after.total, after.areas, after.shortfall) == (before.total, before.areas, before.shortfall)


@steady
@given(cases(any_part))
def test_the_verdict_on_what_counts_is_exact_and_agrees(case):
    tally = count(*case, WINDOW)
    standing = standing_of(tally)

    judged = verdict(tally.lines, tally.sums)

    assert judged.is_exact
    assert (judged.counted, judged.shortfall) == (standing.total.counted * 100, standing.shortfall * 100)


@steady
@given(cases())
def test_headroom_counts_in_full_when_it_is_allocated(case):
    requirements, credits, shares = case
    compiled = compile_requirements(requirements)
    before = evaluate(compiled, credits, shares, WINDOW)
    tally = count(compiled, credits, shares, WINDOW)

    for facts in credits:
        for area in requirements.areas:
            room = tally.headroom(facts.id, area.code).points
            after = evaluate(compiled, credits, [*shares, Share(facts.id, area.code, room)], WINDOW)
            assert after.total.counted == before.total.counted + room
