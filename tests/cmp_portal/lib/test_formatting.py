from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import translation

from cmp_portal.lib.formatting import (
    device,
    largest_document,
    points_text,
    points_words,
    points_words_sql,
    size_text,
    span_words,
    spoken,
    years_words_sql,
)


@pytest.mark.parametrize(("points", "text"), [("4.50", "4.5"), ("36.00", "36"), ("0.00", "0"), ("100", "100")])
def test_points_text_has_no_needless_zeros(points, text):
    assert points_text(Decimal(points)) == text


@pytest.mark.parametrize(
    ("points", "words"),
    [(Decimal("1.00"), "1 point"), (Decimal("1.25"), "1.25 points"), ("0", "0 points"), ("1", "1 point")],
)
def test_points_words_know_the_singular(points, words):
    assert points_words(points) == words


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("points", ["0.25", "1.00", "1", "1.50", "4.50", "10.00", "1234.00"])
def test_database_says_points_alike(db, language, points):
    with translation.override(language), connection.cursor() as cursor:
        cursor.execute(f"SELECT {points_words_sql(points)}")

        assert cursor.fetchone() == (points_words(Decimal(points)),)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.26, "0.3 s"),
        (1, "1 s"),
        (119, "119 s"),
        (60, "1 min"),
        (7199, "119 min"),
        (3600, "1 h"),
        (7200, "2 h"),
        (86_400, "1 d"),
    ],
)
def test_a_span_is_told_in_the_largest_unit_of_which_there_are_two(seconds, words):
    assert span_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
            "Chrome, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8.5", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_device_is_named_by_browser_and_system(user_agent, words):
    assert device(user_agent) == words


def test_spoken_words_are_put_together_once_for_each_language():
    asked = []

    @spoken
    def greeting(name):
        asked.append(name)
        return f"{translation.get_language()}: {name}"

    said = []
    for language in ("en", "es", "en"):
        with translation.override(language):
            said.append(greeting("Ada"))

    assert (said, asked) == (["en: Ada", "es: Ada", "en: Ada"], ["Ada", "Ada"])


@pytest.mark.parametrize(
    ("size", "text"),
    [(20 * 1024**2, "20\xa0MB"), (512 * 1024, "512\xa0KB"), (1536 * 1024, "1.5\xa0MB"), (1024**3, "1\xa0GB")],
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_sizes_have_no_needless_decimals(language, size, text, settings):
    settings.EVIDENCE_MAX_BYTES = size

    with translation.override(language):
        assert (size_text(size), str(largest_document)) == (text, text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "years", "words"),
    [("en", 1, "1 year"), ("en", 3, "3 years"), ("es", 1, "1 año"), ("es", 3, "3 años")],
)
def test_the_database_writes_years_as_we_do(language, years, words):
    with translation.override(language), connection.cursor() as cursor:
        cursor.execute(f"SELECT {years_words_sql('y.n')} FROM (SELECT %s::int AS n) y", [years])

        assert cursor.fetchone()[0] == words
