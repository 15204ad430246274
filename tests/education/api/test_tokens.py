from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from education.actions.tokens import TokenRefused, make_token, revoke_token, rotate_token, token_of
from education.enums import ApiScope
from education.models import ApiToken
from tests.education.api.system import System
from tests.factories import ApiTokenFactory, HolderUserFactory, UserFactory
from tests.factories.api import SECRET
from tests.fixtures import NOON


@pytest.fixture
def made(provider, now):
    return make_token(provider=provider, name="Learning platform", scopes=[ApiScope.READ], by=None, at=now)


def test_made_token_is_good(made):
    assert System(made.secret).get("completions").status_code == 200


def test_secret_is_in_no_column(made):
    token = ApiToken.objects.filter(pk=made.token.pk).values().get()

    assert [name for name, value in token.items() if made.secret in str(value)] == []
    assert (len(made.secret), made.secret.startswith(made.token.prefix)) == (47, True)


def test_secret_is_in_no_log(system, log_lines):
    system.deliver()
    System("cmp_wrong-secret").get("completions")

    assert [line for line in log_lines() if SECRET in str(line) or "wrong-secret" in str(line)] == []


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", f"Basic {SECRET}", SECRET, "Bearer cmp_wrong", f"Bearer {SECRET}x"]
)
def test_without_a_good_token_nothing_is_told(system, authorization):
    answer = system.ask("GET", "completions", Authorization=authorization)

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="providers"')


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        (ApiScope.WRITE, [422, 403, 403, 403]),
        (ApiScope.READ, [403, 200, 404, 403]),
        (ApiScope.CHECK, [403, 403, 403, 200]),
    ],
)
def test_token_is_good_for_its_scopes_alone(provider, scope, allowed):
    token, system = ApiTokenFactory(provider=provider, secret=SECRET, scopes=[ApiScope.WRITE]), System()
    system.deliver(key="used")
    ApiToken.objects.filter(pk=token.pk).update(scopes=[scope])

    answers = [
        system.deliver({"points": "9"}, key="used"),
        system.get("completions"),
        system.get("receipts/00000000-0000-0000-0000-000000000000"),
        system.ask("POST", "holders/check", {"customer_number": "100", "last_name": "Nobody"}),
    ]

    assert [answer.status_code for answer in answers] == allowed


def test_rotated_token_is_good_for_a_while(made, now, settings):
    new = rotate_token(token=made.token, by=None, at=now)
    grace = timedelta(hours=settings.API_TOKEN_GRACE_HOURS)

    good = [token_of(made.secret, at=now + wait) is not None for wait in (timedelta(0), grace)]
    assert (good, token_of(new.secret, at=now + grace)) == ([True, False], new.token)
    assert (new.token.replaces, new.token.scopes) == (made.token, [ApiScope.READ])


def test_token_is_rotated_once(made, now):
    rotate_token(token=made.token, by=None, at=now)

    with pytest.raises(TokenRefused):
        rotate_token(token=made.token, by=None, at=now)


@pytest.mark.django_db(transaction=True)
def test_of_two_rotations_at_once_only_one_is_the_first(provider, now, in_thread, until_blocked):
    token = make_token(provider=provider, name="Platform", scopes=[ApiScope.READ], by=None, at=now).token
    with transaction.atomic():
        rotate_token(token=token, by=None, at=now)
        other = in_thread(lambda: rotate_token(token=token, by=None, at=now))
        until_blocked()

    assert isinstance(other.exception(), TokenRefused)


def test_revoked_token_is_good_for_nothing(made, now):
    by = UserFactory()

    revoke_token(token=made.token, by=by, at=now)
    token = revoke_token(token=made.token, by=None, at=now + timedelta(days=1))

    assert (System(made.secret).get("completions").status_code, token.revoked_by, token.revoked_at) == (401, by, now)


def test_last_use_is_noted_once_a_minute(system, token, django_assert_num_queries):
    system.get("completions")
    with django_assert_num_queries(2):
        system.get("completions")
    with time_machine.travel(NOON + timedelta(seconds=61), tick=False):
        system.get("completions")

    token.refresh_from_db()
    assert token.last_used_at == NOON + timedelta(seconds=61)


def test_use_leaves_no_history(system, token):
    system.get("completions")

    assert list(ApiToken.pgh_event_model.objects.values_list("pgh_label", flat=True)) == ["insert"]


def test_token_asks_as_often_as_it_may(system, token):
    ApiToken.objects.update(per_minute=2)

    with time_machine.travel(NOON):
        answers = [system.get("completions") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2]["Retry-After"], answers[2]["Content-Type"]) == ("60", "application/problem+json")


def test_limit_is_over_after_a_minute(system):
    ApiToken.objects.update(per_minute=1)
    system.get("completions")

    with time_machine.travel(NOON + timedelta(seconds=60), tick=False):
        assert system.get("completions").status_code == 200


# --- Sessions are no tokens, and tokens no sessions -------------------------------------------------------------------


def test_session_opens_nothing_of_the_api(system):
    client = Client()
    client.force_login(UserFactory(roles=["administrator", "registrar", "provider"]))

    assert client.get("/api/v1/completions").status_code == 401


def test_session_beside_a_token_changes_nothing(system):
    client = Client()
    client.force_login(UserFactory(roles=["administrator"]))

    answer = client.get("/api/v1/completions", headers={"Authorization": f"Bearer {SECRET}"})

    assert (answer.status_code, answer.cookies, answer.wsgi_request.user.is_anonymous) == (200, {}, True)


@pytest.mark.parametrize("page", ["account:dashboard", "admin:index", "education:progress"])
def test_token_opens_no_page(system, page):
    answer = Client().get(reverse(page), headers={"Authorization": f"Bearer {SECRET}"})

    assert answer.status_code == 302


def test_session_of_a_holder_stays(system):
    client = Client()
    client.force_login(HolderUserFactory())
    client.get("/api/v1/completions")

    assert client.get(reverse("account:dashboard")).status_code == 200
