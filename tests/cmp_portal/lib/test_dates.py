from datetime import date

from django.utils.translation import override

from cmp_portal.lib.dates import longdate


def test_longdate_is_a_day_in_words():
    assert longdate(date(2018, 6, 3)) == "3 June 2018"


def test_longdate_speaks_the_language_of_the_page():
    told = []
    for language in ("en", "fr", "en"):
        with override(language):
            told.append(longdate(date(2018, 6, 3)))

    assert told == ["3 June 2018", "3 juin 2018", "3 June 2018"]
