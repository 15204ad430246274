import pytest

from cmp_portal.lib.changes import changes


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"total": "36.00"}, {"total": "36.00"}, []),
        ({"total": "36.00"}, {"total": "45.00"}, ["total: was 36.00, is 45.00"]),
        ({"window": {"starts_on": "a", "ends_on": "b"}}, {"window": {"starts_on": "a", "ends_on": "c"}},
         ["window ends_on: was b, is c"]),
        ({"note": ""}, {"note": "x"}, ["note: was nothing, is x"]),
        ({"note": None}, {}, []),
        ({}, {"note": "x"}, ["note: was nothing, is x"]),
        ({"kinds": ["a", "b"]}, {"kinds": ["b"]}, ["kinds: was a, b, is b"]),
        ({"one": {"rule": None, "points": "1.00"}}, {"one": "x"}, ["one: was 1.00, is x"]),
        ("1", "2", [": was 1, is 2"]),
    ],
)  # fmt: skip
def test_what_differs_is_told_place_by_place(before, after, told):
    assert list(changes(before, after)) == told


def test_rows_with_a_code_are_known_by_it():
    before = {"areas": [{"code": "a", "minimum": "1.00"}, {"code": "b", "minimum": "2.00"}]}
    after = {"areas": [{"code": "b", "minimum": "2.00"}, {"code": "a", "minimum": "3.00"}]}

    assert list(changes(before, after)) == [
        "areas a minimum: was 1.00, is 3.00",
        "areas in order: was a, b, is b, a",
    ]


def test_long_words_are_cut():
    [line] = changes({"text": "a" * 200}, {"text": "b"})

    assert line == f"text: was {'a' * 79}…, is b"
