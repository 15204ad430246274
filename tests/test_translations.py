"""All user-visible text goes through gettext, in templates and in what fills them."""

import ast
import re
from pathlib import Path

from django.contrib import admin
from django.utils.functional import Promise

ROOT = Path(__file__).resolve().parents[1]
APPS = ("accounts", "credentials", "education", "declarations", "audits", "cmp_portal")
# Those whose strings end on a page.
MODULES = ("rules", "queries", "views", "forms", "actions", "permissions", "history", "calendars", "glossary")
GETTEXT = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext"}
# The portal's name, on the pages that are shown when nothing else works.
NAMES = {"· CMP Portal", "CMP Portal"}

TAGS = re.compile(
    r"{%\s*blocktranslate\b.*?endblocktranslate\s*%}|{% block bodyclass %}.*?{% endblock %}|{%.*?%}|{{.*?}}|{#.*?#}",
    re.DOTALL,
)
DRAWN = re.compile(r"<(script|style|svg)\b.*?</\1>", re.DOTALL)
READ_OUT = re.compile(r'\b(?:aria-label|alt|title|placeholder)="([^"]*[A-Za-z]{2}[^"]*)"')
ELEMENTS = re.compile(r"""<(?:[^<>"']|"[^"]*"|'[^']*')*>|[\w-]+="[^"]*\"""")
WORDS = re.compile(r"[^\s].*[A-Za-z]{2}.*")
SENTENCE = re.compile(r"[A-Z“{][^_]*[a-z]+ [a-z]")


def in_template(text):
    """What stands there as it is: text, and what a screen reader says."""
    text = DRAWN.sub(" ", TAGS.sub("", text))
    return [*READ_OUT.findall(text), *(found.strip() for found in WORDS.findall(ELEMENTS.sub(" ", text)))]


def in_module(text):
    """Strings that read like a sentence: neither translated, nor about the code."""
    tree = ast.parse(text)
    known = {id(part) for node in ast.walk(tree) for root in not_read(node) for part in ast.walk(root)}
    strings = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [node.value for node in strings if id(node) not in known and SENTENCE.match(node.value)]


def not_read(node):
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT:
        yield node
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node
    if isinstance(node, ast.Raise) and "Error" in ast.dump(node):
        yield node


def modules():
    for app in APPS:
        for name in MODULES:
            yield from [*(ROOT / app).glob(f"{name}.py"), *(ROOT / app / name).rglob("*.py")]


def test_templates_say_nothing_untranslated():
    found = {path.name: in_template(path.read_text()) for path in (ROOT / "templates").rglob("*.html")}

    assert {name: said for name, each in found.items() if (said := sorted(set(each) - NAMES))} == {}


def test_modules_say_nothing_untranslated():
    # What contradicts itself is told to operators, in English.
    paths = [path for path in modules() if path.name != "differences.py"]

    assert {str(path): said for path in paths if (said := in_module(path.read_text()))} == {}


def own_columns():
    """What the back office's lists call what is no field of the model."""
    for model, board in admin.site._registry.items():
        for name in board.list_display:
            if description := getattr(getattr(board, name, None), "short_description", None):
                yield f"{model.__name__}.{name}", description


def test_lists_of_the_back_office_name_their_columns_in_the_language_of_who_reads_them():
    assert [name for name, said in own_columns() if not isinstance(said, Promise)] == []


def test_what_is_untranslated_is_found():
    assert in_template('<p title="{% translate "Yes" %}">{% translate "A word" %}</p>') == []
    assert in_template('<p title="No way">Read this. {{ page }}</p>') == ["No way", "Read this."]
    assert in_module('"""A module of words."""\nsaid = _("Nothing is missing here.")') == []
    assert in_module('said = "Nothing is missing here."') == ["Nothing is missing here."]
