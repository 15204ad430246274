#!/usr/bin/env python
"""Django's command line for the portal."""

import errno
import os
import select
import sys

# As sysexits.h names them; and as shells say it of whoever was ended by SIGINT and SIGPIPE.
UNAVAILABLE, NOT_WRITTEN, INTERRUPTED, NOBODY_READS = 69, 74, 130, 141
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# The server itself goes down, or has no room or no connection left; and tables or columns that are not there.
SERVER_GONE, NOT_THERE = ("08", "53", "57P"), {"42P01", "42703"}


def main() -> None:
    """Whoever stops a command, or has read enough of it, is told nothing of where in the code it was."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 (until the end; closed before it, as by >&-)
    try:
        try:
            run()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        end(INTERRUPTED, "stopped before its end: it may be run again")
    except BrokenPipeError:
        if not is_read_by_nobody():
            raise
        end(NOBODY_READS)
    except OSError as problem:
        if problem.errno not in NO_ROOM:
            raise
        what = problem.filename or "what it says"
        end(NOT_WRITTEN, f"no room to write {what} ({problem.strerror}): make some, then run it again")


def run() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
    try:
        from django.core.management import execute_from_command_line
        from django.db import OperationalError, ProgrammingError
    except ImportError:
        sys.exit("Django is not installed in this Python: use .venv/bin/python manage.py (`make run` makes .venv)")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if not is_about_the_server(error):
            raise
        end(UNAVAILABLE, advice(error))
    except ProgrammingError as error:
        if code_of(error) not in NOT_THERE or is_migrated():
            raise
        end(UNAVAILABLE, "the database lacks tables of this version: run manage.py migrate")


def end(code: int, words: str = "") -> None:
    """Ends with words on standard error; what can't be written any more is let go, or Python complains when it ends."""
    for stream, text in ((sys.stdout, ""), (sys.stderr, f"{words}\n" if words else "")):
        try:
            stream.write(text)
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


def is_read_by_nobody() -> bool:
    """Has whoever read standard output gone, as `head` does?"""
    asked = select.poll()
    asked.register(sys.stdout, 0)
    return bool(asked.poll(0))


def code_of(error: Exception) -> str | None:
    """What the server calls the error; nothing where it did not answer at all."""
    return getattr(error.__cause__, "pgcode", None)


def is_about_the_server(error: Exception) -> bool:
    """Is it the server that is gone, and not a statement that went wrong?"""
    code = code_of(error)
    return code is None or code.startswith(SERVER_GONE)


def is_migrated() -> bool:
    from cmp_portal.operations.readiness import is_migrated

    return is_migrated()


def advice(error: Exception) -> str:
    """What to do about a database that does not answer."""
    said = str(error).splitlines()[0]
    if code_of(error):
        return f"the database gave up ({said}): see to it, then run it again"
    if os.environ.get("DATABASE_URL"):
        return f"the database at DATABASE_URL does not answer: {said}"
    return "the database is not running: make run"


if __name__ == "__main__":
    main()
