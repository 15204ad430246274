from datetime import timedelta

import pytest

from credentials.rules.claims import A_DAY, TRIES_A_DAY, TRIES_A_DAY_AT_A_CERTIFICATE, Said, is_the_person


def said(last_name="O'Brien-Núñez", birth_month=4):
    return Said("700101", last_name, birth_month)


@pytest.mark.parametrize("name", ["O'Brien-Núñez", "OBRIEN NUNEZ", "o’brien‐nunez", " O'Brien - Nunez "])
def test_name_fits_whatever_its_marks_case_and_spaces(name):
    assert is_the_person(said(name), last_name="O'Brien-Núñez", birth_month=4)


@pytest.mark.parametrize(
    ("last_name", "birth_month"),
    [("O'Brien", 4), ("Brien-Núñez", 4), ("O'Brien-Núñez", 5), ("O'Brien-Núñez", None), ("", 4)],
)
def test_anything_else_does_not_fit(last_name, birth_month):
    assert not is_the_person(said(), last_name=last_name, birth_month=birth_month)


def test_names_of_other_scripts_fit_themselves():
    assert is_the_person(said("山田"), last_name="山田", birth_month=4)
    assert not is_the_person(said("山本"), last_name="山田", birth_month=4)


def test_no_name_fits_a_record_without_one():
    assert not is_the_person(said("-"), last_name="", birth_month=4)


def test_there_are_five_tries_a_day_with_an_account_and_ten_at_a_certificate():
    limits = TRIES_A_DAY, TRIES_A_DAY_AT_A_CERTIFICATE, A_DAY

    assert limits == (5, 10, timedelta(days=1))
