"""Database constraints of the API's tables."""

import pytest

from tests.constraint_violations import Break, each, refused, run, same, tries, update
from tests.factories import (
    ApiTokenFactory,
    IntakeBatchFactory,
    KeyedRequestFactory,
    ProviderFactory,
    UserFactory,
    WebhookAttemptFactory,
    WebhookFactory,
    WebhookNoticeFactory,
)

SHA = "'" + "0" * 64 + "'"
BEFORE, AFTER = "'1990-01-01Z'", "'2990-01-01Z'"


def token_beside_staff():
    UserFactory()
    return ApiTokenFactory()


def token_that_replaces():
    return ApiTokenFactory(replaces=ApiTokenFactory())


def webhook_of_its_own():
    number = ProviderFactory._meta.model.objects.count()
    return WebhookFactory(provider=ProviderFactory(code=f"provider-{number}"))


def request_of_its_own():
    number = ProviderFactory._meta.model.objects.count()
    return KeyedRequestFactory(provider=ProviderFactory(code=f"provider-{number}"), key="same")


BREAKS = [
    Break("education_apitoken_prefix_key", ApiTokenFactory, same("prefix"), "prefix = 'cmp_other'"),
    Break("education_apitoken_sha256_key", ApiTokenFactory, same("sha256"), f"sha256 = {SHA}"),
    Break(
        "education_apitoken_replaces_id_key",
        token_that_replaces,
        "replaces_id = (SELECT max(o.replaces_id) FROM {table} o WHERE o.id <> t.id)",
        "replaces_id = NULL",
    ),
    Break("api_token_digest_is_sha256", ApiTokenFactory, "sha256 = 'cmp_secret'", f"sha256 = {SHA}"),
    Break("api_token_scopes_are_known", ApiTokenFactory, "scopes = '{{all}}'", "scopes = '{{holders:check}}'"),
    Break("api_token_may_ask", ApiTokenFactory, "per_minute = 0", "per_minute = 1"),
    Break(
        "api_token_revoked_by_says_when",
        token_beside_staff,
        "revoked_by_id = (SELECT min(id) FROM accounts_user)",
        f"revoked_by_id = (SELECT min(id) FROM accounts_user), revoked_at = {AFTER}",
    ),
    Break("api_token_revoked_after_made", ApiTokenFactory, f"revoked_at = {BEFORE}", f"revoked_at = {AFTER}"),
    Break("api_token_expires_after_made", ApiTokenFactory, f"expires_at = {BEFORE}", f"expires_at = {AFTER}"),
    Break("education_keyedrequest_uuid_key", KeyedRequestFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break("keyed_request_once_per_key", request_of_its_own, same("provider_id"), same("status")),
    Break("keyed_request_digest_is_sha256", KeyedRequestFactory, "sha256 = ''", f"sha256 = {SHA}"),
    Break(
        "keyed_request_ended_with_an_answer",
        KeyedRequestFactory,
        "ended_at = begun_at, status = 200",
        "ended_at = begun_at, status = 200, body = '{{}}'",
    ),
    Break("education_webhook_provider_id_key", webhook_of_its_own, same("provider_id"), same("url")),
    Break("webhook_has_an_address", WebhookFactory, "url = 'ftp://example.org'", "url = 'http://example.org'"),
    Break("webhook_has_a_secret", WebhookFactory, "nonce = ''", "nonce = 'a'"),
    Break(
        "webhook_previous_secret_says_until_when",
        WebhookFactory,
        "previous_nonce = 'a'",
        f"previous_nonce = 'a', previous_until = {AFTER}",
    ),
    Break("education_webhooknotice_uuid_key", WebhookNoticeFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break("webhook_notice_kind_is_known", WebhookNoticeFactory, "kind = 'no'", "kind = 'test'"),
    Break(
        "webhook_notice_has_one_end",
        WebhookNoticeFactory,
        f"delivered_at = {AFTER}, failed_at = {AFTER}",
        f"failed_at = {AFTER}",
    ),
    Break(
        "webhook_notice_delivered_after_created",
        WebhookNoticeFactory,
        f"delivered_at = {BEFORE}",
        f"delivered_at = {AFTER}",
    ),
    Break("webhook_attempt_says_what_came", WebhookAttemptFactory, "status = NULL", "status = NULL, error = 'no'"),
]


@each(BREAKS)
def test_constraint_refuses(db, case):
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)


@each(BREAKS)
def test_constraint_accepts(db, case):
    assert update(case.row(), case.accepted) == 1


@tries("education_intakebatch_uuid_key")
def test_receipts_have_names_of_their_own(db):
    first, second = IntakeBatchFactory(), IntakeBatchFactory()

    with refused("education_intakebatch_uuid_key"):
        update(second, f"uuid = '{first.uuid}'")


@tries("ApiToken.never_truncated", "Webhook.never_truncated")
@pytest.mark.parametrize("table", ["education_apitoken", "education_webhook"])
def test_table_is_never_truncated(db, table):
    with refused("this table is never truncated"):
        run(f"TRUNCATE {table} CASCADE")
