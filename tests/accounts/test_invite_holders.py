from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import JobRun, Letter
from tests.factories import HolderFactory, HolderUserFactory, LetterFactory

pytestmark = pytest.mark.django_db


def run(*arguments):
    """What the command says, what it complains of, and its exit code."""
    out, err = StringIO(), StringIO()
    try:
        call_command("invite_holders", *arguments, stdout=out, stderr=err)
    except CommandError as refusal:
        return out.getvalue(), err.getvalue(), refusal.returncode
    return out.getvalue(), err.getvalue(), 0


@pytest.fixture
def holders(now):
    HolderUserFactory()
    HolderFactory(email="")
    return [HolderFactory(customer_number=f"C{number}") for number in range(3)]


def test_everybody_without_a_login_is_invited(holders):
    assert run() == ("3 invited\n", "", 0)
    assert set(Letter.objects.values_list("holder", flat=True)) == {holder.pk for holder in holders}


def test_second_run_invites_nobody(holders):
    run()

    assert run() == ("0 invited\n", "", 0)


def test_dry_run_writes_nothing(holders):
    assert run("--dry-run") == ("3 would be invited\n", "", 0)
    assert (Letter.objects.count(), JobRun.objects.count()) == (0, 0)


def test_limit_is_for_the_first_ones(holders):
    assert run("--limit", "2")[0] == "2 invited\n"
    assert run()[0] == "1 invited\n"


def test_small_steps_come_to_the_same(holders, monkeypatch):
    monkeypatch.setattr("accounts.management.commands.invite_holders.BATCH", 1)

    assert run() == ("3 invited\n", "", 0)


def test_only_those_who_are_named(holders):
    assert run("--customer", "C0", "--customer", " C2 ")[0] == "2 invited\n"


def test_who_can_not_be_invited_is_named(holders):
    HolderUserFactory(holder__customer_number="C7")
    HolderFactory(customer_number="C8", email="")
    LetterFactory(holder=holders[0], sent=True)
    numbers = [part for number in ("C0", "C1", "C7", "C8", "C9") for part in ("--customer", number)]

    said, complaints, code = run(*numbers)

    assert (said, code) == ("1 invited\n", 1)
    assert complaints.splitlines() == [
        "C0: was invited in the last 30 days",
        "C7: already has an account",
        "C8: has no address on file",
        "C9: no such customer number",
    ]


def test_limit_of_nothing_makes_no_sense(holders):
    assert run("--limit", "0")[2] == 2


def test_help_has_an_example(capsys):
    with pytest.raises(SystemExit):
        call_command("invite_holders", "--help")

    assert "Example: manage.py invite_holders" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_while_it_is_running_a_second_one_ends_with_3(holders):
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('job invite_holders', 0))")

    ended = run()
    other.close()

    assert ended[2] == 3
