from zoneinfo import available_timezones

import pytest

from cmp_portal.lib import locales


def test_every_zone_to_choose_from_exists():
    assert locales.ZONES.keys() - available_timezones() == set()


@pytest.mark.parametrize(
    ("wish", "zone"),
    [
        ("Pacific/Honolulu", "Pacific/Honolulu"),
        ("", "America/Chicago"),
        ("Atlantis/Capital", "America/Chicago"),
        ("../etc/passwd", "America/Chicago"),
    ],
)
def test_a_zone_that_does_not_exist_is_the_boards(wish, zone):
    assert locales.zone_of(wish).key == zone


@pytest.mark.parametrize(("wish", "language"), [("es", "es"), ("", "en"), ("tlh", "en")])
def test_a_language_not_spoken_here_is_the_sites(settings, wish, language):
    settings.LANGUAGES = [("en", "English"), ("es", "Español")]

    assert locales.language_of(wish) == language
