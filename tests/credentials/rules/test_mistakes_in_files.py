"""Errors in a requirements file are reported with their location and a fix."""

import pytest

from credentials.rules import RequirementsError
from tests.credentials.rules.files import AREA, HEAD, RULE, problems, read, with_line

# What is at the end of a file: a line of its area or of its rule, and what is told of it.
IN_AREA = {
    "unknown in an area": ('minumum = "1"', 'minumum: unknown key; did you mean "minimum"?'),
    "key of the file in an area": (
        "verified = false",
        "verified: unknown key; move it to the top of the file, above the first [[area]]",
    ),
    "minimum off the step": ('minimum = "1.1"', 'minimum: 1.10 is not a multiple of the step 0.25; write "1.25"'),
    "negative": ('minimum = "-1"', 'minimum: "-1" is negative; points must be zero or more'),
    "three decimals": ('minimum = "1.001"', 'minimum: "1.001" has more than two decimals; round it to hundredths'),
    "decimal comma": ('minimum = "1,5"', 'minimum: "1,5" has a decimal comma; use a decimal point'),
    "too large": ('minimum = "1234567"', 'minimum: "1234567" is too large; points must be less than a million'),
    "a word": ('minimum = "two"', 'minimum: "two" is not a number of points; write, for example, "2.5"'),
    "other digits": ('minimum = "٣"', 'minimum: "٣" is not a number of points; write, for example, "2.5"'),
}
IN_RULE = {
    "unlike any key": (
        'maximum = "1"\nqqq = 1',
        "qqq: unknown key; use one of: code, title, kinds, subjects, providers, areas, minimum, maximum, per",
    ),
    "key of the file in a rule": (
        'maximum = "1"\nnote = "Second-hand."',
        "note: unknown key; move it to the top of the file, above the first [[area]]",
    ),
    "minimum above maximum": (
        'minimum = "3"\nmaximum = "2"',
        "minimum: 3.00 is above the maximum 2.00; lower it or raise the maximum",
    ),
    "share in words": (
        'maximum = "50 percent"',
        'maximum: "50 percent" is a percentage without %; write, for example, "50%"',
    ),
    "share as a fraction": ('maximum = "1/2"', 'maximum: "1/2" is a percentage without %; write, for example, "50%"'),
    "share without its sign": ('maximum = "50"', 'maximum: 50.00 is above the total 36.00; lower it, or write "50%"'),
    "the whole without its sign": (
        'maximum = "100"',
        'maximum: 100.00 is above the total 36.00; lower it, or write "100%"',
    ),
    "share above the whole": ('maximum = "101%"', 'maximum: "101%" is more than 100%; write at most "100%"'),
    "minimum per item": (
        'per = "item"\nminimum = "1"',
        'minimum: a single activity has no minimum; leave it out, or write per = "cycle"',
    ),
    "rule above the total": ('minimum = "40"', "minimum: 40.00 is above the total 36.00; lower it or raise the total"),
    "unknown period": ('maximum = "1"\nper = "yaer"', 'per: "yaer" is not known; did you mean "year"?'),
    "unknown area": ('maximum = "1"\nareas = ["safty"]', 'areas: there is no area "safty"; did you mean "safety"?'),
}
MISTAKES = [
    pytest.param("a = =", "line 1: not TOML: the value is missing or can't be read; put text in quotes", id="not TOML"),
    pytest.param("a = “b”", 'line 1: “ is a curly quote; replace it with a straight one: "', id="curly quotes"),
    pytest.param("a = " + "[" * 5000, "file: not TOML: ", id="nested too deep"),
    pytest.param("a = " + "9" * 5000, "file: not TOML: ", id="an endless number"),
    pytest.param(HEAD, "area: no areas; add at least one [[area]]", id="no area"),
    pytest.param(HEAD + "area = []", "area: no areas; add at least one [[area]]", id="empty areas"),
    pytest.param(
        HEAD + AREA.replace("[[area]]", "[area]"),
        "area: must be a list of tables; start each with [[area]]",
        id="a single table",
    ),
    pytest.param(
        HEAD + "rule = [1]\n" + AREA,
        "rule: must be a list of tables; start each with [[rule]]",
        id="a list of numbers",
    ),
    pytest.param(with_line("totl = 1"), 'totl: unknown key; did you mean "total"?', id="unknown key"),
    pytest.param(with_line("", without='total = "36"\n'), 'total: missing key; add total = "36"', id="missing key"),
    pytest.param(
        HEAD + AREA.replace('accepts = ["safety"]', ""),
        'area "safety".accepts: missing key; add accepts = ["safety"]',
        id="missing in an area",
    ),
    pytest.param(
        HEAD + AREA.replace('code = "safety"', ""),
        'area 1.code: missing key; add code = "safety"',
        id="missing code",
    ),
    pytest.param(
        HEAD.replace('"MLS(ASCP)"', "7") + AREA,
        'credential: must be text; write credential = "7"',
        id="a number for text",
    ),
    pytest.param(
        HEAD.replace('"1"', '" "') + AREA, "version: is empty; fill it in or leave the key out", id="empty text"
    ),
    pytest.param(
        HEAD.replace('"1"', '"12345678901234567"') + AREA,
        "version: is longer than 16 characters; shorten it",
        id="long text",
    ),
    pytest.param(
        HEAD + AREA.replace('"safety"', '"a, b"', 1),
        'area "a, b".code: "a, b" must be one word without * , or ;',
        id="code of two words",
    ),
    pytest.param(
        with_line("total = 36", without='total = "36"\n'),
        'total: points must be quoted, not a bare number; write total = "36"',
        id="bare number",
    ),
    pytest.param(
        with_line("step = true", without='step = "0.25"\n'),
        'step: points must be quoted, not a bare number; write step = "2.5"',
        id="bare truth",
    ),
    pytest.param(
        with_line('total = "50%"', without='total = "36"\n'),
        "total: must be points, not a percentage",
        id="share for the total",
    ),
    pytest.param(
        with_line('total = "0"', without='total = "36"\n'), "total: must be more than zero", id="total of zero"
    ),
    pytest.param(with_line('step = "0"', without='step = "0.25"\n'), "step: must be more than zero", id="step of zero"),
    pytest.param(
        with_line('total = "36.1"', without='total = "36"\n'),
        'total: 36.10 is not a multiple of the step 0.25; write "36.25"',
        id="total off the step",
    ),
    pytest.param(
        HEAD + AREA + 'minimum = "36.25"',
        "total: the areas' minima add up to 36.25, above the total 36.00; lower them or raise it",
        id="minima above the total",
    ),
    pytest.param(
        HEAD + AREA + 'maximum = "35"',
        "total: the areas' maxima add up to 35.00, below the total 36.00: nobody can reach it",
        id="maxima below the total",
    ),
    pytest.param(HEAD + AREA + AREA, 'area "safety".code: is used twice; give each its own', id="duplicate area"),
    pytest.param(
        HEAD + AREA + (RULE + 'maximum = "1"\n') * 2,
        'rule "some".code: is used twice; give each its own',
        id="duplicate rule",
    ),
    pytest.param(
        HEAD + AREA.replace('["safety"]', "[]"),
        'area "safety".accepts: is an empty list, which '
        "matches nothing; name at least one, or leave the key out for all",
        id="accepts nothing",
    ),
    pytest.param(
        HEAD + AREA.replace('["safety"]', '"safety"'),
        'area "safety".accepts: must be a list of words; write accepts = ["…"]',
        id="not a list",
    ),
    pytest.param(
        HEAD + AREA.replace('["safety"]', '["safety", 1]'),
        'area "safety".accepts: must be a list of words; write accepts = ["…"]',
        id="not words",
    ),
    pytest.param(
        HEAD + AREA + RULE,
        'rule "some".maximum: the rule has no limit; give it a minimum or a maximum',
        id="rule without a limit",
    ),
    pytest.param(
        with_line("verified = 1"),
        "verified: must be true or false without quotes; write verified = false",
        id="not a truth",
    ),
    pytest.param(
        with_line("verified = true"),
        "source: a verified set must cite its source; add it, or write verified = false",
        id="verified without a source",
    ),
    pytest.param(
        with_line('applies_from = "2022-01-01"'),
        "applies_from: must be a date without quotes; write applies_from = 2022-01-01",
        id="quoted day",
    ),
    pytest.param(
        with_line("applies_from = 2022-01-01T00:00:00"),
        "applies_from: must be a date without quotes; write applies_from = 2022-01-01",
        id="moment for a day",
    ),
    *(pytest.param(HEAD + AREA + line, f'area "safety".{told}', id=name) for name, (line, told) in IN_AREA.items()),
    *(
        pytest.param(HEAD + AREA + RULE + line, f'rule "some".{told}', id=name)
        for name, (line, told) in IN_RULE.items()
    ),
]


@pytest.mark.parametrize(("text", "expected"), MISTAKES)
def test_a_mistake_is_told_with_file_key_and_mend(text, expected):
    found = problems(text)

    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize("key", ["credential", "title", "version", "total", "step"])
def test_each_key_that_must_be_there_is_missed(key):
    text = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith(key))

    assert [found.partition(" = ")[0] for found in problems(text + AREA)] == [f"{key}: missing key; add {key}"]


@pytest.mark.parametrize(
    ("text", "where", "longest"),
    [
        pytest.param(HEAD.replace("MLS(ASCP)", "{}") + AREA, "credential", 40, id="credential"),
        pytest.param(HEAD.replace("Medical Laboratory Scientist", "{}") + AREA, "title", 160, id="title"),
        pytest.param(HEAD.replace('"1"', '"{}"') + AREA, "version", 16, id="version"),
        pytest.param(with_line('source = "{}"'), "source", 300, id="source"),
        pytest.param(with_line('note = "{}"'), "note", 2000, id="note"),
        pytest.param(HEAD + AREA.replace("safety", "{}", 1), 'area "{}".code', 40, id="code of an area"),
        pytest.param(HEAD + AREA.replace("Safety", "{}"), 'area "safety".title', 160, id="title of an area"),
        pytest.param(
            HEAD + AREA + RULE.replace("Some rule", "{}") + 'maximum = "1"', 'rule "some".title', 200, id="of a rule"
        ),
    ],
)
def test_a_text_may_be_so_long_and_no_longer(text, where, longest):
    most, more = "x" * longest, "x" * (longest + 1)

    assert read(text.format(most))
    assert problems(text.format(more)) == [f"{where.format(more)}: is longer than {longest} characters; shorten it"]


def test_all_mistakes_are_told_at_once():
    text = HEAD.replace('total = "36"', "total = 36").replace('step = "0.25"', "") + AREA + 'minimum = "1.001"\n'

    found = problems(text + RULE + 'maximum = "50%"\nminimum = "2"\nper = "weekly"')

    assert [line.split(": ")[0] for line in found] == ["step", "total", 'area "safety".minimum', 'rule "some".per']


def test_an_error_carries_its_problems():
    with pytest.raises(RequirementsError) as caught:
        read(HEAD)

    (problem,) = caught.value.problems
    assert (problem.name, problem.key) == ("mls.toml", "area")
