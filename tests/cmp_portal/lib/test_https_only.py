"""Over plain HTTP, pages redirect to HTTPS and API requests are rejected."""

import pytest

from tests.factories.api import SECRET

PAGES = ("/", "/account/login/", "/account/", "/verify/", "/api/", "/admin/")
CALENDAR = "/calendar/5d73263c-249b-408e-a0bb-46d53a2c27a0.ics"
PROGRAMS = ("/api/v1/completions", "/metrics", CALENDAR, "/.well-known/jwks.json", "/badges/status/1/revocation/")


@pytest.fixture(autouse=True)
def _as_in_production(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize("path", PAGES)
def test_page_leads_to_https(client, path):
    answer = client.get(path)

    assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{path}")


@pytest.mark.parametrize("path", PROGRAMS)
def test_program_is_refused(client, path):
    answer = client.get(path, headers={"Authorization": f"Bearer {SECRET}"})

    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert answer.json()["detail"].startswith("Use HTTPS.")


@pytest.mark.parametrize("path", ["/api/v1/completions", "/account/login/", "/declaration/payments/webhook/"])
def test_what_is_sent_is_refused(client, path):
    answer = client.post(path, {"password": "a secret"})

    assert (answer.status_code, "Location" in answer.headers) == (403, False)


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "status"), [("/api/v1/completions", 401), ("/metrics", 403), (CALENDAR, 404)])
def test_by_https_it_is_answered(client, path, status):
    answer = client.get(path, headers={"X-Forwarded-Proto": "https"})

    assert (answer.status_code, "Use HTTPS" in answer.content.decode()) == (status, False)
