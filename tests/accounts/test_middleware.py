"""Who needs a second factor, and in whose time zone a page is."""

import pytest
from django.urls import resolve, reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.middleware import HolderPlaceMiddleware, has_two_factors, needs_two_factors
from accounts.signing_in import TWO_FACTORS_ELSEWHERE
from tests.factories import CorrespondenceFactory, HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("staff", "holders"), [(True, False), (False, True)])
def test_staff_and_holders_need_a_second_factor_each_by_their_own_setting(settings, staff, holders):
    settings.STAFF_SECOND_FACTOR, settings.HOLDER_SECOND_FACTOR = staff, holders

    needs = [needs_two_factors(user) for user in (UserFactory(roles=[Role.REVIEWER]), HolderUserFactory())]

    assert needs == [staff, holders]


def test_two_factors_elsewhere_are_those_of_their_own_login(rf):
    user, other = UserFactory.create_batch(2)
    request = rf.get("/")
    request.session = {TWO_FACTORS_ELSEWHERE: user.pk}

    assert [has_two_factors(request, one) for one in (user, other)] == [True, False]


@pytest.mark.parametrize(
    ("name", "zone"), [("account:dashboard", "Asia/Tokyo"), ("admin:index", "America/Chicago")], ids=["own", "Board's"]
)
def test_the_back_office_keeps_the_boards_time_zone(rf, settings, name, zone):
    user = HolderUserFactory(roles=[Role.HOLDER, Role.REVIEWER])
    CorrespondenceFactory(holder=user.holder, time_zone="Asia/Tokyo")
    request = rf.get(reverse(name))
    request.user, request.resolver_match = user, resolve(reverse(name))
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "any"

    with timezone.override(None):
        HolderPlaceMiddleware(lambda _request: None).process_view(request, None, (), {})

        assert timezone.get_current_timezone_name() == zone
