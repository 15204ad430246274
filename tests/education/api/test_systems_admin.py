"""API tokens and webhooks in the back office, and tokens by command."""

import re
from datetime import UTC, datetime
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from education.models import ApiToken, Webhook, WebhookNotice
from tests.education.api.system import System
from tests.factories import ApiTokenFactory, UserFactory, WebhookAttemptFactory, WebhookFactory, WebhookNoticeFactory

SECRET = re.compile(r'<code class="secret">([^<]+)</code>')


@pytest.fixture
def staff(provider):
    def of(role):
        client = Client()
        client.force_login(UserFactory(roles=[role]))
        return client

    return of


@pytest.fixture
def registrar(staff):
    return staff("registrar")


def page(name, *args):
    return reverse(f"admin:education_{name}", args=args)


def sent():
    """The key that a form or a button brings along."""
    return {"key": uuid4()}


def secret_on(answer):
    return SECRET.search(answer.content.decode())[1]


def test_made_token_is_shown_once(registrar, provider):
    form = {"provider": provider.pk, "name": "LMS", "scopes": ["completions:read"], "per_minute": "", **sent()}
    answer = registrar.post(page("apitoken_add"), form)

    secret, token = secret_on(answer), ApiToken.objects.get()
    assert System(secret).get("completions").status_code == 200
    assert secret not in registrar.get(page("apitoken_change", token.pk)).content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_token_made_twice_by_one_form_is_one_and_shown_twice(registrar, provider):
    form = {"provider": provider.pk, "name": "LMS", "scopes": ["completions:read"], **sent()}

    secrets = {secret_on(registrar.post(page("apitoken_add"), form)) for _time in range(2)}

    assert (len(secrets), ApiToken.objects.count()) == (1, 1)


@pytest.mark.parametrize("other", [{"name": "LMS, test"}, {"scopes": ["completions:write"]}, {"per_minute": "5"}])
def test_another_token_from_the_same_page_is_not_taken_for_the_first(registrar, provider, other):
    form = {"provider": provider.pk, "name": "LMS", "scopes": ["completions:read"], **sent()}
    registrar.post(page("apitoken_add"), form)

    refused = registrar.post(page("apitoken_add"), form | other)
    again = registrar.post(page("apitoken_add"), form | other | {"key": refused.context["form"]["key"].value()})

    assert (refused.status_code, refused.context["form"].non_field_errors()) == (
        422,
        ["The token “LMS” was already created from this page, and this one was not. Send it again if you need it too."],
    )
    assert (bool(secret_on(again)), ApiToken.objects.count()) == (True, 2)


def test_secret_is_not_shown_to_a_colleague_who_sends_the_same(registrar, staff, provider):
    form = {"provider": provider.pk, "name": "LMS", "scopes": ["completions:read"], **sent()}
    secret = secret_on(registrar.post(page("apitoken_add"), form))

    answer = staff("registrar").post(page("apitoken_add"), form)

    assert (answer.status_code, secret in answer.content.decode()) == (422, False)


def test_token_without_a_scope_is_asked_again(registrar, provider):
    answer = registrar.post(page("apitoken_add"), {"provider": provider.pk, "name": "LMS", **sent()})

    assert (answer.status_code, ApiToken.objects.count()) == (422, 0)


def test_replaced_token_has_a_successor(registrar, provider):
    token = ApiTokenFactory(provider=provider)
    key = sent()
    answers = [registrar.post(page("apitoken_rotate", token.pk), key) for _time in range(2)]

    secret, same = map(secret_on, answers)
    assert (secret == same, System(secret).get("completions").status_code) == (True, 200)
    again = registrar.post(page("apitoken_rotate", token.pk), sent(), follow=True)
    assert "already been revoked or replaced" in again.content.decode()


def test_revoked_token_says_by_whom(registrar):
    token = ApiTokenFactory()
    registrar.post(page("apitoken_revoke", token.pk))

    token.refresh_from_db()
    assert (token.revoked_at is None, token.revoked_by.roles) == (False, ["registrar"])
    assert ApiToken.pgh_event_model.objects.latest("pgh_id").pgh_context.metadata["user"] == token.revoked_by.pk


@pytest.mark.parametrize("role", ["administrator", "reviewer", "auditor"])
@pytest.mark.parametrize("act", ["rotate", "revoke"])
def test_others_may_not_act(staff, role, act):
    token = ApiTokenFactory()

    assert staff(role).post(page(f"apitoken_{act}", token.pk)).status_code == 403


def test_who_only_sees_has_no_button(staff):
    token = ApiTokenFactory()

    assert "Revoke" not in staff("administrator").get(page("apitoken_change", token.pk)).content.decode()


def test_webhook_is_added_with_its_secret(registrar, provider):
    form = {"provider": provider.pk, "url": "https://example.org/hooks", **sent()}
    secret, same = (secret_on(registrar.post(page("webhook_add"), form)) for _time in range(2))

    assert (secret == same, secret.startswith("whsec_")) == (True, True)
    assert Webhook.objects.get().url == "https://example.org/hooks"


def test_the_form_that_added_a_webhook_undoes_nothing_when_it_is_sent_again(registrar, provider):
    form = {"provider": provider.pk, "url": "https://example.org/hooks", **sent()}
    registrar.post(page("webhook_add"), form)
    webhook = Webhook.objects.get()
    registrar.post(page("webhook_switch", webhook.pk), {"to": "off"})
    again = registrar.post(page("webhook_add"), form)
    registrar.post(page("webhook_change", webhook.pk), {"url": "https://example.org/moved"})
    refused = registrar.post(page("webhook_add"), form)

    assert (again.status_code, refused.context["form"].errors["url"]) == (
        200,
        ["This provider already has a webhook. Change that one."],
    )
    assert Webhook.objects.get().url == "https://example.org/moved"


def test_provider_with_a_webhook_gets_no_second_one(registrar):
    webhook = WebhookFactory()
    form = {"provider": webhook.provider_id, "url": "https://example.org/another", **sent()}

    assert f'value="{webhook.provider_id}"' not in registrar.get(page("webhook_add")).content.decode()
    answer = registrar.post(page("webhook_add"), form)

    webhook.refresh_from_db()
    assert (answer.status_code, webhook.url) == (422, "https://learning.example.org/hooks")


@pytest.mark.parametrize("url", ["http://example.org", "", "https://" + "x" * 600])
def test_webhook_without_a_good_address_is_asked_again(registrar, provider, url):
    answer = registrar.post(page("webhook_add"), {"provider": provider.pk, "url": url, **sent()})

    assert (answer.status_code, Webhook.objects.count()) == (422, 0)


def test_address_of_a_webhook_is_changed(registrar):
    webhook = WebhookFactory()
    registrar.post(page("webhook_change", webhook.pk), {"url": "https://example.org/new"})

    webhook.refresh_from_db()
    assert webhook.url == "https://example.org/new"


def test_secret_of_a_webhook_is_replaced(registrar):
    webhook = WebhookFactory()
    key = sent()
    secret, same = (secret_on(registrar.post(page("webhook_rotate", webhook.pk), key)) for _time in range(2))

    before = webhook.nonce
    webhook.refresh_from_db()
    assert (secret[:6], secret == same, webhook.previous_nonce) == ("whsec_", True, before)


def test_webhook_is_switched_off_and_on(registrar):
    webhook, states = WebhookFactory(), []
    for to in ("off", "off", "on", "on"):
        registrar.post(page("webhook_switch", webhook.pk), {"to": to})
        webhook.refresh_from_db()
        states.append(webhook.disabled_at is not None)

    assert states == [True, True, False, False]
    assert Webhook.pgh_event_model.objects.filter(pgh_obj=webhook, pgh_label="update").count() == 2


@pytest.mark.parametrize(("off", "to"), [(True, "on"), (False, "off")])
def test_button_says_where_it_switches_to(registrar, now, off, to):
    webhook = WebhookFactory(disabled_at=now if off else None)

    assert f'name="to" value="{to}"' in registrar.get(page("webhook_change", webhook.pk)).content.decode()


def test_test_is_sent_once(registrar):
    webhook, key = WebhookFactory(), sent()
    answers = [registrar.post(page("webhook_test", webhook.pk), key) for _time in range(2)]

    notice = WebhookNotice.objects.get(kind="test")
    assert [answer["Location"] for answer in answers] == [page("webhooknotice_change", notice.pk)] * 2


@pytest.mark.parametrize("act", ["rotate", "switch", "test"])
def test_button_that_says_nothing_does_nothing(registrar, act):
    webhook = WebhookFactory()

    answer = registrar.post(page(f"webhook_{act}", webhook.pk), follow=True)

    assert "open this page again" in answer.content.decode()
    assert (Webhook.pgh_event_model.objects.filter(pgh_label="update").exists(), WebhookNotice.objects.count()) == (
        False,
        0,
    )


def test_notice_shows_its_attempts(registrar, django_assert_num_queries):
    notice = WebhookNoticeFactory()
    for error in ("TimeoutError", "ConnectionRefusedError", "host not found"):
        WebhookAttemptFactory(notice=notice, status=None, error=error)

    answer = registrar.get(page("webhooknotice_change", notice.pk)).content.decode()

    assert re.findall(r"TimeoutError|ConnectionRefusedError|host not found", answer) == [
        "host not found",
        "ConnectionRefusedError",
        "TimeoutError",
    ]


def test_notice_is_sent_again(registrar, now):
    notice = WebhookNoticeFactory(delivered_at=now)
    registrar.post(page("webhooknotice_resend", notice.pk))

    notice.refresh_from_db()
    assert notice.delivered_at is None


# --- By the command ---------------------------------------------------------------------------------------------------


def run(*args):
    out = StringIO()
    call_command("api_token", *args, stdout=out)
    return out.getvalue().strip()


def test_command_makes_no_token_whose_secret_it_can_not_write(full_disk, provider):
    with pytest.raises(OSError, match="No space"):
        call_command("api_token", "make", "--provider", provider.code, "--name", "LMS", stdout=full_disk)

    assert not ApiToken.objects.exists()


def test_command_makes_replaces_and_revokes(provider):
    first = run("make", "--provider", provider.code, "--name", "LMS", "--scope", "completions:read")
    second = run("rotate", first[:12])
    run("revoke", second)

    assert [System(secret).get("completions").status_code for secret in (first, second)] == [200, 401]
    assert run("list").splitlines() == [
        f"{first[:12]}  laboratory-education  LMS  replaced, last used 2026-03-10",
        f"{second[:12]}  laboratory-education  LMS  revoked, never used",
    ]


def test_command_says_on_which_of_the_boards_days_a_token_was_used(provider, now):
    secret = run("make", "--provider", provider.code, "--name", "LMS")
    ApiToken.objects.update(last_used_at=datetime(2026, 3, 11, 4, 30, tzinfo=UTC))

    assert run("list") == f"{secret[:12]}  laboratory-education  LMS  active, last used 2026-03-10"


def test_command_keeps_a_name_on_one_line(provider):
    secret = run("make", "--provider", provider.code, "--name", " LMS,\n live ")

    assert run("list") == f"{secret[:12]}  laboratory-education  LMS, live  active, never used"


def test_command_lists_no_tokens_in_words(provider):
    assert run("list") == "no tokens yet"


def test_command_names_the_providers_it_knows(provider):
    with pytest.raises(CommandError, match="there is no provider 'no-such'; known: laboratory-education"):
        run("make", "--provider", "no-such", "--name", "LMS")


@pytest.mark.parametrize(
    "args",
    [
        ("make", "--provider", "no-such", "--name", "LMS"),
        ("make", "--provider", "laboratory-education", "--name", ""),
        ("make", "--provider", "laboratory-education", "--name", " \n "),
        ("make", "--provider", "laboratory-education", "--name", "LMS", "--per-minute", "0"),
        ("rotate", "cmp_no-such"),
        ("revoke", "cmp_no-such"),
    ],
)
def test_command_says_what_is_wrong(provider, args):
    with pytest.raises(CommandError) as refusal:
        run(*args)

    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    ("named", "said", "why"),
    [
        ("", ("--per-minute", "9"), "--name: 1 to 80 characters, not 0"),
        ("x" * 81, (), "--name: 1 to 80 characters, not 81"),
        ("LMS", ("--per-minute", "100001"), "--per-minute: 1 to 100000, not 100001"),
    ],
)
def test_command_says_which_option_is_wrong(provider, named, said, why):
    with pytest.raises(CommandError, match=why):
        run("make", "--provider", "laboratory-education", "--name", named, *said)


def test_command_replaces_a_token_once(provider):
    secret = run("make", "--provider", provider.code, "--name", "LMS")
    run("rotate", secret[:12])

    with pytest.raises(CommandError, match="already been revoked or replaced"):
        run("rotate", secret[:12])
