"""`python -m faults`: what it says before it starts anything."""

from faults.__main__ import main


def test_unknown_case_is_told_before_anything_starts(capsys):
    code = main("F4", "F12", "--help")

    assert code == 2
    assert capsys.readouterr().err.startswith("no such case: F12, --help; cases: f1, f2, f3, ")
