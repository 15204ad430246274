"""Worked examples of the Board's requirement sets, as the files define them."""

from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import credentials
from credentials.rules import Window, check_versions, newest_for, read_requirements
from education.rules import Reason, count, evaluate, shortfall_words
from tests.education.rules.facts import WINDOW, credit, share

FILES = sorted((Path(credentials.__file__).parent / "requirement_sets").glob("*.toml"))
SETS = {path.stem: read_requirements(path.read_text(encoding="utf-8"), name=path.name) for path in FILES}
SPECIALTIES = ["SBB", "SC", "SCT", "SH", "SM", "DLM", "HT", "HTL", "CT", "BB", "C", "CG", "H", "M", "MB"]
ROWS = ["MLS", "MLT", *SPECIALTIES, "PBT"]
BENCH = ["blood-banking", "chemistry", "hematology", "microbiology"]


def standing(name, parts, *, window=WINDOW, kinds=None):
    """Evaluates one credit per (area, subject, points)."""
    credits = [
        credit(id, points, subject, on=str(window.ends_on), kind=(kinds or {}).get(id, "ce-course"))
        for id, (_, subject, points) in enumerate(parts)
    ]
    return evaluate(
        SETS[name], credits, [share(id, area, points) for id, (area, _, points) in enumerate(parts)], window
    )


def mls(*, rest="26", safety="1"):
    parts = [(subject, subject, "2") for subject in BENCH]
    return [*parts, ("safety", "safety", safety), ("ethics", "ethics", "1"), ("rest", "immunology", rest)]


@pytest.mark.parametrize(
    ("name", "total", "minima", "college"),
    [
        ("mls", 36, [2, 2, 2, 2, 1, 1, 0], "18"),
        ("mlt", 36, [2, 2, 2, 2, 1, 1, 0], "18"),
        *[(code.lower(), 36, [10, 1, 1, 0], "18") for code in SPECIALTIES],
        ("pbt", 9, [1, 1, 0], "4.50"),
        ("pa-1", 45, [20, 1, 0], "22.50"),
        ("pa-2", 60, [20, 15, 1, 1, 0], "30"),
    ],
)
def test_a_set_asks_for_what_the_table_says(name, total, minima, college):
    found = SETS[name]

    assert (found.total, [area.minimum for area in found.areas]) == (total, minima)
    assert [(rule.code, rule.maximum) for rule in found.rules] == [("college-at-most-half", Decimal(college))]


def test_every_row_of_the_table_has_its_file():
    found = Counter(requirements.credential.removesuffix("(ASCP)") for requirements in SETS.values())

    assert found == Counter({"PA": 2, **dict.fromkeys(ROWS, 1)})


def test_only_what_is_verified_says_so():
    assert {name for name, found in SETS.items() if found.verified} == {"mls", "sbb", "pa-1", "pa-2"}


def test_versions_do_not_overlap():
    check_versions(SETS)


@pytest.mark.parametrize(("ends_on", "version"), [("2021-12-31", "1"), ("2022-01-01", "2")])
def test_pathologists_assistants_take_the_new_set_from_2022(ends_on, version):
    sets = [SETS["pa-1"], SETS["pa-2"]]

    assert newest_for(sets, date.fromisoformat(ends_on)).version == version


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("mls", mls()),
        ("sbb", [("specialty", "blood-banking", "10"), ("safety", "safety", "1"), ("ethics", "ethics", "1"),
                 ("rest", "management", "24")]),
        ("pbt", [("safety", "safety", "1"), ("ethics", "ethics", "1"), ("rest", "phlebotomy", "7")]),
        ("pa-1", [("anatomic-pathology", "anatomic-pathology", "20"), ("safety", "safety", "1"),
                  ("rest", "ethics", "24")]),
        ("pa-2", [("anatomic-pathology", "anatomic-pathology", "20"), ("cancer-staging", "cancer-staging", "15"),
                  ("safety", "safety", "1"), ("ethics", "ethics", "1"), ("rest", "histology", "23")]),
        ("sh", [("specialty", "coagulation", "10"), ("safety", "safety", "1"), ("ethics", "ethics", "1"),
                ("rest", "informatics", "24")]),
        ("dlm", [("specialty", "management", "34"), ("safety", "safety", "1"), ("ethics", "ethics", "1")]),
    ],
)  # fmt: skip
def test_exactly_the_minimums_and_the_rest_are_complete(name, parts):
    found = standing(name, parts)

    assert found.is_complete
    assert found.total.counted == found.total.needed


def test_one_point_short_is_told():
    found = standing("mls", mls(rest="25"))

    assert shortfall_words(found) == "You still need 1.00 point in any area."


def test_a_missing_area_is_told_although_the_total_is_reached():
    found = standing("mls", [part for part in mls(rest="30") if part[0] != "ethics"])

    assert shortfall_words(found) == "You still need 1.00 point in medical ethics."


def test_points_above_a_minimum_serve_the_total():
    assert standing("mls", mls(rest="20", safety="7")).is_complete


def test_college_courses_count_for_eighteen_points_at_most():
    found = standing("mls", mls(), kinds={6: "college-course"})

    told = found.credit(6)
    assert told.counted == 18
    assert (told.main.reason, told.main.points, told.main.rule) == (Reason.OVER_LIMIT, 8, "college-at-most-half")
    assert shortfall_words(found) == "You still need 8.00 points in any area."


def test_what_was_complete_in_2021_is_short_in_2022():
    window = Window(date(2019, 1, 1), date(2021, 12, 31))
    parts = [("anatomic-pathology", "anatomic-pathology", "20"), ("safety", "safety", "1"), ("rest", "histology", "24")]

    assert standing("pa-1", parts, window=window).is_complete
    assert shortfall_words(standing("pa-2", parts)) == (
        "You still need 16.00 points: 15.00 in macroscopic examination and staging of cancer cases, "
        "1.00 in medical ethics."
    )


@pytest.mark.parametrize(
    ("name", "subject", "areas"),
    [
        ("mls", "blood-banking", ["blood-banking", "rest"]),
        ("sbb", "blood-banking", ["specialty", "rest"]),
        ("mls", "safety", ["safety", "rest"]),
        ("mls", "coagulation", ["rest"]),
        ("sh", "coagulation", ["specialty", "rest"]),
        ("pa-1", "cancer-staging", ["anatomic-pathology", "rest"]),
        ("pa-2", "cancer-staging", ["cancer-staging", "rest"]),
        ("pa-2", "informatics", []),
    ],
)
def test_the_same_activity_fits_other_areas_in_other_credentials(name, subject, areas):
    found = count(SETS[name], [credit(1, "1", subject)], [], WINDOW).fits(1)

    assert [fit.area for fit in found if fit.points] == areas
