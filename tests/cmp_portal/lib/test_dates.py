from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.utils.formats import number_format
from django.utils.translation import override

from cmp_portal.lib.dates import longdate, longdate_sql, longmoment, shortdate


def test_longdate_is_a_day_in_words():
    assert longdate(date(2018, 6, 3)) == "3 June 2018"


def test_longdate_speaks_the_language_of_the_page():
    told = []
    for language in ("en", "fr", "en"):
        with override(language):
            told.append(longdate(date(2018, 6, 3)))

    assert told == ["3 June 2018", "3 juin 2018", "3 June 2018"]


def test_days_and_moments_are_written_as_spanish_writes_them():
    at = datetime(2026, 11, 30, 18, 5, tzinfo=UTC)

    with override("es"):
        told = [longdate(at.date()), shortdate(at.date()), longmoment(at)]

    assert told == ["30 de noviembre de 2026", "30 nov 2026", "30 de noviembre de 2026, 12:05 CST"]


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2028, 2, 29), date(2026, 11, 30)])
def test_the_database_writes_days_as_we_do(language, day):
    with override(language), connection.cursor() as cursor:
        cursor.execute(f"SELECT {longdate_sql('%s::date')}", [day] * longdate_sql("%s").count("%s"))

        assert cursor.fetchone()[0] == longdate(day)


def test_numbers_are_written_as_in_the_united_states():
    with override("es"):
        assert number_format(Decimal("1234.5"), force_grouping=True) == "1,234.5"
