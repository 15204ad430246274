from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from credentials.rules import Window
from education.checking import BadInput, Paths, read_inputs
from education.checking.inputs import read_window
from education.rules import CreditFacts, Share
from tests.education.checking.files import CREDITS, DAYS, REQUIREMENTS, SHARES, inputs, written


def complaint(folder, **changes):
    with pytest.raises(BadInput) as caught:
        inputs(folder, **changes)
    return str(caught.value).replace(f"{folder}/", "")


# --- What is read -----------------------------------------------------------------------------------------------------


def test_credits_are_read_with_free_codes(tmp_path):
    found = inputs(tmp_path)

    assert found.credits[:2] == (
        CreditFacts("c1", "Safe pipetting", "course", frozenset({"safety", "chemistry"}), "P1", date(2023, 5, 1),
                    Decimal("2.50")),
        CreditFacts("c2", "Physics, part 1", "college", frozenset({"physics"}), None, date(2024, 5, 1),
                    Decimal("4.00")),
    )  # fmt: skip
    assert found.credits[2].subjects == frozenset()


def test_shares_are_read_line_by_line(tmp_path):
    found = inputs(tmp_path, shares=SHARES)

    assert found.shares[:2] == (Share("c1", "safety", Decimal("1.50")), Share("c1", "safety", Decimal("1.00")))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
        lambda text: text + "\n\n",
        lambda text: text.rstrip("\n"),
        lambda text: (
            text.replace(",course,", " , course ,")
            .replace("c1,", "c1 ,")
            .replace("safety", " safety ")
            .replace("\nc1", "\n c1 ")
        ),
    ],
    ids=["CRLF", "byte order mark", "both", "empty lines at the end", "no line end at the end", "spaces around cells"],
)
def test_files_of_other_programs_read_alike(tmp_path, change):
    plain = inputs(tmp_path, shares=SHARES)

    changed = inputs(tmp_path, credits=change(CREDITS), shares=change(SHARES))

    assert changed == plain


def test_requirements_with_a_byte_order_mark_and_crlf_read_alike(tmp_path):
    plain = inputs(tmp_path)

    assert inputs(tmp_path, requirements=REQUIREMENTS.replace("\n", "\r\n").encode("utf-8-sig")) == plain


def test_columns_may_come_in_any_order_beside_others(tmp_path):
    credits = "points,note,id,title,kind,subjects,provider,completed_on\n2.5,x,c1,T,course,safety,,2023-05-01\n"

    (credit,) = inputs(tmp_path, credits=credits).credits

    assert (credit.id, credit.points, credit.subjects) == ("c1", Decimal("2.50"), frozenset({"safety"}))


def test_a_file_without_credits_is_a_fine_file(tmp_path):
    assert inputs(tmp_path, credits=CREDITS.splitlines()[0]).credits == ()


# --- Days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "starts_on", "ends_on"),
    [
        (None, "2023-01-15", "2025-12-31"),
        ("2020-01-01", "2023-01-15", "2025-12-31"),
        ("2025-12-31", "2023-01-15", "2025-12-31"),
        ("2026-01-01", "2023-01-01", "2026-01-01"),
        ("2028-02-29", "2025-03-01", "2028-02-29"),
        ("9999-12-31", "9996-12-31", "9999-12-31"),
    ],
    ids=["not asked", "before", "last day", "a day after", "29 February", "the last day of all"],
)
def test_days_are_literal_until_the_end_and_three_years_after_it(on, starts_on, ends_on):
    found = read_window("2023-01-15", "2025-12-31", on)

    assert found == Window(date.fromisoformat(starts_on), date.fromisoformat(ends_on))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({"starts": "2025-02-29"}, "--starts: 2025-02-29 does not exist"),
        ({"ends": "31.12.2025"}, "--ends: “31.12.2025” is not a date in the form YYYY-MM-DD"),
        ({"ends": "20251231"}, "--ends: “20251231” is not a date in the form YYYY-MM-DD"),
        ({"on": ""}, "--on: is empty"),
        ({"ends": "10000-01-01"}, "--ends: “10000-01-01” is not a date in the form YYYY-MM-DD"),
        ({"starts": "0000-01-01"}, "--starts: 0000-01-01 does not exist"),
        ({"ends": "2022-12-31"}, "--ends: 2022-12-31 is before --starts 2023-01-01"),
    ],
)
def test_days_that_do_not_exist_are_refused(tmp_path, days, expected):
    assert complaint(tmp_path, **days) == expected


def test_a_shorter_cycle_looks_back_less_after_its_end():
    found = read_window("2024-01-01", "2025-12-31", "2026-03-10", 2)

    assert found == Window(date(2024, 3, 10), date(2026, 3, 10))


@pytest.mark.parametrize("years", [0, -1, 10**12])
def test_years_no_cycle_has_are_refused(years):
    with pytest.raises(BadInput, match=f"--years: {years} is not a number of years from 1 to 100"):
        read_window("2024-01-01", "2025-12-31", "2026-03-10", years)


def test_three_years_before_the_calendar_are_refused():
    with pytest.raises(BadInput, match="--on: 0002-01-01 is too early"):
        read_window("0001-01-01", "0001-12-31", "0002-01-01")


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credits", "expected"),
    [
        ("", "the file is empty; its first line must name the columns"),
        (CREDITS.replace("provider", "vendor"), "columns missing: provider; found instead: “vendor” (add them: "),
        (CREDITS.replace("title", "id"), "columns named twice: id"),
        (CREDITS.replace(",2.5\n", ",2,5\n"), "line 2: has 8 fields instead of 7"),
        (CREDITS.replace(",2.5\n", ",2.125\n"), "line 2: points: “2.125” has more than two decimals"),
        (CREDITS.replace(",2.5\n", ",-1\n"), "line 2: points: “-1” is not greater than 0"),
        (CREDITS.replace(",2.5\n", ",two\n"), "line 2: points: “two” is not a plain number"),
        (CREDITS.replace(",2.5\n", ",NaN\n"), "line 2: points: “NaN” is not a plain number"),
        (CREDITS.replace(",2.5\n", ",1e3\n"), "line 2: points: “1e3” is not a plain number"),
        (CREDITS.replace(",2.5\n", ",\n"), "line 2: points: is empty"),
        (CREDITS.replace(",2.5\n", ",123456\n"), "line 2: points: “123456” is more than 9999.99"),
        (CREDITS.replace("2024-05-01", "2023-02-29"), "line 3: completed_on: 2023-02-29 does not exist"),
        (
            CREDITS.replace("2024-05-01", "1.5.2024"),
            "line 3: completed_on: “1.5.2024” is not a date in the form YYYY-MM-DD",
        ),
        (CREDITS.replace("c3", "c1"), "line 4: id: “c1” is used twice; give each its own"),
        (CREDITS.replace("c3", " "), "line 4: id: is empty"),
        (CREDITS.replace('part 1"', "part 1"), "line 3: a quote is opened but not closed"),
        (CREDITS.encode("utf-16"), "the file is not CSV text in UTF-8 (line 1: byte 1 is not UTF-8)"),
        (CREDITS.replace("On glass", "caf\xe9").encode("latin-1"), "line 4: byte 7 is not UTF-8"),
    ],
)
def test_credits_that_cannot_be_meant_are_refused(tmp_path, credits, expected):
    assert complaint(tmp_path, credits=credits).startswith(f"credits.csv: {expected}")


def test_a_credit_of_no_points_is_read(tmp_path):
    found = inputs(tmp_path, credits=CREDITS.replace(",2.5\n", ",0.0\n"))

    assert found.credits[0].points == 0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("c9,rest,1", "credit: there is no credit “c9”"),
        ("c2,rset,1", "area: there is no area “rset”; did you mean \"rest\"?"),
        ("c2,rest,4.01", "points: the shares of credit “c2” exceed its points; lower a share"),
        ("c2,rest,-1", "points: “-1” is not greater than 0"),
        ("c2,rest", "has 2 fields instead of 3"),
    ],
)  # fmt: skip
def test_shares_that_cannot_be_meant_are_refused(tmp_path, line, expected):
    shares = f"credit,area,points\nc1,safety,2.5\n{line}\n"

    assert complaint(tmp_path, shares=shares) == f"shares.csv: line 3: {expected}"


def test_shares_of_one_credit_are_added_up(tmp_path):
    shares = "credit,area,points\nc2,rest,3\nc2,safety,2\n"

    assert complaint(tmp_path, shares=shares).startswith("shares.csv: line 3: points: the shares of credit “c2” exceed")


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ("nonsense", "file: not TOML: "),
        (CREDITS, "line 1: not TOML: "),
        ("a = 1\x00", "line 1: not TOML: "),
        (b"title = 'caf\xe9'", "byte 13 is not UTF-8; save the file as UTF-8"),
        (REQUIREMENTS.replace("step =", "steps ="), 'steps: unknown key; did you mean "step"?; also '),
        (REQUIREMENTS.replace('"50%"', '"half"'), 'rule "college".maximum: "half" is a percentage without %; write'),
    ],
)
def test_requirements_that_cannot_be_meant_are_refused_in_one_line(tmp_path, requirements, expected):
    found = complaint(tmp_path, requirements=requirements)

    assert found.startswith(f"requirements.toml: {expected}")
    assert "\n" not in found


@pytest.mark.parametrize("missing", ["requirements.toml", "credits.csv", "shares.csv"])
def test_a_missing_file_is_named(tmp_path, missing):
    paths = written(tmp_path, shares=SHARES)
    (tmp_path / missing).unlink()

    with pytest.raises(BadInput) as caught:
        read_inputs(paths, **DAYS)

    assert str(caught.value) == f"{tmp_path / missing}: cannot be read: No such file or directory"


def test_what_never_ends_is_no_requirement(tmp_path):
    paths = written(tmp_path)

    with pytest.raises(BadInput, match=r"^/dev/zero: cannot be read: File too large$"):
        read_inputs(Paths(Path("/dev/zero"), paths.credits), **DAYS)


def test_a_folder_is_no_file(tmp_path):
    paths = written(tmp_path)

    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        read_inputs(Paths(tmp_path, paths.credits), **DAYS)
