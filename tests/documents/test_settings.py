"""docs/settings.md lists every setting with its default."""

import ast
import re

import pytest

from tests.documents.reading import DOCS, ROOT

PAGE = (DOCS / "settings.md").read_text(encoding="utf-8")
SOURCE = ast.parse((ROOT / "cmp_portal" / "settings.py").read_text(encoding="utf-8"))
ROWS = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]*)\|$", PAGE, re.MULTILINE)
TOLD = {name: default.strip() for name, _meaning, default in ROWS}
# Read before there are settings.
BEFORE = {"CMP_ENV"}
MIB, GIB = 1024**2, 1024**3


def readings():
    """Each `env.kind("NAME", default=…)`: the name, the kind, and the default where it has one."""
    for node in ast.walk(SOURCE):
        if isinstance(node, ast.Call) and (kind := re.fullmatch(r"env\.(\w+)", ast.unparse(node.func))) and node.args:
            defaults = [keyword.value for keyword in node.keywords if keyword.arg == "default"]
            yield node.args[0].value, kind[1], defaults[0] if defaults else None


READ = list(readings())
REQUIRED = {name for name, kind, _default in READ if kind == "required"}
# Where a default is made of other settings, the page says so in words.
WRITTEN_OUT = [
    (name, default)
    for name, _kind, default in READ
    if name not in REQUIRED and default and not any(isinstance(one, ast.Name) for one in ast.walk(default))
]


def in_words(default):
    value = eval(ast.unparse(default))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        whole = [f"{value // unit} {name}" for unit, name in ((GIB, "GiB"), (MIB, "MiB")) if value and not value % unit]
        return whole[0] if whole else f"{value:,}"
    return f"`{value}`" if value else ""


def test_every_setting_has_its_row():
    assert sorted(name for name, _meaning, _default in ROWS) == sorted(
        {name for name, _kind, _default in READ} | BEFORE
    )


@pytest.mark.parametrize(("name", "default"), WRITTEN_OUT, ids=[name for name, _default in WRITTEN_OUT])
def test_its_default_is_the_one_it_has(name, default):
    assert TOLD[name] == in_words(default)


def test_what_is_required_says_so():
    assert {name for name, default in TOLD.items() if default.startswith("required")} == REQUIRED


def test_most_defaults_are_compared():
    assert len(WRITTEN_OUT) > 80
