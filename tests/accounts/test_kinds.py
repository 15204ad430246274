"""Every kind of alert is raised by some action."""

from pathlib import Path

import pytest
from django.conf import settings

from accounts.enums import ALWAYS_AT_ONCE, ALWAYS_MAILED, ONCE_SWITCHED_OFF, AlertKind

ACTIONS = sorted(Path(settings.BASE_DIR).glob("*/actions/**/*.py"))


@pytest.fixture(scope="module")
def causes():
    return "\n".join(path.read_text(encoding="utf-8") for path in ACTIONS)


@pytest.mark.parametrize("kind", AlertKind)
def test_every_kind_is_told_by_some_action(causes, kind):
    assert f"AlertKind.{kind.name}" in causes


def test_what_is_mailed_at_once_is_always_mailed():
    assert ALWAYS_MAILED.keys() >= ALWAYS_AT_ONCE


@pytest.mark.parametrize("kind", [AlertKind.CREDENTIAL_HELD, AlertKind.DECLARATION_MOVED, AlertKind.AUDIT_MOVED])
def test_what_the_board_decides_about_a_credential_is_always_mailed(kind):
    assert kind in ALWAYS_MAILED


def test_what_could_be_switched_off_before_no_longer_can():
    assert ALWAYS_MAILED.keys() >= ONCE_SWITCHED_OFF
