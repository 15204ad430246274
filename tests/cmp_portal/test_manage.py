"""What the command line makes of whoever stops a command, or reads no more of it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Where the tests run in the background, Ctrl-C is ignored from the start.
WAITS = """
import signal, time
signal.signal(signal.SIGINT, signal.default_int_handler)
print("waiting", flush=True)
time.sleep(60)
"""


def started(*arguments, **more):
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | more
    return subprocess.Popen(
        [sys.executable, ROOT / "manage.py", *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_a_command_without_a_traceback():
    command = started("shell", "--no-imports", "--command", WAITS)
    assert command.stdout.readline() == "waiting\n"

    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=60)

    assert (command.returncode, said) == (130, "stopped before its end: it may be run again\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_reader_who_has_gone_ends_a_command_without_a_traceback(unbuffered):
    command = started("shell", "--no-imports", "--command", "print('said')", PYTHONUNBUFFERED=unbuffered)
    command.stdout.close()

    assert command.wait(60) == 141
    assert command.stderr.read() == ""


def test_pipe_that_breaks_elsewhere_is_told():
    command = started("shell", "--no-imports", "--command", "raise BrokenPipeError('of the mail server')")

    _, said = command.communicate(timeout=60)

    assert command.returncode == 1
    assert said.endswith("BrokenPipeError: of the mail server\n")
