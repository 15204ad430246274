"""All documents are linked, and no page links to a missing one."""

import re

import pytest
from django.conf import settings
from django.core.management import get_commands

from tests.documents.reading import DOCS, PAGES, ROOT, links_of, name_of
from tests.pictures import SHOWN, SHOWN_IN

# Its folders are decisions, linked as a whole, and pages that PAGES has.
INDEX = DOCS / "README.md"
OPERATING = DOCS / "operating.md"


def test_every_page_is_linked_from_the_index():
    assert {name_of(page) for page in set(PAGES) - links_of(INDEX) - {INDEX}} == set()


def test_the_index_leads_on_from_the_readme():
    assert INDEX in links_of(ROOT / "README.md")


@pytest.mark.parametrize("document", [*PAGES, *sorted((DOCS / "decisions").glob("*.md"))], ids=name_of)
def test_what_a_page_links_to_is_there(document):
    assert [to for to in links_of(document) if not to.exists()] == []


def test_pictures_are_those_that_are_taken_and_shown():
    shown = {to for page in PAGES for to in links_of(page) if to.suffix == ".png"}

    assert {path.name for path in SHOWN_IN.glob("*.png")} == SHOWN.keys() == {path.name for path in shown}


def test_pictures_are_small():
    assert [path.name for path in SHOWN_IN.glob("*.png") if path.stat().st_size > 80_000] == []


def test_every_command_has_its_line():
    """Ours: those of the apps in this folder."""
    ours = {name for name, app in get_commands().items() if (settings.BASE_DIR / app.replace(".", "/")).is_dir()}
    listed = re.findall(r"^\| `(\w+)` \|", _section("Commands"), re.MULTILINE)

    assert sorted(listed) == sorted(ours)


def _section(title):
    return OPERATING.read_text(encoding="utf-8").split(f"\n## {title}\n")[1].split("\n## ")[0]
