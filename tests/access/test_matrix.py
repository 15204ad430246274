"""A real request for every cell of the access matrix; visitors without access change nothing and learn nothing."""

import logging

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import override_settings
from django.urls import reverse

from tests.access.rules import Cell, Visitor
from tests.access.table import ACTIONS, ADDRESSES
from tests.fixtures import NOON

pytestmark = pytest.mark.django_db

# allauth notes that the codes were looked at before it asks by what method; their owner's own, each time.
NOTED = {"mfa_download_recovery_codes": ('UPDATE "mfa_authenticator"',)}
# The digest of a paper and the number of a badge are kept before they are handed out, and codes are shown once as new.
HANDED_OUT = {
    "declarations:paper": ('INSERT INTO "declarations_print"',),
    "declarations:badge": ('INSERT INTO "declarations_badge"',),
    "mfa_view_recovery_codes": ('UPDATE "mfa_authenticator"',),
}
SHUT = {Cell.LOGIN, Cell.NO_TOKEN, Cell.REFUSED, Cell.ABSENT, Cell.METHOD}
each_address = pytest.mark.parametrize("address", ADDRESSES, ids=str)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    from tests.access.world import built  # there were no settings when this module was read

    logging.disable(logging.WARNING)  # thousands of refusals, each with its traceback
    fees = override_settings(FEES=True)
    with fees, django_db_blocker.unblock(), time_machine.travel(NOON, tick=False), built() as made:
        yield made
    logging.disable(logging.NOTSET)


def noted(address):
    return NOTED.get(address.name, ())


def cell(answer, expected, *, noted=()):
    """The expected cell, where the answer is that; else what it is."""
    code, where = answer.status_code, answer.headers.get("Location", "")
    done = code == 302 and answer.request["REQUEST_METHOD"] == "POST"
    possible = {
        Cell.IN: code in {200, 422} or done,
        Cell.ON: code == 302,
        Cell.NO_TOKEN: code == 401,
        Cell.REFUSED: code == 403,
        Cell.ABSENT: code == 404,
        Cell.METHOD: code == 405,
        Cell.OVER: code == 410,
    }
    if where.startswith(tuple(f"{reverse(name)}?next=" for name in ("account_login", "admin:login"))):
        possible = {Cell.LOGIN: True}
    found = expected if possible.get(expected) else f"{code} {where}".strip()
    amiss = answer.leaked or answer.wrote not in {(), noted}
    return f"{found}, but wrote {answer.wrote}, told {answer.leaked}" if expected in SHUT and amiss else found


@pytest.mark.parametrize("method", ["GET", "POST"])
@each_address
def test_address_answers_each_visitor_as_the_table_says(world, address, method):
    path, rule = world.path(address), address.rule(method)

    answers = {who: world.ask(who, method, path, address.data) for who in Visitor}

    assert {who: cell(answer, rule[who], noted=noted(address)) for who, answer in answers.items()} == dict(rule)


@each_address
def test_looking_changes_nothing(world, address):
    """But that it was looked at, where that is to be known afterwards."""
    answer = world.ask(Visitor.OWN, "GET", world.path(address), address.data)

    assert answer.wrote in {(), noted(address), HANDED_OUT.get(address.name)}


@each_address
def test_head_is_answered_as_get_or_refused(world, address):
    expected = address.rule("GET")[Visitor.OWN]

    answer = world.ask(Visitor.OWN, "HEAD", world.path(address), address.data)

    assert cell(answer, expected) in {expected, "405"}


@each_address
def test_options_change_nothing(world, address):
    answer = world.ask(Visitor.OWN, "OPTIONS", world.path(address))

    assert (answer.status_code < 500, answer.wrote) in {(True, ()), (True, noted(address))}


# --- The back office: several rows at once ----------------------------------------------------------------------------


def outcome(answer):
    """By what one can tell whether anything came of an action."""
    said = [str(message) for message in get_messages(answer.wsgi_request)]
    page = answer.templates[0].name if answer.templates else None
    return answer.status_code, answer.headers.get("Location"), page, said


@pytest.mark.parametrize("action", ACTIONS, ids=str)
def test_action_is_offered_as_the_table_says(world, action):
    path = reverse(f"admin:{action.model.lower().replace('.', '_')}_changelist")
    chosen = {"index": "0", "_selected_action": world.rows[action.model]}

    def attempt(who):
        answer = world.ask(who, "POST", path, {**chosen, "action": action.name})
        if answer.status_code in {200, 302} and who != Visitor.ANONYMOUS:
            ignored = world.ask(who, "POST", path, {**chosen, "action": "no_such_action"})
            return Cell.NOT_OFFERED if outcome(answer) == outcome(ignored) and not answer.wrote else Cell.IN
        return cell(answer, action.rule[who])

    assert {who: attempt(who) for who in Visitor} == dict(action.rule)
