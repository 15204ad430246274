import re

import pytest
from django.urls import reverse

from cmp_portal.templatetags.portal import SETTINGS
from tests.access.world import signed_in
from tests.factories import HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db
LISTS = re.compile(r'<ul class="nav-list">(.*?)</ul>', re.DOTALL)
LINK = re.compile(r'<a class="nav-link"\s+href="([^"]+)"\s*(aria-current="page")?\s*>')


@pytest.fixture
def links(client, now, settings):
    """What the settings lead to on a page, with whether one is there: beside it, and folded away on a phone."""

    def read(user, path):
        client.cookies[settings.SESSION_COOKIE_NAME] = signed_in(user)
        lists = LISTS.findall(client.get(path).content.decode())
        return [[(url, bool(here)) for url, here in LINK.findall(one)] for one in lists if reverse("mfa_index") in one]

    return read


@pytest.mark.parametrize("page", SETTINGS, ids=lambda page: page.name)
def test_each_page_of_the_settings_is_the_one_one_is_at(links, page):
    expected = [(one.url, one is page) for one in SETTINGS]

    assert links(HolderUserFactory(), page.url) == [expected, expected]


@pytest.mark.parametrize(
    ("path", "at"), [("/account/record/change/name/", "accounts:record"), ("/account/2fa/totp/activate/", "mfa_index")]
)
def test_what_belongs_to_a_page_is_at_it_too(links, path, at):
    found = links(HolderUserFactory(), path)

    assert [[url for url, is_here in one if is_here] for one in found] == [[reverse(at)]] * 2


def test_who_is_no_holder_has_fewer(links):
    expected = [(one.url, one.name == "mfa_index") for one in SETTINGS if not one.is_for_holders]

    assert links(UserFactory(), reverse("mfa_index")) == [expected, expected]
