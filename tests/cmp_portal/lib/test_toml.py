import tomllib

import pytest

from cmp_portal.lib.toml import NotToml, parse

CURLY = {
    "both": ("a = 1\nb = “36”", ("line 2", "“")),
    "single": ("b = ‘36’", ("line 1", "‘")),
    "the second one": ('b = "36”\nc = 1', ("line 1", "”")),
    "the second one, at the end": ('a = 1\nb = "36”\n', ("line 2", "”")),
    "in a list": ('b = ["x”, "y"]', ("line 1", "”")),
    "around a key": ("“b” = 1", ("line 1", "“")),
}
OTHER = {
    "in a string": ('b = "the “best”" z', "line 1"),
    "in a comment": ("b = = # the Board’s", "line 1"),
    "on another line": ('a = "“x”"\nb = = ', "line 2"),
    "no line is named": ("a = " + "[" * 5000, "file"),
    "no end": ("a = 1\nb", "file"),
}


@pytest.mark.parametrize(("text", "found"), CURLY.values(), ids=CURLY)
def test_a_curly_quote_is_named_with_its_line(text, found):
    with pytest.raises(NotToml) as refusal:
        parse(text)

    place, quote = found
    assert (refusal.value.place, str(refusal.value)) == (
        place,
        f'{quote} is a curly quote; replace it with a straight one: "',
    )


@pytest.mark.parametrize(("text", "place"), OTHER.values(), ids=OTHER)
def test_curly_quotes_elsewhere_are_not_blamed(text, place):
    with pytest.raises(NotToml, match="not TOML") as refusal:
        parse(text)

    assert refusal.value.place == place


def test_curly_quotes_within_straight_ones_stay():
    assert parse('a = "the “best”" # the Board’s') == {"a": "the “best”"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a = "x\nb = 1', "a quote is never closed; add the closing one"),
        ("[area]\na = 1\n[area]\na = 2", "there are several [area]; write each as [[area]]"),
        ("a = 1\na = 2", "the key is there twice; keep one"),
        ("a = 2030-13-01", "2030-13-01 is not a date; write it as 2026-01-31, without quotes"),
        ("a = 2030-02-30", "2030-02-30 is not a date; write it as 2026-01-31, without quotes"),
        ("a = 1/31/2030", "1/31/2030 is not a date; write it as 2026-01-31, without quotes"),
        ("a = 36 points", "something follows the value; put text in quotes, and each key on its own line"),
        ("a = yes", "the value is missing or can't be read; put text in quotes"),
        ("a b = 1", 'a key without a value; write it as key = "value"'),
        ("= 1", 'no key starts like this; write key = "value", or # before a comment'),
        ("[[area]\n", "a heading is never closed; add ]]"),
        ("a = {b = 1", "a brace is never closed; add }"),
        ('a = "C:\\dir"', "a backslash is in quotes; write it twice"),
        ("a = " + "9" * 5000, "a number is too long; shorten it"),
        ("a = " + "[" * 5000, "lists are nested too deeply"),
        ('a = "\\ud800"', "fix the syntax there (Escaped character is not a Unicode scalar value)"),
    ],
    ids=[
        "open quote",
        "one bracket",
        "a key twice",
        "no such month",
        "no such day",
        "another order",
        "text without quotes",
        "a word without quotes",
        "two words for a key",
        "no key",
        "half a heading",
        "half a table",
        "a backslash",
        "a long number",
        "deep",
        "anything else",
    ],
)
def test_mistakes_are_told_in_our_own_words(text, said):
    with pytest.raises(NotToml) as refusal:
        parse(text)

    assert str(refusal.value) == f"not TOML: {said}"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RecursionError("Arrays are nested more than 1000 levels"), "lists are nested too deeply"),
        (ValueError("Too many digits"), "a number is too long; shorten it"),
        (tomllib.TOMLDecodeError("No such thing (at line 1, column 3)"), "fix the syntax there (No such thing)"),
    ],
    ids=["depth", "digits", "syntax"],
)
def test_another_version_of_the_parser_may_use_other_words(monkeypatch, error, said):
    def fail(_text):
        raise error

    monkeypatch.setattr(tomllib, "loads", fail)

    with pytest.raises(NotToml) as refusal:
        parse("a = 1")

    assert str(refusal.value) == f"not TOML: {said}"
