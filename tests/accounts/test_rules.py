import pytest

from accounts.rules import core_of, is_long, least_length


@pytest.mark.parametrize(("password", "long"), [(None, False), ("", False), ("x" * 14, False), ("x" * 15, True)])
def test_password_of_15_characters_may_stand_alone(password, long):
    assert is_long(password) is long


@pytest.mark.parametrize(("has_second_factor", "least"), [(False, 15), (True, 8)])
def test_length_depends_on_the_second_factor(has_second_factor, least):
    assert least_length(has_second_factor=has_second_factor) == least


@pytest.mark.parametrize(
    ("password", "core"),
    [
        ("Password-Password-2026", "password"),
        ("abcabcabc", "abc"),
        ("correct horse battery", "correcthorsebattery"),
        ("123456789012345", ""),
        ("Ж-Ж-Ж", "ж"),
    ],
)
def test_core_is_the_word_behind_the_password(password, core):
    assert core_of(password) == core
