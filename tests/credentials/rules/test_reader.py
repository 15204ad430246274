from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credentials.enums import Per
from credentials.rules import Area, Requirements, RequirementsError, Rule
from tests.credentials.rules.files import AREA, HEAD, RULE, read


def test_a_whole_file_is_read():
    text = """\
credential = "MLS(ASCP)"
title = "Medical Laboratory Scientist"
version = "2"
applies_from = 2022-01-01
total = "36"
step = "0.25"
verified = true
source = "ascp.org"
note = "Second-hand."

[[area]]
code = "chemistry"
title = "Chemistry"
minimum = "2"
maximum = "40.5"
accepts = ["chemistry", "urinalysis"]

[[rule]]
code = "college"
title = "College courses"
kinds = ["college-course"]
subjects = ["chemistry"]
providers = ["P1"]
areas = ["chemistry"]
minimum = "1"
maximum = "50%"
per = "year"
"""

    assert read(text) == Requirements(
        credential="MLS(ASCP)",
        title="Medical Laboratory Scientist",
        version="2",
        applies_from=date(2022, 1, 1),
        total=Decimal(36),
        step=Decimal("0.25"),
        verified=True,
        source="ascp.org",
        areas=(Area("chemistry", "Chemistry", Decimal(2), Decimal("40.5"), frozenset({"chemistry", "urinalysis"})),),
        rules=(
            Rule(
                code="college",
                title="College courses",
                kinds=frozenset({"college-course"}),
                subjects=frozenset({"chemistry"}),
                providers=frozenset({"P1"}),
                areas=frozenset({"chemistry"}),
                minimum=Decimal(1),
                maximum=Decimal(18),
                per=Per.YEAR,
            ),
        ),
        note="Second-hand.",
    )


def read_smallest() -> Requirements:
    return read(HEAD + AREA + RULE + 'maximum = "0"')


def test_what_is_left_out_has_a_default():
    smallest = read_smallest()

    assert (smallest.applies_from, smallest.verified, smallest.source, smallest.note) == (None, False, "", "")
    assert smallest.areas == (Area("safety", "Safety", Decimal(0), None, frozenset({"safety"})),)
    assert smallest.rules == (Rule("some", "Some rule", None, None, None, None, None, Decimal(0), Per.CYCLE),)


def test_a_star_in_a_filter_means_all():
    rule = read(HEAD + AREA + RULE + 'areas = ["*"]\nkinds = ["article", "*"]\nmaximum = "1"').rules[0]

    assert (rule.areas, rule.kinds) == (None, None)


@pytest.mark.parametrize(
    ("line", "minimum", "maximum"),
    [
        ('maximum = "50%"', None, "18"),
        ('maximum = "33%"', None, "11.75"),  # 11.88, rounded down to whole steps
        ('minimum = "33%"', "12", None),  # 11.88, rounded up to whole steps
        ('minimum = "12.5 %"', "4.50", None),
        ('maximum = "0%"', None, "0"),
        ('maximum = "100%"', None, "36"),
        ('maximum = "10.10"', None, "10"),
        ('minimum = "0"\nmaximum = "0"', "0", "0"),
        ('maximum = "36"', None, "36"),
        ('maximum = "37"', None, "37"),  # above the total, and unlike a percentage
        ('maximum = "120"', None, "120"),
    ],
)
def test_shares_become_points_in_whole_steps(line, minimum, maximum):
    rule = read(HEAD + AREA + RULE + line).rules[0]

    assert (rule.minimum, rule.maximum) == (minimum and Decimal(minimum), maximum and Decimal(maximum))


steady = settings(deadline=None)  # a busy machine fails no test
toml_values = st.sampled_from(['"1"', '"50%"', '"-1"', '""', "1", "1.5", "true", "[]", '["a"]', "2022-01-01", "{}"])
keys = st.sampled_from(
    ["credential", "title", "version", "applies_from", "total", "step", "verified", "source", "area"]
)
limits = st.sampled_from(["code", "title", "minimum", "maximum", "accepts", "areas", "per", "kinds"])


@steady
@given(st.dictionaries(keys, toml_values), st.dictionaries(limits, toml_values), st.dictionaries(limits, toml_values))
def test_any_file_is_read_or_refused(head, area, rule):
    tables = ["\n".join(f"{key} = {value}" for key, value in table.items()) for table in (head, area, rule)]
    text = "\n".join([tables[0], "" if "area" in head else "[[area]]\n" + tables[1], "[[rule]]", tables[2]])

    try:
        assert read(text).total > 0
    except RequirementsError as refusal:
        assert refusal.problems
