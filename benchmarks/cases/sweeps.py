"""What looks at all cycles at once, against bare SQL."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from io import StringIO

from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from benchmarks.cases.measuring import again, execute, seconds, undone
from benchmarks.harness import case
from cmp_portal.lib import clock
from credentials.models import RequirementSet
from credentials.queries import requirements_by_id
from declarations.actions import reminders
from education.queries import sums_statement, verdicts
from education.queries.verdicts import _filters

REMIND = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
    SELECT y.holder_id, CASE WHEN y.ends_on < %(on)s THEN 'expired' ELSE 'expires_soon' END,
           CASE WHEN y.ends_on < %(on)s THEN 'expired:' || y.id ELSE 'expires_soon:' || y.id || ':' ||
                CASE WHEN y.ends_on <= %(on)s::date + 7 THEN 7 WHEN y.ends_on <= %(on)s::date + 30 THEN 30
                     WHEN y.ends_on <= %(on)s::date + 60 THEN 60 WHEN y.ends_on <= %(on)s::date + 90 THEN 90
                     ELSE 180 END END,
           t.code || CASE WHEN y.ends_on < %(on)s THEN ' has expired' ELSE ' expires soon' END,
           CASE WHEN y.ends_on < %(on)s
                THEN 'Your credential expired on ' || to_char(y.ends_on, 'FMDD FMMonth YYYY') || '. To be reinstated, '
                     'allocate credits completed within the last three years and submit a declaration.'
                ELSE 'Your credential expires on ' || to_char(y.ends_on, 'FMDD FMMonth YYYY') || '. See what is still '
                     'missing, and submit a month before that day.' END,
           %(link)s || y.credential_id, %(at)s
      FROM credentials_cycle y
      JOIN credentials_credential c ON c.id = y.credential_id AND c.hold <> 'revoked'
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
     WHERE y.closed_at IS NULL AND y.ends_on <= %(on)s::date + 180
       AND (y.declared_on IS NULL OR y.id IN (SELECT cycle_id FROM declarations_declaration WHERE state = 'returned'))
       AND (t.mandatory_from IS NULL OR c.certified_on >= t.mandatory_from)
    ON CONFLICT (holder_id, key) DO NOTHING
"""
TOLD = """
    SELECT count(*), md5(string_agg(md5(concat_ws(' | ', holder_id, kind, key, title, body, link)), '' ORDER BY key))
      FROM accounts_alert WHERE created_at = %s
"""


def told(call: Callable[[], object], at: datetime) -> list[tuple]:
    """How many alerts a call writes at this moment, and a digest of them; undone afterwards."""
    with transaction.atomic():
        call()
        found = execute(TOLD, [at])
        transaction.set_rollback(True)
    return found


@case("10", "Reminder sweep, whole command against its bare SQL", at_most=1.3, unit="s", rounds=5)
def reminding(site):
    at, on = clock.now(), clock.today()
    values = {"on": on, "at": at, "link": f"{reverse('education:progress')}?credential="}
    ours, bare = told(lambda: reminders.remind(on=on, at=at), at), told(lambda: execute(REMIND, values), at)
    if ours != bare:
        raise RuntimeError(f"the sweep tells {ours}, its bare SQL {bare}")
    return undone(lambda: call_command("send_reminders", stdout=StringIO())), undone(lambda: execute(REMIND, values))


for name, sweep in (("reminder sweep", reminders.remind), ("sweep of what is ready", reminders.alert_ready)):

    @case("15", f"Second run of the {name} against the first", at_most=0.6, unit="s", rounds=5)
    def sweeping_again(site, sweep=sweep):
        once = partial(sweep, on=clock.today(), at=clock.now())
        return lambda: again(once)[0], undone(once)

    @case("15", f"Second run of the {name}, rows written", unit="rows", rounds=1)
    def writing_again(site, sweep=sweep):
        once = partial(sweep, on=clock.today(), at=clock.now())
        return lambda: again(once)[1], None


@case("11", "The verdict on all cycles against the whole rule in SQL", at_most=2, unit="s")
def judging(site):
    sets, on = list(RequirementSet.objects.select_related("credential_type")), clock.today()
    statement, values = whole_rule(sets, on)
    return lambda: seconds(lambda: sum(1 for _ in verdicts(sets, on=on))), lambda: seconds(
        lambda: execute(statement, values)
    )


def whole_rule(sets, on):
    """The same sums, judged by SQL: what is missing of the total, of each area, and whether college is too much."""
    known = requirements_by_id(sets)
    widest = max(len(one.areas) for one in known.values())
    filters = [_filters(rule) for rule in next(iter(known.values())).rules]
    sums, values = sums_statement(list(known), filters, widest=widest, on=on)
    names = [f"s{place}" for place in range(widest)]
    columns_ = ", ".join([*names, *(f"r{place}" for place in range(len(filters)))])
    minima = {pk: [int(area.minimum * 100) for area in one.areas] for pk, one in known.items()}
    padded = {pk: found + [0] * (widest - len(found)) for pk, found in minima.items()}
    needed = ", ".join(
        f"({pk}, {int(known[pk].total * 100)}, {', '.join(map(str, found))})" for pk, found in padded.items()
    )
    missing = " + ".join(f"GREATEST(m{place} - s{place}, 0)" for place in range(widest))
    total = " + ".join(names)
    return (
        f"SELECT COUNT(*), SUM(GREATEST(total - ({total}), 0) + {missing}), COUNT(*) FILTER (WHERE r0 > total / 2)"  # noqa: S608
        f" FROM ({sums}) w (id, holder_id, requirement_set_id, {columns_}) JOIN (VALUES {needed})"
        f" n (pk, total, {', '.join(f'm{place}' for place in range(widest))}) ON n.pk = w.requirement_set_id"
    ), values
