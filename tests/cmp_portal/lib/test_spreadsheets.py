import pytest

from cmp_portal.lib.spreadsheets import csv_lines, safe, unsafe


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_cell_that_starts_a_formula_becomes_text(cell):
    assert safe(cell) == f"'{cell}"
    assert unsafe(safe(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Chemistry", "1.50", " =1", "a=b"])
def test_other_cells_stay(cell):
    assert (safe(cell), unsafe(cell)) == (cell, cell)


def test_an_apostrophe_of_the_text_stays():
    assert unsafe("'tis") == "'tis"


def test_lines_come_one_by_one_with_a_mark_of_their_encoding():
    assert list(csv_lines(["a", "b"], [["x,y", 'say "z"'], ["=1", ""]])) == [
        "\ufeffa,b\r\n",
        '"x,y","say ""z"""\r\n',
        "'=1,\r\n",
    ]
