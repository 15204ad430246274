"""The Spanish catalog, string by string: nothing missing, nothing obsolete, and the same placeholders as in English.

Failures name the string; `make words` updates locale/, and whoever adds a string adds its translation.
"""

import ast
import re
from collections import Counter
from gettext import GNUTranslations
from itertools import chain
from typing import NamedTuple

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

from tests.test_translations import APPS, GETTEXT, ROOT

FOLDER = ROOT / "locale" / "es" / "LC_MESSAGES"
LITERAL = r"u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
IN_TEMPLATES = re.compile(rf"(?<![a-z])(?:gettext|_)\({LITERAL}\)|ngettext\({LITERAL}, {LITERAL}, ")
VALUES = re.compile(r"%\(\w+\)[sd]|%\d\$s|%[sd]|{\w+}|</?[a-z][^>]*>")
FIELD = re.compile(r'^(msgctxt|msgid|msgid_plural|msgstr(?:\[\d\])?) (".*"(?:\n".*")*)', re.MULTILINE)


class Entry(NamedTuple):
    """A string in English, its plural if it has one, and what it is in Spanish."""

    said: str
    plural: str | None
    spanish: tuple[str, ...]
    is_guessed: bool
    context: str = ""


def strings_of_module(text):
    """What a module says in English, each with its plural."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in GETTEXT:
            said = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            said = said[1:] if node.func.id == "pgettext" else said
            if said:
                yield said[0], said[1] if len(said) > 1 else None


def strings_of_template(text):
    """What a template says in English, each with its plural."""
    for one, first, many in IN_TEMPLATES.findall(templatize(text)):
        yield ast.literal_eval(one or first), ast.literal_eval(many) if many else None


def strings_of_the_code():
    modules = chain.from_iterable((ROOT / app).rglob("*.py") for app in APPS)
    templates = (path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"})
    yield from chain.from_iterable(strings_of_module(path.read_text()) for path in modules)
    yield from chain.from_iterable(strings_of_template(path.read_text()) for path in templates)


def entries():
    for block in (FOLDER / "django.po").read_text().split("\n\n")[1:]:
        fields = {name: "".join(map(ast.literal_eval, text.split("\n"))) for name, text in FIELD.findall(block)}
        spanish = tuple(text for name, text in fields.items() if name.startswith("msgstr"))
        yield Entry(
            fields["msgid"],
            fields.get("msgid_plural"),
            spanish,
            "\n#, fuzzy" in f"\n{block}",
            fields.get("msgctxt", ""),
        )


@pytest.fixture(scope="module")
def written():
    return list(entries())


def test_every_string_of_the_code_has_its_entry(written):
    assert set(strings_of_the_code()) - {(entry.said, entry.plural) for entry in written} == set()


def test_no_entry_is_left_of_what_nobody_says(written):
    assert {(entry.said, entry.plural) for entry in written} - set(strings_of_the_code()) == set()


def test_every_entry_has_its_spanish(written):
    assert [entry.said for entry in written if not all(entry.spanish)] == []
    assert [entry.said for entry in written if len(entry.spanish) != (2 if entry.plural else 1)] == []


def test_no_entry_is_a_guess(written):
    assert [entry.said for entry in written if entry.is_guessed] == []


def test_values_and_tags_have_their_places(written):
    pairs = [(entry.plural or entry.said, text) for entry in written for text in entry.spanish]

    assert [text for english, text in pairs if Counter(VALUES.findall(english)) != Counter(VALUES.findall(text))] == []


def test_what_is_put_together_keeps_its_spaces(written):
    def edges(text):
        return re.match(r"\s*", text)[0], re.search(r"\s*$", text)[0]

    pairs = [(entry.said, text) for entry in written for text in entry.spanish]

    assert [text for english, text in pairs if edges(english) != edges(text)] == []


def test_questions_and_exclamations_are_opened(written):
    texts = [text for entry in written for text in entry.spanish]

    assert [text for text in texts if text.count("?") != text.count("¿") or text.count("!") != text.count("¡")] == []


def told(compiled, entry):
    return compiled.pgettext(entry.context, entry.said) if entry.context else compiled.gettext(entry.said)


def test_what_is_compiled_is_what_is_written(written):
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)

    for entry in written:
        numbers = (1, 2) if entry.plural else ()
        said = [compiled.ngettext(entry.said, entry.plural, number) for number in numbers]
        assert tuple(said or [told(compiled, entry)]) == entry.spanish
    assert len({key[0] if isinstance(key, tuple) else key for key in compiled._catalog} - {""}) == len(written)


def test_what_is_missing_is_found():
    module = '_("Yes")\nngettext("%(n)s day", "%(n)s days", n)\ngettext_noop("So" " long")\nprint("No")\n_(word)'
    template = (
        '{% translate "It’s (yours)" %} {{ word|default:_("None") }}'
        "{% blocktranslate count n=n %}a day{% plural %}{{ n }} days{% endblocktranslate %}"
    )

    assert list(strings_of_module(module)) == [("Yes", None), ("%(n)s day", "%(n)s days"), ("So long", None)]
    assert set(strings_of_template("{% load i18n %}" + template)) == {
        ("It’s (yours)", None),
        ("None", None),
        ("a day", "%(n)s days"),
    }


def test_the_portal_offers_it():
    assert [code for code, _name in settings.LANGUAGES] == ["en", "es"]
