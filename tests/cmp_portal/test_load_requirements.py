from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

import credentials.reference
from cmp_portal.lib.texts import MOST_BYTES
from credentials import queries
from credentials.models import RequirementSet
from credentials.rules.reader import read_requirements
from education.models import Allocation
from tests.cmp_portal.requirement_files import EACH, NEXT, WITHOUT_CHEMISTRY, command, cycle_of_mls, load_texts, share
from tests.credentials.rules.files import SMALL
from tests.factories import (
    close,
    freeze,
)

SETS = Path("credentials/requirement_sets")
COLLEGE = """
[[rule]]
code = "college"
title = "College courses"
kinds = ["college-course"]
maximum = "50%"
"""


@pytest.fixture
def load(db, now, tmp_path):
    """Loads these texts as files and tells exit code, output and complaints."""
    credentials.reference.load()
    return partial(load_texts, tmp_path)


def rows():
    tables = ["credentials_requirementset", "credentials_area", "credentials_rule", "credentials_areaevent"]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' || t::text FROM {name} t" for name in tables))
        return sorted(row for (row,) in cursor)


# --- Loading ----------------------------------------------------------------------------------------------------------


def test_every_set_we_ship_loads_as_it_is_written(load):
    code, said, _complaints = command()

    loaded = queries.requirements_by_id(RequirementSet.objects.all()).values()
    wanted = [read_requirements(file.read_text(), name=file.name) for file in SETS.glob("*.toml")]
    assert (code, said[-1]) == (0, "0 open cycles updated, 0 shares released")
    assert {(each.credential, each.version): each for each in loaded} == {
        (each.credential, each.version): each for each in wanted
    }


def test_second_load_changes_nothing(load):
    load(SMALL)
    before = rows()

    code, said, _complaints = load(SMALL)

    assert (code, said[0]) == (0, "MLS(ASCP) version 1: unchanged")
    assert rows() == before


def test_change_is_told_and_made(load):
    load(SMALL)

    _code, said, _complaints = load(SMALL.replace('total = "4"', 'total = "6"'))

    assert said[:2] == ["MLS(ASCP) version 1: changed", "    ~ total: 4.00 -> 6.00"]
    assert RequirementSet.objects.get().total == Decimal("6.00")


def test_dry_run_tells_what_would_follow_and_leaves_nothing_behind(load):
    load(SMALL)
    share(cycle_of_mls(), "chemistry")
    before = rows()

    _code, said, _complaints = load(WITHOUT_CHEMISTRY, dry_run=True)

    assert said == [
        "MLS(ASCP) version 1: changed; open cycles that follow it: 1",
        "    ~ order of areas: chemistry, rest -> hematology, rest",
        "    - area chemistry: Chemistry, minimum 2.00, accepts chemistry",
        "    + area hematology: Chemistry, minimum 2.00, accepts hematology",
        "0 open cycles updated, 1 shares released",
        "dry run: nothing was changed",
    ]
    assert (rows(), Allocation.objects.count()) == (before, 1)


def test_dry_run_tells_old_and_new_values_and_who_is_re_pointed(load):
    load(SMALL + COLLEGE)
    cycle_of_mls(ends_on=date(2027, 12, 31))
    changed = (SMALL + COLLEGE).replace('minimum = "2"', 'minimum = "1"\nmaximum = "3"').replace('"50%"', '"25%"')

    _code, said, _complaints = load(changed + EACH, NEXT, dry_run=True)

    assert said[:9] == [
        "MLS(ASCP) version 1: changed",
        "    ~ area chemistry minimum: 2.00 -> 1.00",
        "    ~ area chemistry maximum: none -> 3.00",
        "    ~ rule college maximum: 2.00 -> 1.00",
        "    + order of rules: college, each",
        "    + rule each: Each article, maximum 1.00, kinds article, per item",
        "MLS(ASCP) version 2: added; changes from version 1:",
        "    ~ area chemistry minimum: 1.00 -> 2.00",
        "    ~ area chemistry maximum: 3.00 -> none",
    ]
    assert said[-2:] == ["1 open cycles updated, 0 shares released", "dry run: nothing was changed"]


@pytest.mark.parametrize("dry_run", [True, False])
def test_cycles_that_no_version_applies_to_are_counted(load, dry_run):
    load(SMALL)
    for ends_on in (date(2026, 12, 31), date(2027, 1, 1)):
        cycle_of_mls(ends_on=ends_on)
    close(cycle_of_mls(ends_on=date(2026, 6, 30)))

    _code, said, _complaints = load(SMALL.replace("total", "applies_from = 2027-01-01\ntotal"), dry_run=dry_run)

    assert said[3] == (
        "MLS(ASCP): no version applies to 1 open cycles, which end before 2027-01-01 and keep the one they have;"
        " give the first version an earlier applies_from, or none;"
        " if something was declared under it, add a version without applies_from"
    )


def test_new_version_is_compared_with_the_one_that_applied_before(load):
    load(SMALL)
    new = NEXT.replace('minimum = "2"', 'minimum = "3"').replace('code = "rest"', 'code = "other"')

    _code, said, _complaints = load(new, dry_run=True)

    assert said[:-2] == [
        "MLS(ASCP) version 2: added; changes from version 1:",
        "    ~ order of areas: chemistry, rest -> chemistry, other",
        "    ~ area chemistry minimum: 2.00 -> 3.00",
        "    - area rest: Any, minimum 0.00, accepts *",
        "    + applies_from: 2027-01-01",
        "    + area other: Any, minimum 0.00, accepts *",
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('kinds = ["college-course"]\n', "", ["~ rule college kinds: college-course -> all"]),
        ("[[rule]]", '[[rule]]\nper = "year"', ["~ rule college per: cycle -> year"]),
        ("College courses", "College", ["~ rule college: College courses -> College"]),
        ('version = "1"', 'version = "1"\nnote = "New."', ["+ note: New."]),
        (COLLEGE, "", ["- rule college: College courses, maximum 2.00, kinds college-course, per cycle"]),
    ],
    ids=["filter dropped", "period", "title", "note", "rule removed"],
)
def test_each_change_is_told_by_its_name(load, old, new, told):
    load(SMALL + COLLEGE)

    _code, said, _complaints = load((SMALL + COLLEGE).replace(old, new), dry_run=True)

    assert [line.strip() for line in said[1:-2]] == told


def test_a_new_order_of_rules_is_told(load):
    load(SMALL + COLLEGE + EACH)

    _code, said, _complaints = load(SMALL + EACH + COLLEGE, dry_run=True)

    assert said[1:-2] == ["    ~ order of rules: college, each -> each, college"]


def test_files_of_one_name_are_both_read(load, tmp_path):
    load(SMALL)
    (tmp_path / "next").mkdir()
    first, second = tmp_path / "mls.toml", tmp_path / "next" / "mls.toml"
    first.write_text(SMALL, encoding="utf-8-sig")
    second.write_text(NEXT)

    code, said, _complaints = command(first, second, first)

    assert (code, said[:2]) == (0, ["MLS(ASCP) version 1: unchanged", "MLS(ASCP) version 2: added"])


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nonsense", 'not TOML: a key without a value; write it as key = "value"'),
        (NEXT.replace("2027-01-01", "2027-01-01\ntotal_points = 3"), "set-1.toml: total_points: unknown key; "),
        (NEXT.replace('"chemistry"', '"rest"', 1), 'set-1.toml: area "rest".code: is used twice; give each its own'),
        (NEXT.replace('minimum = "2"', 'minimum = "9"'), "set-1.toml: total: the areas' minima add up to 9.00, above"),
        (NEXT + COLLEGE.replace("50%", "50"), 'set-1.toml: rule "college".maximum: 50.00 is above the total 4.00; '),
        (NEXT.replace("applies_from = 2027-01-01", ""), "set-1.toml: applies_from: missing as in set-0.toml, for the "),
        (
            NEXT.replace("MLS(ASCP)", "XT(ASCP)"),
            'set-1.toml: credential: "XT(ASCP)" is not known; did you mean "HT(ASCP)"? '
            "(if it is new, add it to types.toml and run load_reference first)",
        ),
        (
            NEXT.replace('["chemistry"]', '["chemistri"]'),
            'set-1.toml: area "chemistry".accepts: "chemistri" is not known; did you mean',
        ),
        (
            NEXT + COLLEGE.replace('["college-course"]', '["zzz"]'),
            "tumor-board (if it is new, add it to kinds.toml and run load_reference first)",
        ),
        (SMALL.replace('total = "4"', 'total = "5"'), 'set-1.toml: version: "1" as in set-0.toml'),
        (b'version = "1"\ntitle = "caf\xe9"', "set-1.toml: line 2: not UTF-8; save the file as UTF-8"),
        (b"#" * (MOST_BYTES + 1), "File too large"),
    ],
    ids=[
        "not toml",
        "unknown key",
        "duplicate code",
        "minima above the total",
        "share without %",
        "overlapping versions",
        "unknown credential",
        "unknown subject",
        "unknown kind",
        "same version twice",
        "broken byte",
        "no text of a person",
    ],
)
def test_file_with_a_problem_keeps_every_file_out(load, text, complaint):
    code, said, complaints = load(SMALL, text)

    assert (code, said, RequirementSet.objects.count()) == (2, [], 0)
    assert complaint in complaints[0]


def test_frozen_set_is_never_changed(load):
    load(SMALL)
    freeze(RequirementSet.objects.get())

    code, _said, complaints = load(SMALL.replace('total = "4"', 'total = "6"'), NEXT)

    assert (code, RequirementSet.objects.count()) == (2, 1)
    assert complaints == ["declarations exist under MLS(ASCP) version 1; publish the change as a new version"]


def test_frozen_set_may_be_loaded_again(load):
    load(SMALL)
    freeze(RequirementSet.objects.get())

    code, said, _complaints = load(SMALL)

    assert (code, said[0]) == (0, "MLS(ASCP) version 1: unchanged")


def test_area_with_shares_of_a_closed_cycle_stays(load):
    load(SMALL)
    cycle = cycle_of_mls()
    share(cycle, "chemistry")
    close(cycle)

    code, _said, complaints = load(WITHOUT_CHEMISTRY)

    assert (code, Allocation.objects.count()) == (2, 1)
    assert complaints == ["closed cycles have shares in an area to be removed; publish the change as a new version"]
