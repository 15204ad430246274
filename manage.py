#!/usr/bin/env python
"""Django's command line for the portal."""

import errno
import os
import select
import sys

# As in sysexits.h; and as shells report processes ended by SIGINT and SIGPIPE.
UNAVAILABLE, NOT_WRITTEN, INTERRUPTED, NOBODY_READS = 69, 74, 130, 141
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# The server shuts down, or has no space or connections left; and missing tables or columns.
SERVER_GONE, NOT_THERE = ("08", "53", "57P"), {"42P01", "42703"}


def main() -> None:
    """Run the command; no traceback for whoever stops it or closes its output."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 (until the end; closed before it, as by >&-)
    try:
        try:
            run()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        end(INTERRUPTED, "stopped before it finished: you can run it again")
    except BrokenPipeError:
        if not is_read_by_nobody():
            raise
        end(NOBODY_READS)
    except OSError as problem:
        if problem.errno not in NO_ROOM:
            raise
        what = problem.filename or "the output"
        end(NOT_WRITTEN, f"no space to write {what} ({problem.strerror}): free some, then run it again")


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
        end(UNAVAILABLE, "the database is missing tables of this version: run manage.py migrate")


def end(code: int, words: str = "") -> None:
    """Exit with a message on standard error; drop what can't be written, or Python complains as it exits."""
    for stream, text in ((sys.stdout, ""), (sys.stderr, f"{words}\n" if words else "")):
        try:
            stream.write(text)
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)


def is_read_by_nobody() -> bool:
    """Whether the reader of standard output has gone, as `head` does."""
    asked = select.poll()
    asked.register(sys.stdout, 0)
    return bool(asked.poll(0))


def code_of(error: Exception) -> str | None:
    """The server's error code; None if it did not respond at all."""
    return getattr(error.__cause__, "pgcode", None)


def is_about_the_server(error: Exception) -> bool:
    """Whether the server is gone, rather than a statement wrong."""
    code = code_of(error)
    return code is None or code.startswith(SERVER_GONE)


def is_migrated() -> bool:
    from cmp_portal.operations.readiness import is_migrated

    return is_migrated()


def advice(error: Exception) -> str:
    """What to do about a database that does not respond."""
    said = str(error).splitlines()[0]
    if code_of(error):
        return f"the database failed ({said}): fix that, then run it again"
    if os.environ.get("DATABASE_URL"):
        return f"the database at DATABASE_URL does not respond: {said}"
    return "the database is not running: make run"


if __name__ == "__main__":
    main()
