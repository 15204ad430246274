"""The command line on interrupts and closed pipes."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
# Where the tests run in the background, Ctrl-C is ignored from the start.
WAITS = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)
print("waiting", flush=True)
time.sleep(60)
"""


def started(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=None, **more):
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | more
    return subprocess.Popen(
        [sys.executable, ROOT / "manage.py", *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        preexec_fn=preexec_fn,
        text=True,
    )


def address(name):
    """Of another database on the server of this run."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@pytest.fixture
def empty():
    """The address of a database without a table."""
    name = f"empty_{os.getpid()}"
    server = psycopg2.connect(os.environ["DATABASE_URL"])
    server.autocommit = True
    server.cursor().execute(f"CREATE DATABASE {name}")
    yield address(name)
    server.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


def test_ctrl_c_ends_a_command_without_a_traceback():
    command = started("shell", "--no-imports", "--command", WAITS)
    assert command.stdout.readline() == "waiting\n"

    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=60)

    assert (command.returncode, said) == (130, "stopped before it finished: you can run it again\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_reader_who_has_gone_ends_a_command_without_a_traceback(unbuffered):
    command = started("shell", "--no-imports", "--command", "print('said')", PYTHONUNBUFFERED=unbuffered)
    command.stdout.close()

    assert command.wait(60) == 141
    assert command.stderr.read() == ""


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_full_disk_ends_a_command_without_a_traceback(full_disk, unbuffered):
    command = started(
        "shell", "--no-imports", "--command", "print('said')", stdout=full_disk, PYTHONUNBUFFERED=unbuffered
    )
    _, said = command.communicate(timeout=60)

    assert command.returncode == 74
    assert said == "no space to write the output (No space left on device): free some, then run it again\n"


def test_full_disk_wins_over_a_refusal(full_disk):
    """A script would take the half of what was said for the whole."""
    command = started("shell", "--no-imports", "--command", "print('said'); exit(2)", stdout=full_disk)

    assert command.wait(60) == 74


def test_nowhere_to_complain_leaves_the_code(full_disk):
    command = started("shell", "--no-imports", "--command", "print('said')", stdout=full_disk, stderr=full_disk)

    assert command.wait(60) == 74


def test_closed_output_is_written_to_nobody():
    command = started("shell", "--no-imports", "--command", "print('said')", preexec_fn=lambda: os.close(1))

    assert command.communicate(timeout=60) == ("", "")
    assert command.returncode == 0


def test_database_that_does_not_answer_has_a_code_of_its_own():
    command = started("deliver_alerts", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")

    _, said = command.communicate(timeout=60)

    assert command.returncode == 69
    assert said.startswith("the database at DATABASE_URL does not respond: ")


def test_missing_tables_are_told_with_what_to_do(empty):
    command = started("load_reference", "--dry-run", DATABASE_URL=empty)

    _, said = command.communicate(timeout=60)

    assert (command.returncode, said) == (69, "the database is missing tables of this version: run manage.py migrate\n")


@pytest.mark.django_db
def test_other_mistakes_in_sql_are_told_as_they_are():
    asked = "from django.db import connection; connection.cursor().execute('SELECT nothing')"
    command = started(
        "shell", "--no-imports", "--command", asked, DATABASE_URL=address(connection.settings_dict["NAME"])
    )

    _, said = command.communicate(timeout=60)

    assert command.returncode == 1
    assert "ProgrammingError" in said


def test_pipe_that_breaks_elsewhere_is_told():
    command = started("shell", "--no-imports", "--command", "raise BrokenPipeError('of the mail server')")

    _, said = command.communicate(timeout=60)

    assert command.returncode == 1
    assert said.endswith("BrokenPipeError: of the mail server\n")
