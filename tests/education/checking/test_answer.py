import pytest

from education.checking import answer, as_json
from tests.education.checking.files import CREDITS, REQUIREMENTS, SHARES, inputs


def found(folder, **changes):
    return as_json(answer(inputs(folder, **changes)))


def test_the_object_has_exactly_the_promised_keys(tmp_path):
    result = found(tmp_path, shares=SHARES)

    assert list(result) == [
        "complete", "window", "total", "areas", "rules", "credits", "shares", "shortfall", "proof",
    ]  # fmt: skip
    assert list(result["total"]) == ["needed", "counted", "missing"]
    assert list(result["areas"][0]) == ["code", "needed", "counted", "missing"]
    assert list(result["rules"][0]) == ["code", "per", "minimum", "maximum", "periods"]
    assert list(result["rules"][0]["periods"][0]) == ["of", "counted", "missing", "holds"]
    assert list(result["credits"][0]) == ["id", "points", "counted", "reason", "rule", "sentence"]
    assert list(result["shares"][0]) == ["credit", "area", "points"]


def test_sums_are_strings_of_two_decimals(tmp_path):
    result = found(tmp_path, shares=SHARES)

    assert result["complete"] is True
    assert result["window"] == {"starts_on": "2023-01-01", "ends_on": "2025-12-31"}
    assert result["total"] == {"needed": "6.00", "counted": "7.00", "missing": "0.00"}
    assert result["areas"] == [
        {"code": "safety", "needed": "2.00", "counted": "2.50", "missing": "0.00"},
        {"code": "rest", "needed": "0.00", "counted": "4.50", "missing": "0.00"},
    ]
    assert (result["shortfall"], result["proof"]) == ("0.00", "Nothing is missing: every requirement is met.")


def test_a_rule_says_what_it_finds_in_each_period(tmp_path):
    college, yearly, each = found(tmp_path, shares="credit,area,points\nc1,safety,2.5\nc3,rest,2\n")["rules"]

    assert (college["minimum"], college["maximum"], yearly["minimum"], yearly["maximum"]) == (
        None, "3.00", "1.00", None,
    )  # fmt: skip
    assert college["periods"] == [
        {"of": "2023-01-01/2025-12-31", "counted": "0.00", "missing": "0.00", "holds": True}
    ]  # fmt: skip
    assert yearly["periods"] == [
        {"of": "2023-01-01/2023-12-31", "counted": "2.50", "missing": "0.00", "holds": True},
        {"of": "2024-01-01/2024-12-31", "counted": "0.00", "missing": "1.00", "holds": False},
        {"of": "2025-01-01/2025-12-31", "counted": "1.50", "missing": "0.00", "holds": True},
    ]
    assert (each["per"], each["periods"]) == (
        "item", [{"of": "c3", "counted": "1.50", "missing": "0.00", "holds": True}],
    )  # fmt: skip


def test_a_credit_says_what_became_of_it(tmp_path):
    first, college, article = found(tmp_path, shares=SHARES)["credits"]

    assert (first["id"], first["reason"], first["rule"]) == ("c1", "counted", None)
    assert college == {
        "id": "c2",
        "points": "4.00",
        "counted": "3.00",
        "reason": "over_limit",
        "rule": "college",
        "sentence": "3.00 counted in Anything. 1.00 not counted: College courses (at most 3.00).",
    }
    assert (article["counted"], article["reason"], article["rule"]) == ("1.50", "over_limit", "each")


def test_shares_are_merged_and_empty_ones_left_out(tmp_path):
    result = found(tmp_path, shares=SHARES)

    assert result["shares"] == [
        {"credit": "c1", "area": "safety", "points": "2.50"},
        {"credit": "c2", "area": "rest", "points": "4.00"},
        {"credit": "c3", "area": "rest", "points": "2.00"},
    ]


def test_without_shares_everything_is_still_to_be_allocated(tmp_path):
    result = found(tmp_path)

    assert (result["complete"], result["shares"]) == (False, [])
    assert [credit["reason"] for credit in result["credits"]] == ["not_allocated"] * 3
    assert (result["shortfall"], result["proof"]) == (
        "11.00", "You still need 6.00 points: 2.00 in safety, 4.00 in any area, among them 3.00 for “Each year”.",
    )  # fmt: skip


def test_years_that_are_over_can_no_longer_be_made_up(tmp_path):
    result = found(tmp_path, on="2024-06-30", shares="credit,area,points\nc2,rest,4\n")

    assert result["proof"].endswith("1.00 for “Each year” in the year ending 2023-12-31 can no longer be made up.")


def test_the_order_of_lines_does_not_matter(tmp_path):
    def backwards(text):
        head, *lines = text.splitlines()
        return "\n".join([head, *reversed(lines)])

    plain = found(tmp_path, shares=SHARES)

    assert found(tmp_path, credits=backwards(CREDITS), shares=backwards(SHARES)) == plain


@pytest.mark.parametrize(("starts", "ends"), [("9997-01-01", "9999-12-31"), ("9998-06-15", "9999-12-31")])
def test_yearly_rules_reach_the_last_day_of_the_calendar(tmp_path, starts, ends):
    yearly = found(tmp_path, starts=starts, ends=ends)["rules"][1]

    assert yearly["periods"][-1]["of"].endswith("/9999-12-31")


def test_limits_in_finer_words_have_two_decimals_too(tmp_path):
    requirements = REQUIREMENTS.replace('step = "0.25"', 'step = "1"').replace('maximum = "1.5"', 'maximum = "1"')

    result = found(tmp_path, requirements=requirements)

    assert [(rule["minimum"], rule["maximum"]) for rule in result["rules"]] == [
        (None, "3.00"), ("1.00", None), (None, "1.00"),
    ]  # fmt: skip


# --- Suggesting -------------------------------------------------------------------------------------------------------


def suggested(folder, **changes):
    return as_json(answer(inputs(folder, **changes), suggesting=True))


def test_a_suggestion_allocates_what_is_needed(tmp_path):
    result = suggested(tmp_path)

    assert (result["complete"], result["shortfall"]) == (True, "0.00")
    assert sum(float(share["points"]) for share in result["shares"]) == 6.0
    assert result["proof"] == "Nothing is missing: every requirement is met."


def test_pinned_shares_are_in_the_suggestion(tmp_path):
    result = suggested(tmp_path, shares="credit,area,points\nc1,rest,1\nc1,rest,0.5\n")

    assert {"credit": "c1", "area": "rest", "points": "1.50"} in result["shares"]
    assert (result["complete"], result["areas"][0]["missing"]) == (False, "1.00")


def test_a_suggestion_proves_what_is_missing(tmp_path):
    result = suggested(tmp_path, credits="\n".join(line for line in CREDITS.splitlines() if "safety" not in line))

    assert result["proof"].startswith("You still need 2.00 points: 2.00 in safety")
    assert "Safety needs 2.00; nothing can count." in result["proof"]


def test_a_suggestion_does_not_depend_on_the_order_of_lines(tmp_path):
    head, *lines = CREDITS.splitlines()

    assert suggested(tmp_path, credits="\n".join([head, *reversed(lines)])) == suggested(tmp_path)
