"""Without the optional payment package, the portal says what to install, and everything else works."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT = """
import sys
sys.modules["stripe"] = None
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "check"])
"""
ROOT = Path(__file__).resolve().parents[2]
LOCKS, SETTINGS = ROOT / "requirements", ROOT / "cmp_portal" / "settings.py"
KEYS = {"STRIPE_SECRET_KEY": "sk_test", "STRIPE_WEBHOOK_SECRET": "whsec_test"}


def checked(**env):
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "cmp_portal.settings", **KEYS, **env}
    return subprocess.run([sys.executable, "-c", WITHOUT], env=env, capture_output=True, text=True, check=False)


def test_it_says_what_to_install():
    done = checked(FEES="1", PAYMENT_GATEWAY="stripe")

    assert done.returncode == 1
    assert "pip install --require-hashes -r requirements/stripe.txt" in done.stderr


@pytest.mark.parametrize(
    "env", [{"FEES": "0", "PAYMENT_GATEWAY": "stripe"}, {"FEES": "1", "PAYMENT_GATEWAY": "offline"}]
)
def test_without_it_everything_else_works(env):
    assert checked(**env).returncode == 0


def test_what_is_installed_is_what_is_tested():
    extra, tested = ((LOCKS / name).read_text().splitlines() for name in ("stripe.txt", "dev.txt"))

    assert [line for line in extra if line not in tested] == []


@pytest.mark.parametrize(
    ("env", "allowed"),
    [
        ({}, ["'self'"]),
        ({"FEES": "1"}, ["'self'"]),
        ({"PAYMENT_GATEWAY": "stripe"}, ["'self'"]),
        ({"FEES": "1", "PAYMENT_GATEWAY": "stripe"}, ["'self'", "https://checkout.stripe.com"]),
    ],
)
def test_forms_lead_to_the_checkout_only_where_it_is_on(monkeypatch, env, allowed):
    for name, value in env.items():
        monkeypatch.setenv(name, value)

    settings = runpy.run_path(SETTINGS)

    assert settings["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["form-action"] == allowed
