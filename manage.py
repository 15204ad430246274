#!/usr/bin/env python
"""Django's command line for the portal."""

import os
import sys


def main() -> None:
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
