"""What is wrong with a setting is said at the start, and what to write instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.checks import run_checks

from tests.cmp_portal.lib.test_signing import private_pem, public_pem

ROOT = Path(__file__).resolve().parents[2]
EMPTY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
UNFIT = {
    "SITE_URL": "https://cmp.example.org/",
    "EARN_CE_URL": "www.example.org",
    "EVIDENCE_SCANNER": "clamav:3310",
    "STRIPE_API_URL": "api.stripe.com",
    "STRIPE_CHECKOUT_ORIGIN": "https://checkout.stripe.com/pay",
    "REDIS_URL": "redis:6379",
    "OIDC_ISSUER": "login.example.org",
    "S3_ENDPOINT_URL": "store:9000",
    "EMAIL_HOST": "smtp.example.org:587",
    "DEFAULT_FROM_EMAIL": "CMP Portal",
    "EMAIL_PORT": "0",
    "EMAIL_TIMEOUT": "0",
    "WEBHOOK_TIMEOUT": "0",
    "REQUESTS_AT_ONCE": "0",
    "WEB_PROCESSES": "0",
    "JOB_LIMIT": "0",
    "SESSION_IDLE_SECONDS": "0",
    "SESSION_MAX_SECONDS": "0",
    "OIDC_SESSION_SECONDS": "0",
    "ARGON2_TIME_COST": "1",
    "ARGON2_MEMORY_KIB": "19455",
}


def started(**changed):
    """The settings, read by a process of its own."""
    env = os.environ | {"CMP_ENV": ""} | changed
    command = [sys.executable, "-c", "import cmp_portal.settings"]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


def problems(kind):
    return [error.msg for error in run_checks() if error.id == f"cmp_portal.{kind}"]


def test_every_setting_of_the_wrong_shape_is_named_at_once():
    done = started(**UNFIT)

    named = [line.removeprefix("settings: ").partition(" ")[0] for line in done.stderr.splitlines()]
    assert (done.returncode, sorted(named)) == (2, sorted(UNFIT))


def test_a_provider_without_a_client_is_named_in_production():
    done = started(CMP_ENV="production", OIDC_ISSUER="https://login.example.org")

    assert "settings: OIDC_CLIENT_ID is not set" in done.stderr.splitlines()


def test_a_provider_is_reached_over_https_in_production():
    done = started(CMP_ENV="production", OIDC_ISSUER="http://login.example.org")

    assert "settings: OIDC_ISSUER is 'http://login.example.org'" in done.stderr


def test_the_password_of_the_cache_is_not_said():
    done = started(REDIS_URL="http://:a-secret@redis:6379")

    assert (done.returncode, "a-secret" in done.stderr) == (2, False)


@pytest.mark.parametrize("name", ["smtp", "cmp_portal.lib.mail.Nothing", "cmp_portal.lib.mail.composed", "os.path"])
def test_an_email_backend_that_is_none_is_refused(settings, name):
    settings.EMAIL_BACKEND = name

    assert problems("E1") == [f"EMAIL_BACKEND is {name!r}, which is no email backend"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("secret", "BADGE_KEYS has no PEM key"),
        (EMPTY, "BADGE_KEYS has a key that cannot be read"),
        (public_pem(Ed25519PrivateKey.generate()), "the first key in BADGE_KEYS is not a private Ed25519 key"),
    ],
)
def test_a_badge_key_that_cannot_sign_is_refused(settings, text, said):
    settings.BADGE_KEYS = text

    assert problems("E2") == [said]


@pytest.mark.parametrize("text", ["", private_pem(Ed25519PrivateKey.generate())])
def test_a_badge_key_that_can_sign_is_not(settings, text):
    settings.BADGE_KEYS = text

    assert problems("E2") == []


def test_an_authority_that_cannot_be_read_is_refused(settings, tmp_path):
    settings.SERVICES_CA = str(tmp_path / "authority.pem")

    assert problems("E3") == [f"SERVICES_CA is '{tmp_path}/authority.pem', which cannot be read"]


def test_an_authority_that_can_be_read_is_not(settings, tmp_path):
    settings.SERVICES_CA = str(tmp_path)

    assert problems("E3") == []


def test_a_folder_of_fonts_that_is_none_is_refused(settings, tmp_path):
    settings.DOCUMENT_FONTS = [str(tmp_path), "/nowhere"]

    assert problems("E4") == ["DOCUMENT_FONTS has '/nowhere', which is no folder"]
