from zoneinfo import available_timezones

import pytest

from cmp_portal.lib import locales


def test_every_zone_to_choose_from_exists():
    assert locales.ZONES.keys() - available_timezones() == set()


@pytest.mark.parametrize(
    ("preferred", "zone"),
    [
        ("Pacific/Honolulu", "Pacific/Honolulu"),
        ("", "America/Chicago"),
        ("Atlantis/Capital", "America/Chicago"),
        ("../etc/passwd", "America/Chicago"),
    ],
)
def test_a_zone_that_does_not_exist_is_the_boards(preferred, zone):
    assert locales.zone_of(preferred).key == zone


@pytest.mark.parametrize(("preferred", "language"), [("es", "es"), ("", "en"), ("tlh", "en")])
def test_a_language_not_spoken_here_is_the_sites(settings, preferred, language):
    settings.LANGUAGES = [("en", "English"), ("es", "Español")]

    assert locales.language_of(preferred) == language
