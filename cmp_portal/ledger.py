"""All that is looked through, app by app, after the guards themselves."""

from collections.abc import Collection, Iterator

import pgtrigger

import accounts.queries
import audits.queries
import credentials.queries
import declarations.queries
import education.queries
from cmp_portal.lib.differences import Check, each_in_sql, in_sql

GUARDS = {
    "triggers at rest": """
        SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'
    """,
    "constraints that were never checked": """
        SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE NOT convalidated
    """,
}
MISSING = """
    SELECT wanted, 'is not installed' FROM unnest(%(names)s::text[]) wanted
     WHERE NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgname = wanted)
"""
APPS = {
    "accounts": accounts.queries.differences,
    "credentials": credentials.queries.differences,
    "education": education.queries.differences,
    "declarations": declarations.queries.differences,
    "audits": audits.queries.differences,
}


def guards() -> Iterator[Check]:
    """What keeps the rows right from now on: the database's own triggers and constraints."""
    yield from each_in_sql("database", GUARDS)
    names = [trigger.get_pgid(model) for model, trigger in pgtrigger.registered()]
    yield in_sql("database", "triggers that are missing", MISSING, names=names)


def checks(apps: Collection[str] = ()) -> list[Check]:
    """The checks of these apps; of all of them and of the database itself, when none is named."""
    own = [] if apps else list(guards())
    return [*own, *(check for app, differences in APPS.items() if not apps or app in apps for check in differences())]
