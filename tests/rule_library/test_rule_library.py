"""Schemes of other boards in the same format: the model is general, and each file does what its scheme says."""

import re
from decimal import Decimal

import pytest

from education.rules import evaluate, suggest
from tests.rule_library import education, limits
from tests.rule_library.examples import LIBRARY, WINDOW, Example, each, library, missing, over

EXAMPLES = [*education.EXAMPLES, *limits.EXAMPLES]
SCHEMES = {
    "pmi-pmp": "60.00",
    "isc2-cissp": "120.00",
    "isaca-cisa": "120.00",
    "nremt-emt": "40.00",
    "nbcot": "36.00",
    "arrt": "24.00",
    "amt-mt": "45.00",
}


@each(EXAMPLES)
def test_an_allocation_counts_as_the_scheme_says(example: Example):
    standing = evaluate(example.requirements, example.facts(), example.allocation(), WINDOW)

    assert (str(standing.total.counted), missing(standing)) == (example.counted, example.missing)
    assert over(standing) == example.over


@each(EXAMPLES)
def test_the_best_allocation_leaves_only_what_cannot_be_mended(example: Example):
    found = suggest(example.requirements, example.facts(), [], WINDOW)

    assert (missing(found.standing), found.proven) == (example.best, True)


@each(EXAMPLES)
def test_the_best_allocation_is_within_every_limit(example: Example):
    found = suggest(example.requirements, example.facts(), [], WINDOW)

    assert over(found.standing) == {}
    assert all(area.maximum is None or area.counted <= area.maximum for area in found.standing.areas)


@pytest.mark.parametrize(("scheme", "total"), SCHEMES.items())
def test_each_scheme_asks_for_its_total_and_is_marked_unverified(scheme, total):
    requirements = library(scheme)

    assert (requirements.total, requirements.verified) == (Decimal(total), False)
    assert requirements.note.strip()


def test_every_file_is_a_scheme_with_examples():
    files = {file.stem for file in LIBRARY.glob("*.toml")}

    assert files == set(SCHEMES) == {example.scheme for example in EXAMPLES}


def test_the_topics_of_an_emt_add_up_to_twenty():
    areas = {area.code: area.minimum for area in library("nremt-emt").areas}

    assert sum(areas.values()) - areas["local"] - areas["individual"] == 20
    assert sum(areas.values()) == 40


def test_the_readme_tells_of_every_scheme():
    named = re.findall(r"^\| \[.*?\]\((.+?)\.toml\)", (LIBRARY / "README.md").read_text(), re.MULTILINE)

    assert set(named) == set(SCHEMES)
