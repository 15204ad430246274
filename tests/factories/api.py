import hashlib
from datetime import timedelta
from uuid import uuid4

import factory

from cmp_portal.lib import clock
from education.enums import ApiScope, EventKind
from education.models import ApiToken, KeyedRequest, Webhook, WebhookAttempt, WebhookNotice
from tests.factories.education import ProviderFactory

SECRET = "cmp_a-token-of-the-tests"


class ApiTokenFactory(factory.django.DjangoModelFactory):
    """An API token with all scopes, created a day ago; its secret is unknown unless one is given."""

    class Meta:
        model = ApiToken
        exclude = ["secret"]

    secret = factory.Sequence(lambda n: f"cmp_nobody-has-{n:08}")
    provider = factory.SubFactory(ProviderFactory)
    name = "Learning platform"
    prefix = factory.LazyAttribute(lambda o: o.secret[-12:])
    sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.secret.encode()).hexdigest())
    scopes = ApiScope.values
    made_at = factory.LazyFunction(lambda: clock.now() - timedelta(days=1))


class KeyedRequestFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = KeyedRequest

    provider = factory.SubFactory(ProviderFactory)
    key = factory.Sequence(lambda n: f"key-{n}")
    sha256 = "0" * 64
    begun_at = factory.LazyFunction(clock.now)


class WebhookFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Webhook
        django_get_or_create = ["provider"]

    provider = factory.SubFactory(ProviderFactory)
    url = "https://learning.example.org/hooks"
    nonce = factory.Sequence(lambda n: f"{n:032x}")
    changed_at = factory.LazyFunction(clock.now)


class WebhookNoticeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WebhookNotice

    uuid = factory.LazyFunction(uuid4)
    webhook = factory.SubFactory(WebhookFactory)
    kind = EventKind.POSTED
    data = {"completions": [{"external_id": "LE-000001"}]}
    created_at = factory.LazyFunction(clock.now)


class WebhookAttemptFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WebhookAttempt

    notice = factory.SubFactory(WebhookNoticeFactory)
    tried_at = factory.LazyFunction(clock.now)
    status = 204
    milliseconds = 12
