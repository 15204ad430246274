"""The draw without a database: reproducible on any machine, and fair."""

import hashlib
from collections import Counter
from decimal import Decimal
from math import erf, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as some

from audits.rules import (
    Rates,
    Stratum,
    draw,
    length,
    number_digest,
    percent,
    rank,
    rate_of,
    sealed_seed,
    seed_digest,
    threshold,
)

MLS, MLT = Stratum("MLS(ASCP)", False, False), Stratum("MLT(ASCP)", False, False)
LATE, FOUND = MLS._replace(is_late=True), MLS._replace(has_findings=True)
rates = some.decimals(min_value=0, max_value=1, places=4)
populations = some.dictionaries(
    some.from_regex(r"\A20[0-9]{2}-[0-9]{8}\Z"), some.sampled_from([MLS, MLT, LATE, FOUND]), max_size=40
)


def numbered(count):
    return {f"2026-{place:08}": MLS for place in range(count)}


def test_rank_is_sha256_of_seed_colon_number():
    assert rank("cafe", "2026-00000012").hex() == hashlib.sha256(b"cafe:2026-00000012").hexdigest()


def test_a_list_that_was_drawn_once_and_for_all():
    """What this says on one machine it says on every other, and in ten years."""
    drawn = draw("cafe", numbered(40), Rates(Decimal("0.1")))

    assert drawn == ["2026-00000005", "2026-00000032", "2026-00000022", "2026-00000024"]


@pytest.mark.parametrize(
    ("population", "rate", "expected"),
    [(0, "0.05", 0), (1, "0.05", 1), (20, "0.05", 1), (21, "0.05", 2), (10_000, "0.0001", 1), (7, "0", 0), (7, "1", 7)],
)
def test_length_is_the_share_rounded_up(population, rate, expected):
    assert length(population, Decimal(rate)) == expected


@pytest.mark.parametrize(
    ("stratum", "expected"),
    [
        (MLT, "0.05"),
        (MLS, "0.1"),
        (LATE, "0.2"),
        (FOUND, "0.3"),
        (MLS._replace(is_late=True, has_findings=True), "0.3"),
        (MLT._replace(is_late=True), "0.2"),
    ],
)
def test_the_highest_rate_that_applies_holds(stratum, expected):
    published = Rates(Decimal("0.05"), {"MLS(ASCP)": Decimal("0.1")}, late=Decimal("0.2"), findings=Decimal("0.3"))

    assert published.of(stratum) == Decimal(expected)


def test_a_lower_rate_for_the_late_lowers_nothing():
    assert Rates(Decimal("0.1"), late=Decimal("0.01")).of(LATE) == Decimal("0.1")


@given(populations, rates, some.text(max_size=20))
def test_every_stratum_has_its_own_list(population, rate, seed):
    drawn = draw(seed, population, Rates(rate))

    sizes, lists = Counter(population.values()), Counter(population[number] for number in drawn)
    assert {one: lists[one] for one in sizes} == {one: length(size, rate) for one, size in sizes.items()}


@given(populations, rates, some.randoms())
def test_the_order_of_the_population_changes_nothing(population, rate, random):
    shuffled = list(population.items())
    random.shuffle(shuffled)

    assert draw("seed", dict(shuffled), Rates(rate)) == draw("seed", population, Rates(rate))


@given(populations, some.lists(rates, min_size=2, max_size=2))
def test_a_higher_rate_draws_the_same_and_more(population, pair):
    lower, higher = sorted(pair)

    assert set(draw("seed", population, Rates(lower))) <= set(draw("seed", population, Rates(higher)))


def p_of_chi_square(observed, expected):
    """By Wilson and Hilferty's cube root, good to a thousandth for as many degrees of freedom as here."""
    degrees = len(observed) - 1
    # A draw without putting back varies less than a die: by the share that is not drawn.
    found = sum((one - expected) ** 2 / expected for one in observed) / (1 - SHARE)
    normal = ((found / degrees) ** (1 / 3) - (1 - 2 / (9 * degrees))) / sqrt(2 / (9 * degrees))
    return (1 - erf(normal / sqrt(2))) / 2


DRAWS, PEOPLE, SHARE = 1_000, 200, 0.05


def counted(choose):
    """How often each of the people is chosen in a thousand draws."""
    seeds = [sealed_seed(str(place), secret="a secret") for place in range(DRAWS)]
    chosen = Counter(number for seed in seeds for number in choose(seed))
    return [chosen[number] for number in numbered(PEOPLE)]


@pytest.mark.parametrize(
    "choose",
    [
        pytest.param(lambda seed: draw(seed, numbered(PEOPLE), Rates(Decimal(str(SHARE)))), id="list"),
        pytest.param(
            lambda seed: [one for one in numbered(PEOPLE) if rank(seed, one) < threshold(Decimal(str(SHARE)))],
            id="rolling",
        ),
    ],
)
def test_a_thousand_draws_are_uniform(choose):
    p = p_of_chi_square(counted(choose), DRAWS * SHARE)

    assert 0.001 < p < 0.999


def test_a_draw_by_the_number_alone_would_be_found_out():
    """The same measure upon a draw that is none."""
    first = list(numbered(PEOPLE))[:10]

    assert p_of_chi_square(counted(lambda seed: first), DRAWS * SHARE) < 0.001


@pytest.mark.parametrize("rate", ["0", "0.0001", "0.05", "0.5", "0.9999", "1"])
def test_threshold_is_the_share_of_all_ranks(rate):
    lowest, highest = b"\x00" * 32, b"\xff" * 32
    edge = int(Decimal(rate) * 10_000) * 2**256 // 10_000

    assert (lowest < threshold(Decimal(rate)), highest < threshold(Decimal(rate))) == (rate != "0", rate == "1")
    if 0 < edge < 2**256:
        assert (edge - 1).to_bytes(32, "big") < threshold(Decimal(rate))
        assert not (edge + 1).to_bytes(32, "big") < threshold(Decimal(rate))


@pytest.mark.parametrize(("text", "rate"), [("5%", "0.05"), ("0.05", "0.05"), (" 12.5 % ", "0.125"), ("100%", "1")])
def test_rate_is_read_as_people_write_it(text, rate):
    assert rate_of(text) == Decimal(rate)


@pytest.mark.parametrize("text", ["", "%", "five", "101%", "-1%", "1.5", "0.005%", "nan", "inf", "1e400", "5%%"])
def test_what_is_no_rate_is_refused(text):
    with pytest.raises(ValueError, match="is not a rate"):
        rate_of(text)


@given(rates)
def test_percent_is_read_back(rate):
    assert rate_of(percent(rate)) == rate


def test_seed_needs_nonce_and_secret():
    seeds = {sealed_seed(nonce, secret=secret) for nonce in ("a", "b") for secret in ("c", "d")}

    assert len(seeds) == 4
    assert {len(seed) for seed in seeds} == {64}


def test_digests_are_sha256():
    assert seed_digest("cafe") == number_digest("cafe") == hashlib.sha256(b"cafe").hexdigest()
