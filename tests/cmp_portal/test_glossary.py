"""One page defines the terms, and other pages link to it."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.urls import reverse

from cmp_portal.glossary import TERMS

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
USES = re.compile(r'{% term "([^"]+)"')


def used():
    return [code for path in sorted(TEMPLATES.rglob("*.html")) for code in USES.findall(path.read_text())]


def test_page_has_every_word_once(client, db):
    page = client.get(reverse("glossary")).content.decode()

    assert re.findall(r'<div id="([^"]+)">', page) == list(TERMS)
    assert [str(term.name) for term in TERMS.values() if str(term.name) not in page] == []


def test_board_goes_by_the_name_it_is_given(client, db, settings):
    settings.BOARD_NAME = "Another Board"

    page = client.get(reverse("glossary")).content.decode()

    assert re.findall(r'<div id="board">\s*<dt>([^<]+)</dt>', page) == ["Another Board"]
    assert "Board of Certification" not in page


def test_what_pages_lead_to_is_there():
    assert set(used()) - set(TERMS) == set()


def test_no_word_is_a_link_in_two_templates():
    assert sorted(used()) == sorted(set(used()))


@pytest.mark.parametrize(
    ("tag", "shown"),
    [
        ('{% term "cycle" %}', '<a class="term" href="/glossary/#cycle">Cycle</a>'),
        ('{% term "cycle" "cycles" %}', '<a class="term" href="/glossary/#cycle">cycles</a>'),
    ],
)
def test_a_word_is_written_as_the_page_writes_it(tag, shown):
    assert Template("{% load glossary %}" + tag).render(Context()) == shown


def test_an_unknown_word_is_a_mistake():
    with pytest.raises(KeyError):
        Template('{% load glossary %}{% term "no-such" %}').render(Context())
