"""docs/provider-api.md is accurate, to the letter."""

import json
import os
import re
import shutil
import subprocess

import pytest
from django.conf import settings

from cmp_portal.lib import clock
from education.actions import secret_of
from education.actions.intake.feed import columns
from education.actions.webhooks.registration import signature
from education.enums import ApiScope, EventKind, RowCode
from education.models import Credit
from tests.factories import WebhookFactory
from tests.factories.api import SECRET

TEXT = (settings.BASE_DIR / "docs" / "provider-api.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_examples_run(transactional_db, system, live_server):
    script = "set -euo pipefail\n" + "\necho\n".join(blocks("sh"))
    env = os.environ | {"PORTAL": live_server.url, "TOKEN": SECRET}

    ran = subprocess.run(["bash", "-c", script], env=env, capture_output=True, text=True, timeout=60)

    answers = [json.loads(text) for text in re.findall(r"\{.*?\}(?=\{\"|\n|$)", ran.stdout)]
    assert (ran.returncode, ran.stderr) == (0, "")
    outcomes = [one["outcome"] for answer in answers for one in answer.get("results", [])]
    assert (outcomes, answers[-1]) == (["posted", "corrected", "corrected"], {"match": True})
    assert Credit.objects.get().withdrawn_at is not None


def test_signature_is_verified_as_written(db):
    names = {}
    exec(blocks("python")[0], names)
    webhook, at = WebhookFactory(), clock.now()
    header, secret = signature(b"{}", webhook=webhook, at=at), secret_of(webhook.nonce)

    is_from_the_board = names["is_from_the_board"]

    assert is_from_the_board(b"{}", header, secret)
    assert not is_from_the_board(b"{ }", header, secret)
    assert not is_from_the_board(b"{}", header, "whsec_other")
    assert not is_from_the_board(b"{}", f"t=1,{header.partition(',')[2]}", secret)


@pytest.mark.parametrize("word", [*ApiScope.values, *EventKind.values, "posted", "corrected", "duplicate", "unmatched"])
def test_every_word_is_explained(word):
    assert f"| `{word}` |" in TEXT


def test_every_field_of_a_feed_is_explained(db):
    intake = (settings.BASE_DIR / "docs" / "intake.md").read_text(encoding="utf-8")

    assert [one.name for one in columns(on=clock.today()) if f"| `{one.name}` |" not in intake] == []


@pytest.mark.parametrize("code", ["unreadable", "other_holder", "outside_approval", "contradiction"])
def test_every_code_is_explained(code):
    assert code in RowCode.values
    assert f"| `{code}` |" in TEXT
