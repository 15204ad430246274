"""Applying new requirements: open cycles switch to them, and shares stay wherever their area still exists."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.actions.jobs import Show, not_shown
from accounts.enums import AlertKind
from accounts.queries import CORRESPONDENCE, in_each_language, language_sql
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.formatting import points_text
from cmp_portal.lib.statements import execute, first_column
from credentials.models import Cycle, RequirementSet
from credentials.queries import newest_set_sql, requirements_by_id
from credentials.rules import Raised, Requirements, raised
from education.actions.status import refresh_status

BATCH = 1000

# A cycle takes the newest set that applies on its last day; once expired, on the day it would be declared.
FIND_CYCLES = f"""
    CREATE TEMP TABLE outdated ON COMMIT DROP AS
    SELECT y.id AS cycle_id, y.requirement_set_id AS old_set_id, r.id AS set_id
      FROM credentials_cycle y JOIN credentials_credential c ON c.id = y.credential_id
     CROSS JOIN LATERAL ({newest_set_sql(of="c.credential_type_id", on="greatest(y.ends_on, %(on)s)")}) r
     WHERE y.closed_at IS NULL AND y.declared_on IS NULL AND y.shares_frozen_at IS NULL
       AND y.requirement_set_id <> r.id AND (%(cycles)s::bigint[] IS NULL OR y.id = ANY(%(cycles)s))
"""  # noqa: S608 (constants only)

NEXT_BATCH = """
    SELECT o.cycle_id FROM outdated o JOIN credentials_cycle y ON y.id = o.cycle_id
     WHERE y.requirement_set_id <> o.set_id AND y.declared_on IS NULL AND y.shares_frozen_at IS NULL
     ORDER BY o.cycle_id LIMIT %(limit)s
"""

# Credits first, then cycles, each in id order: the lock order that every writer keeps.
LOCK_CREDITS = """
    SELECT 1 FROM education_credit
     WHERE id IN (SELECT a.credit_id FROM education_allocation a WHERE a.cycle_id = ANY(%(cycles)s))
     ORDER BY id FOR UPDATE
"""
LOCK_CYCLES = "SELECT 1 FROM credentials_cycle WHERE id = ANY(%(cycles)s) ORDER BY id FOR UPDATE"

MOVE_CYCLES = """
    UPDATE credentials_cycle y SET requirement_set_id = o.set_id FROM outdated o
     WHERE y.id = o.cycle_id AND y.id = ANY(%(cycles)s) AND y.declared_on IS NULL AND y.shares_frozen_at IS NULL
"""

MOVE_SHARES = """
    UPDATE education_allocation a SET area_id = survivor.id
      FROM credentials_cycle y, credentials_area old, credentials_area survivor
     WHERE a.cycle_id = ANY(%(cycles)s) AND y.id = a.cycle_id AND old.id = a.area_id
       AND old.requirement_set_id <> y.requirement_set_id
       AND survivor.requirement_set_id = y.requirement_set_id AND survivor.code = old.code
"""

HOMELESS = """
    CREATE TEMP TABLE released ON COMMIT DROP AS
    SELECT a.id, a.holder_id, a.cycle_id, a.points, a.area_id
      FROM education_allocation a
      JOIN credentials_area old ON old.id = a.area_id JOIN credentials_cycle y ON y.id = a.cycle_id
     WHERE a.cycle_id = ANY(%(cycles)s) AND old.requirement_set_id <> y.requirement_set_id
"""

IN_AREAS = """
    CREATE TEMP TABLE released ON COMMIT DROP AS
    SELECT id, holder_id, cycle_id, points, area_id FROM education_allocation WHERE area_id = ANY(%(areas)s)
"""

RELEASE = "DELETE FROM education_allocation a USING released r WHERE a.id = r.id"

# The key includes the removed areas, so that a further change of the same cycle makes another alert.
TELL = f"""
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
    SELECT r.holder_id, %(kind)s,
           'shares_released:' || r.cycle_id || ':' || md5(string_agg(DISTINCT r.area_id::text, ',')),
           left(format(%(title)s::jsonb ->> {language_sql()}, min(t.code)), 200),
           format(%(body)s::jsonb ->> {language_sql()}, rtrim(to_char(sum(r.points) / 100.0, 'FM9999990.99'), '.'),
                  string_agg(DISTINCT g.title, ', ')),
           {language_sql()}, %(link)s || y.credential_id, %(at)s
      FROM released r
      JOIN credentials_cycle y ON y.id = r.cycle_id JOIN credentials_credential c ON c.id = y.credential_id
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id JOIN credentials_area g ON g.id = r.area_id
      {CORRESPONDENCE} r.holder_id
     GROUP BY r.holder_id, r.cycle_id, y.credential_id, w.holder_id ORDER BY r.holder_id, r.cycle_id
    ON CONFLICT (holder_id, key) DO NOTHING
"""  # noqa: S608 (constants only)

# Cycles with the set they had and the set they have; both are the same if the set itself changed.
MOVED = """
    SELECT o.cycle_id, o.old_set_id, o.set_id FROM outdated o
      JOIN credentials_cycle y ON y.id = o.cycle_id AND y.requirement_set_id = o.set_id
"""
OPEN = """
    SELECT id AS cycle_id, requirement_set_id AS old_set_id, requirement_set_id AS set_id FROM credentials_cycle
     WHERE closed_at IS NULL AND declared_on IS NULL AND shares_frozen_at IS NULL
"""
TELL_RAISED = f"""
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
    SELECT y.holder_id, %(kind)s, 'raised:' || y.id || ':' || m.set_id || ':' || %(moment)s,
           left(format(%(title)s::jsonb ->> {language_sql()}, t.code), 200), m.body::jsonb ->> {language_sql()},
           {language_sql()}, %(link)s || y.credential_id, %(at)s
      FROM ({{cycles}}) n
      JOIN unnest(%(before)s::bigint[], %(after)s::bigint[], %(bodies)s::text[]) m (old_set_id, set_id, body)
     USING (old_set_id, set_id)
      JOIN credentials_cycle y ON y.id = n.cycle_id JOIN credentials_credential c ON c.id = y.credential_id
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
      {CORRESPONDENCE} y.holder_id
     ORDER BY y.holder_id, y.id
    ON CONFLICT (holder_id, key) DO NOTHING
"""  # noqa: S608 (constants only)


class SharesFrozen(Exception):
    """Frozen cycles have shares in an area that is to be removed."""


@dataclass(frozen=True, slots=True)
class Repointed:
    """How many open cycles switched requirement sets, and how many shares were released because their area is gone."""

    cycles: int
    released: int


@transaction.atomic
def repoint_cycles(*, at: datetime, cycles: Collection[int] | None = None, show: Show = not_shown) -> Repointed:
    """Moves open, undeclared cycles (all, or those named) to the requirement set that applies to them now.

    `show` is given how many have been moved so far.
    """
    execute("DROP TABLE IF EXISTS pg_temp.outdated")
    execute(FIND_CYCLES, on=board_day(at), cycles=None if cycles is None else sorted(cycles))
    moved = released = 0
    while batch := first_column(NEXT_BATCH, limit=BATCH):
        released += _repoint(batch, at=at)
        moved += len(batch)
        show(moved)
    if moved:
        _tell_raised(MOVED, _moved_between(), at=at)
    return Repointed(moved, released)


@transaction.atomic
def release_areas(*, areas: Collection[int], at: datetime) -> int:
    """Releases what is allocated to areas that are to be removed; returns the number of shares.

    Raises SharesFrozen if a frozen cycle has shares in one of them.
    """
    execute("DROP TABLE IF EXISTS pg_temp.released")
    if Cycle.objects.filter(shares_frozen_at__isnull=False, allocations__area__in=areas).exists():
        raise SharesFrozen("closed cycles have shares in an area to be removed; publish the change as a new version")
    return _release(IN_AREAS, at=at, areas=list(areas))


@transaction.atomic
def tell_raised(changed: Mapping[int, tuple[Requirements, Requirements]], *, at: datetime) -> None:
    """Alerts holders of open cycles whose set now requires more; `changed`: its values before and after, by its ID."""
    _tell_raised(OPEN, {(pk, pk): raised(*values) for pk, values in changed.items()}, at=at)


def refresh_cycles(cycles: Sequence[int], *, at: datetime, show: Show = not_shown) -> None:
    """Refreshes the status of many cycles in batches; `show` is given how many have been refreshed so far."""
    for start in range(0, len(cycles), BATCH):
        batch = cycles[start : start + BATCH]
        refresh_status(batch, at=at)
        show(start + len(batch))


def _repoint(cycles: Sequence[int], *, at: datetime) -> int:
    """Moves cycles and their shares; returns the number of shares released because their area is gone."""
    execute("DROP TABLE IF EXISTS pg_temp.released")
    execute(LOCK_CREDITS, cycles=cycles)
    execute(LOCK_CYCLES, cycles=cycles)
    execute(MOVE_CYCLES, cycles=cycles)
    execute(MOVE_SHARES, cycles=cycles)
    released = _release(HOMELESS, at=at, cycles=cycles)
    refresh_status(cycles, at=at)
    # Run the deferred constraint checks per batch: a long queue of them would slow down every row.
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET CONSTRAINTS ALL DEFERRED")
    return released


def _release(which: str, *, at: datetime, **values: Any) -> int:
    released = execute(which, **values)
    if released:
        execute(RELEASE)
        execute(
            TELL,
            kind=AlertKind.SHARES_RELEASED,
            title=in_each_language(lambda: _("New requirements for %s: part of your allocation was released")),
            body=in_each_language(
                lambda: _(
                    "Released points: %s. They were allocated where they are no longer required (%s). Allocate them to"
                    " another requirement."
                )
            ),
            link=f"{reverse('education:progress')}?credential=",
            at=at,
        )
    return released


def _moved_between() -> dict[tuple[int, int], tuple[Raised, ...]]:
    """What is required more, by the IDs of the set that cycles had and the set they have."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT old_set_id, set_id FROM outdated")
        pairs = cursor.fetchall()
    sets = requirements_by_id(RequirementSet.objects.filter(pk__in={pk for pair in pairs for pk in pair}))
    return {(old, new): raised(sets[old], sets[new]) for old, new in pairs}


def _tell_raised(cycles: str, changes: Mapping[tuple[int, int], tuple[Raised, ...]], *, at: datetime) -> None:
    told = [(*pair, in_each_language(partial(_raised_words, more))) for pair, more in changes.items() if more]
    if not told:
        return
    before, after, bodies = zip(*told, strict=True)
    execute(
        TELL_RAISED.format(cycles=cycles),
        kind=AlertKind.REQUIREMENTS_RAISED,
        title=in_each_language(lambda: _("New requirements for %s")),
        before=list(before),
        after=list(after),
        bodies=list(bodies),
        moment=f"{at:%Y%m%d%H%M%S%f}",
        link=f"{reverse('education:progress')}?credential=",
        at=at,
    )


def _raised_words(more: tuple[Raised, ...]) -> str:
    lines = [
        _("%(title)s: %(after)s (before: %(before)s)")
        % {
            "title": one.title or _("Total"),
            "after": points_text(one.after),
            "before": points_text(one.before),
        }
        for one in more
    ]
    return _("Points required now: %(list)s. Check Progress shows what you still need.") % {"list": "; ".join(lines)}
