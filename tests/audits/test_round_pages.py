"""The public page of a round; the published program reproduces the published draw."""

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

from audits import actions, rules
from audits.models import Entry
from audits.queries import script
from tests.audits.lots import ALL, CUTOFF, DAY, DRAWN, drawn_numbers, of_kind, opened, received
from tests.factories import RoundFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(client):
    return lambda name, *args: client.get(reverse(f"audits:{name}", args=args))


def text_of(answer):
    return b"".join(answer.streaming_content).decode()


def test_a_round_that_is_open_shows_its_promise_alone(visit):
    round = opened(Decimal("0.05"), late=Decimal("0.125"), findings=ALL)

    page = visit("round", round.pk).content.decode()

    assert all(text in page for text in (round.seed_sha256, "5%", "12.5%", "100%", "17 February 2026, 12:00:00 CST"))
    assert visit("population", round.pk).status_code == 404
    assert "population.csv" not in page


def test_a_drawn_round_shows_its_seed_and_its_lists(visit):
    received(5)
    round = actions.draw(round=opened(Decimal("0.25")), at=DRAWN)

    page = visit("round", round.pk).content.decode()

    assert round.seed in page
    assert "2 of 5 declarations" in page


def test_all_rounds_are_listed(visit):
    RoundFactory(), RoundFactory(drawn=True), RoundFactory(is_rolling=True)

    page = visit("rounds").content.decode()

    assert [page.count(state) for state in ("Audit round ", "Drawn", "Open, selecting at submission")] == [3, 1, 1]


@pytest.mark.parametrize("number", [1, 3])
def test_a_round_asks_the_same_number_of_questions(visit, django_assert_num_queries, number):
    received(number)
    round = actions.draw(round=opened(), at=DRAWN)

    with django_assert_num_queries(4):
        visit("round", round.pk)


def test_no_number_is_published(visit):
    declarations = received(4)
    round = actions.draw(round=opened(Decimal("0.5")), at=DRAWN)

    published = text_of(visit("population", round.pk)) + visit("round", round.pk).content.decode()

    assert [one.number for one in declarations if one.number in published] == []
    assert [one.number for one in declarations if rules.number_digest(one.number) not in published] == []


def test_nothing_is_published_of_a_round_that_is_not(visit):
    assert {visit(name, 999_999).status_code for name in ("round", "population")} == {404}


# --- The draw repeated ------------------------------------------------------------------------------------------------


@pytest.fixture
def repeated(visit, tmp_path):
    """Runs the published program, as it is sent, upon the published file, as it is sent."""

    def run(round, *arguments):
        program, file = tmp_path / "repeat_draw.py", tmp_path / "population.csv"
        program.write_bytes(visit("repeat").content)
        file.write_text(text_of(visit("population", round.pk)), encoding="utf-8")
        ran = [sys.executable, "-I", str(program), str(file), *arguments]
        return subprocess.run(ran, capture_output=True, text=True, check=True).stdout.split("\n")[:-1]

    return run


def of_two_kinds():
    """Some late and some not, so that there are two lists."""
    received(9)
    for _one in range(4):
        received(cycle=of_kind(starts_on=(DRAWN - 900 * DAY).date(), ends_on=(DRAWN - DAY).date()))


def digests(numbers, seed):
    return [rules.number_digest(one) for one in sorted(numbers, key=lambda one: rules.rank(seed, one))]


def test_the_published_program_draws_the_same_list(repeated):
    of_two_kinds()
    round = actions.draw(round=opened(Decimal("0.25"), late=Decimal("0.5")), at=DRAWN)

    drawn = drawn_numbers(round)

    assert len(drawn) >= 3
    assert repeated(round) == digests(drawn, round.seed)


def test_the_published_program_repeats_a_rolling_round(repeated):
    received(12)
    round = actions.draw(round=opened(Decimal("0.5"), is_rolling=True), at=DRAWN)

    drawn = drawn_numbers(round)

    assert 0 < len(drawn) < 12
    assert repeated(round, "--rolling") == digests(drawn, round.seed)


HEAD = "stratum,rate,number_sha256,rank_sha256,drawn\n"
DIGEST = "0" * 64
UNUSABLE = {
    "not there": (None, [], "can't be read: No such file or directory"),
    "another file": (b"number,name\n1,Ann\n", [], "has no column stratum, rate, number_sha256, rank_sha256"),
    "nothing": (b"", [], "has no column stratum"),
    "not text": (b"\x89PNG\r\n\xff", [], "is not the population of a round: 'utf-8' codec"),
    "no rate": (f"{HEAD}1,high,{DIGEST},{DIGEST},\n".encode(), [], "Invalid literal for Fraction: 'high'"),
    "no digest": (f"{HEAD}1,1/2,{DIGEST},abc,\n".encode(), ["--rolling"], "line 2: number_sha256 or rank_sha256 is"),
    "cut off": (f"{HEAD}1,1/2".encode(), [], "line 2: number_sha256 or rank_sha256 is not a SHA-256"),
    "no seed": (HEAD.encode(), ["--number", "2026-00000012"], "--seed and --number go together"),
}


@pytest.mark.parametrize(("content", "arguments", "said"), UNUSABLE.values(), ids=UNUSABLE)
def test_the_published_program_refuses_another_file(tmp_path, content, arguments, said):
    file = tmp_path / "population.csv"
    if content is not None:
        file.write_bytes(content)

    ran = subprocess.run(
        [sys.executable, "-I", str(Path(settings.BASE_DIR) / "audits" / "repeat_draw.py"), str(file), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert said in ran.stderr


def test_a_holder_finds_where_their_own_declaration_stands(repeated):
    received(6)
    (later,) = received(at=CUTOFF + DAY)
    round = actions.draw(round=opened(Decimal("0.5")), at=DRAWN)

    said = {
        one.declaration.number: (
            one.is_drawn,
            repeated(round, "--seed", round.seed, "--number", one.declaration.number),
        )
        for one in Entry.objects.select_related("declaration")
    }

    assert {told == ["drawn" if is_drawn else "not drawn"] for is_drawn, told in said.values()} == {True}
    for number in (later.number, ""):
        assert repeated(round, "--seed", round.seed, "--number", number) == ["not in this population"]


def test_the_published_file_says_who_was_drawn(visit):
    received(6)
    round = actions.draw(round=opened(Decimal("0.5")), at=DRAWN)

    lines = [line.split(",") for line in text_of(visit("population", round.pk)).splitlines()]

    assert lines[0] == ["\ufeffstratum", "rate", "number_sha256", "rank_sha256", "drawn"]
    assert [line[4] for line in lines[1:]] == ["yes"] * 3 + ["no"] * 3


def test_the_page_and_the_documentation_have_the_very_program(visit):
    received(1)
    round = actions.draw(round=opened(), at=DRAWN)

    assert escape(script()) in visit("round", round.pk).content.decode()
    assert script() in (Path(settings.BASE_DIR) / "docs" / "audit-rounds.md").read_text(encoding="utf-8")
