#!/usr/bin/env python
"""Django's command line for the portal."""

import os
import select
import sys

INTERRUPTED, NOBODY_READS = 130, 141  # as shells say it of whoever was ended by SIGINT and SIGPIPE


def main() -> None:
    """Whoever stops a command, or has read enough of it, is told nothing of where in the code it was."""
    try:
        try:
            run()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("stopped before its end: it may be run again", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        if not is_read_by_nobody():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains when it ends
        sys.exit(NOBODY_READS)


def run() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
    try:
        from django.core.management import execute_from_command_line
        from django.db.utils import OperationalError
    except ImportError:
        sys.exit("Django is not installed in this Python: use .venv/bin/python manage.py (`make run` makes .venv)")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if not is_about_the_connection(error):
            raise
        sys.exit(advice(error))


def is_read_by_nobody() -> bool:
    """Has whoever read standard output gone, as `head` does?"""
    asked = select.poll()
    asked.register(sys.stdout, 0)
    return bool(asked.poll(0))


def is_about_the_connection(error: Exception) -> bool:
    """Did the server not answer at all? An answer, even a refusal, carries a code."""
    return getattr(error.__cause__, "pgcode", None) is None


def advice(error: Exception) -> str:
    """What to do about a database that does not answer."""
    if os.environ.get("DATABASE_URL"):
        return f"the database at DATABASE_URL does not answer: {str(error).splitlines()[0]}"
    return "the database is not running: make run"


if __name__ == "__main__":
    main()
