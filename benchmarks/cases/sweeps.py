"""Jobs that sweep over all cycles, against bare SQL."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from io import StringIO

from django.core.management import call_command
from django.db import transaction
from django.urls import reverse

from accounts import actions
from benchmarks.cases.measuring import again, execute, seconds, undone
from benchmarks.harness import case
from cmp_portal.lib import clock
from credentials.models import RequirementSet
from credentials.queries import requirements_by_id
from declarations.actions import reminders
from education.queries import sums_statement, verdicts
from education.queries.verdicts import filters_of

REMIND = """
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
    SELECT holder_id, CASE WHEN ends_on < %(on)s THEN 'expired' WHEN asks THEN 'one_month_left' ELSE 'expires_soon' END,
           CASE WHEN ends_on < %(on)s THEN 'expired:' || id ELSE 'expires_soon:' || id || ':' || step END,
           code || CASE WHEN ends_on < %(on)s THEN ' has expired'
                        WHEN asks AND advised >= %(on)s
                        THEN ': submit your declaration by ' || to_char(advised, 'FMDD FMMonth YYYY')
                        WHEN asks THEN ': submit your declaration now'
                        ELSE ' expires on ' || to_char(ends_on, 'FMDD FMMonth YYYY') END,
           CASE WHEN ends_on < %(on)s
                THEN 'Your credential expired on ' || to_char(ends_on, 'FMDD FMMonth YYYY') || '. To be reinstated, '
                     'allocate credits completed no more than ' || cycle_years || ' years ago and submit a declaration.'
                     ' The Board charges a reinstatement fee in addition to the application fee.'
                WHEN asks THEN 'Your credential expires on ' || to_char(ends_on, 'FMDD FMMonth YYYY')
                     || ', and the Board needs time to process your declaration. Everything is allocated.'
                WHEN is_complete AND opens > %(on)s
                THEN 'Your credential expires on ' || to_char(ends_on, 'FMDD FMMonth YYYY') || '. Everything is '
                     'allocated: you can declare starting ' || to_char(opens, 'FMDD FMMonth YYYY') || '.'
                WHEN is_complete THEN 'Your credential expires on ' || to_char(ends_on, 'FMDD FMMonth YYYY')
                     || '. Everything is allocated: submit your declaration now.'
                WHEN advised < %(on)s THEN 'Your credential expires on ' || to_char(ends_on, 'FMDD FMMonth YYYY')
                     || '. Check what is still missing, and submit your declaration as soon as it is complete. The '
                     'Board needs time to review it.'
                ELSE 'Your credential expires on ' || to_char(ends_on, 'FMDD FMMonth YYYY') || '. Check what is still '
                     'missing, and submit your declaration by ' || to_char(advised, 'FMDD FMMonth YYYY') || '.' END,
           %(link)s || credential_id, %(at)s
      FROM (SELECT n.*, is_complete AND opens <= %(on)s AND step IN (30, 60) AS asks
              FROM (SELECT y.id, y.holder_id, y.credential_id, y.ends_on, t.code, t.cycle_years,
                           CASE WHEN y.ends_on <= %(on)s::date + 7 THEN 7 WHEN y.ends_on <= %(on)s::date + 30 THEN 30
                                WHEN y.ends_on <= %(on)s::date + 60 THEN 60 WHEN y.ends_on <= %(on)s::date + 90 THEN 90
                                ELSE 180 END AS step,
                           COALESCE(s.is_complete, FALSE) AS is_complete,
                           y.ends_on - t.declaration_opens_days AS opens,
                           LEAST(y.ends_on - t.advised_days, (y.ends_on - interval '1 month')::date) AS advised
                      FROM credentials_cycle y
                      JOIN credentials_credential c ON c.id = y.credential_id AND c.hold <> 'revoked'
                      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
                      LEFT JOIN education_cyclestatus s ON s.cycle_id = y.id
                     WHERE y.closed_at IS NULL AND y.ends_on <= %(on)s::date + 180
                       AND (y.declared_on IS NULL
                            OR y.id IN (SELECT cycle_id FROM declarations_declaration WHERE state = 'returned'))
                       AND (t.mandatory_from IS NULL OR c.certified_on >= t.mandatory_from)) n) due
    ON CONFLICT (holder_id, key) DO NOTHING
"""
DELIVER = """
    UPDATE accounts_alert a SET emailed_at = now() FROM accounts_holder h
     WHERE a.emailed_at IS NULL AND a.withdrawn_at IS NULL AND h.id = a.holder_id AND h.email <> ''
       AND NOT EXISTS (SELECT 1 FROM accounts_preference p
                        WHERE p.holder_id = h.id AND p.kind = a.kind AND p.channel <> 'at_once')
"""
TOLD = """
    SELECT count(*), md5(string_agg(md5(concat_ws(' | ', holder_id, kind, key, title, body, link)), '' ORDER BY key))
      FROM accounts_alert WHERE created_at = %s
"""


def told(call: Callable[[], object], at: datetime) -> list[tuple]:
    """Number and digest of the alerts that a call writes at this time; rolled back."""
    with transaction.atomic():
        call()
        found = execute(TOLD, [at])
        transaction.set_rollback(True)
    return found


def fresh(measure: Callable[[], float]) -> Callable[[], float]:
    """Vacuum before measuring, since earlier rounds leave dead rows in the index of each holder's alerts."""

    def tidied() -> float:
        execute("VACUUM accounts_alert")
        return measure()

    return tidied


@case("10", "Reminder sweep, whole command against its bare SQL", at_most=1.3, unit="s", rounds=5)
def reminding(site):
    at, on = clock.now(), clock.today()
    values = {"on": on, "at": at, "link": f"{reverse('education:progress')}?credential="}
    ours, bare = told(lambda: reminders.remind(on=on, at=at), at), told(lambda: execute(REMIND, values), at)
    if ours != bare:
        raise RuntimeError(f"the sweep tells {ours}, its bare SQL {bare}")
    sweep, bare = partial(call_command, "send_reminders", stdout=StringIO()), partial(execute, REMIND, values)
    return fresh(undone(sweep)), fresh(undone(bare))


for name, sweep in (("reminder sweep", reminders.remind), ("sweep of what is ready", reminders.alert_ready)):

    @case("15", f"Second run of the {name} against the first", at_most=0.6, unit="s", rounds=5)
    def sweeping_again(site, sweep=sweep):
        once = partial(sweep, on=clock.today(), at=clock.now())
        return fresh(lambda: again(once)[0]), fresh(undone(once))

    @case("15", f"Second run of the {name}, rows written", unit="rows", rounds=1)
    def writing_again(site, sweep=sweep):
        once = partial(sweep, on=clock.today(), at=clock.now())
        return lambda: again(once)[1], None


def of_waiting(call: Callable[[], object]) -> Callable[[], float]:
    """Seconds for a call while a night's reminders wait for delivery; rolled back."""

    def measure() -> float:
        with transaction.atomic():
            reminders.remind(on=clock.today(), at=clock.now())
            found = seconds(call)
            transaction.set_rollback(True)
        return found

    return measure


@case("13", "Delivering reminders, without rendering and SMTP, against one statement", at_most=3, unit="s", rounds=5)
def delivering(site):
    def ours():
        return actions.deliver_all(clock=clock.now, send=lambda claimed, connection: None)

    with transaction.atomic():
        reminders.remind(on=clock.today(), at=clock.now())
        told = [
            ours(),
            execute("SELECT count(*) FROM accounts_alert WHERE emailed_at IS NULL AND withdrawn_at IS NULL"),
        ]
        transaction.set_rollback(True)
    if not told[0] or told[1] != [(0,)]:
        raise RuntimeError(f"delivered, and left: {told}")
    return fresh(of_waiting(ours)), fresh(of_waiting(partial(execute, DELIVER)))


@case("11", "The verdict on all cycles against the whole rule in SQL", at_most=2, unit="s")
def judging(site):
    sets, on = list(RequirementSet.objects.select_related("credential_type")), clock.today()
    statement, values = whole_rule(sets, on)
    return lambda: seconds(lambda: sum(1 for _ in verdicts(sets, on=on))), lambda: seconds(
        lambda: execute(statement, values)
    )


def whole_rule(sets, on):
    """The same sums judged in SQL: missing total, missing points per area, and too much college credit."""
    known = requirements_by_id(sets)
    widest = max(len(one.areas) for one in known.values())
    filters = [filters_of(rule) for rule in next(iter(known.values())).rules]
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
