"""The load: one transaction with a few set-based statements, then statuses computed by the engine itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from itertools import islice
from typing import Any

from django.db import connection, transaction

from accounts.models import Holder
from cmp_portal.scale import sql
from cmp_portal.scale.tables import bare, resting
from credentials.models import ActivityKind, RequirementSet, Subject
from declarations.actions import mend_queue
from declarations.models import Attestation
from education.models import Allocation, Credit, Provider
from education.queries import WINDOW, Judged, verdicts

FIRST_NAMES = ["Amara", "Ben", "Carla", "Dmitri", "Elena", "Farid", "Grace", "Hiro", "Ines", "Jamal", "Keiko", "Liam"]
LAST_NAMES = ["Adams", "Baker", "Chen", "Diaz", "Evans", "Fischer", "Garcia", "Hughes", "Ivanov", "Jones", "Khan"]
TITLES = ["Case studies", "Quality control", "Safety refresher", "Annual meeting", "Method validation"]
OFTEN = {"ce-course": 14, "in-service": 4}
LOADED = (
    "accounts_holder", "accounts_user", "accounts_alert", "credentials_credential", "credentials_cycle",
    "education_credit", "education_allocation",
)  # fmt: skip
JUDGED = ("education_cyclestatus", "declarations_declaration", "declarations_step")
NUMBERED = (*(table for table in LOADED if table != "accounts_alert"), "declarations_declaration")
REMEMBERED: tuple[Any, ...] = (Credit, Allocation)
COUNTED = ("accounts_holder", "credentials_credential", "education_credit")
STATUS_COLUMNS = "cycle_id, holder_id, counted, missing, is_complete, times_completed, version, computed_at"
PIECE = 50_000

Say = Callable[[str], None]


class NotLoaded(Exception):
    """The reference data or the requirements are missing."""


class Occupied(Exception):
    """The database already has holders."""


@dataclass(frozen=True)
class Order:
    """The parameters of a load: number of holders, seed, and the day and time it refers to."""

    holders: int
    seed: int
    on: date
    at: datetime


@transaction.atomic
def seed(order: Order, *, into_existing: bool = False, say: Say = lambda line: None) -> dict[str, int]:
    """Generate holders with all their data; returns how many rows each table must have gained.

    Raises Occupied if there are holders already, NotLoaded if reference data is missing.
    """
    _refuse(into_existing)
    values = _values(order)
    _run("SET LOCAL work_mem = '256MB'", "SET LOCAL maintenance_work_mem = '512MB'", "SET LOCAL jit = off")
    _run(sql.DICE.format(seed=int(order.seed)))
    with bare(LOADED, say=say):
        _load(values, say)
    say("verdicts")
    with bare(JUDGED, say=say), resting(["credentials_cycle"]):
        _judge(order, values)
    say("queue")
    mend_queue()
    _next_keys()
    return _expected()


def _refuse(into_existing: bool) -> None:
    if Holder.objects.exists() and not into_existing:
        raise Occupied("This database already has holders: use --into-existing to add to them.")
    if not (RequirementSet.objects.exists() and Attestation.objects.exists() and Provider.objects.exists()):
        raise NotLoaded("The reference data is missing: run load_reference and load_requirements first.")


def _values(order: Order) -> dict[str, Any]:
    """Parameters for the statements: lists such as `firsts`, each with its length as `first`."""
    kinds = ActivityKind.objects.filter(counts=True).order_by("id").values_list("id", "code")
    lists: dict[str, list[Any]] = {
        "first": FIRST_NAMES,
        "last": LAST_NAMES,
        "title": TITLES,
        "kind": [pk for pk, code in kinds for _time in range(OFTEN.get(code, 1))],
        "subject": list(Subject.objects.order_by("id").values_list("code", flat=True)),
    }
    return {
        "holders": order.holders,
        "seed": order.seed,
        "on": order.on,
        "at": order.at,
        "provider": Provider.objects.order_by("id").values_list("pk", flat=True)[0],
        **{f"{name}s": found for name, found in lists.items()},
        **{name: len(found) for name, found in lists.items()},
    }


def _load(values: dict[str, Any], say: Say) -> None:
    """Insert the data, with ANALYZE after each step: plans made for empty tables would be quadratic."""
    say("holders")
    _run(sql.PLAN, "ANALYZE plan", sql.HOLDERS, sql.USERS, sql.REVIEWER, values=values)
    say("credentials")
    _run(sql.CREDENTIALS, "ANALYZE granted", sql.INSERT_CREDENTIALS, "ANALYZE credentials_credential", values=values)
    _run(sql.CYCLES, "ANALYZE credentials_cycle", sql.FIRST_AREAS, "ANALYZE first_areas", values=values)
    say("credits")
    _run(sql.CREDITS, "ANALYZE education_credit", values=values)
    say("shares")
    _run(sql.SHARES.format(window=WINDOW), values=values)
    say("alerts")
    _run(sql.ALERTS, values=values)
    say("history")
    _run(*(_history_of(model) for model in REMEMBERED), values=values)


def _history_of(model: Any) -> str:
    events, table = (each._meta.db_table for each in (model.pgh_event_model, model))
    fields = model.pgh_event_model._meta.concrete_fields
    columns = ", ".join(field.column for field in fields if not field.name.startswith("pgh_"))
    return sql.HISTORY.format(events=events, table=table, columns=columns)


def _judge(order: Order, values: dict[str, Any]) -> None:
    """Write statuses from the engine's verdicts, then the declarations, which depend on them."""
    sets = RequirementSet.objects.select_related("credential_type").order_by("id")
    new = _new_cycles()
    judged = (one for one in verdicts(sets, on=order.on) if one.cycle in new)
    # In batches, since no query for further verdicts can run on the connection during a COPY.
    while piece := list(islice(judged, PIECE)):
        _copy_statuses(piece, at=order.at)
    declarations = sql.DECLARATIONS.format(window=WINDOW)
    _run("ANALYZE education_cyclestatus", sql.DECLARED, declarations, sql.STEPS, sql.FREEZE_SETS, values=values)


def _new_cycles() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT y.id FROM credentials_cycle y JOIN granted g ON g.id = y.credential_id")
        return {pk for (pk,) in cursor}


def _copy_statuses(judged: list[Judged], *, at: datetime) -> None:
    rows = StringIO("".join(_status(one, at) for one in judged))
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY education_cyclestatus ({STATUS_COLUMNS}) FROM STDIN", rows)


def _status(one: Judged, at: datetime) -> str:
    complete = int(one.is_complete)
    cells = (one.cycle, one.holder, one.counted, one.shortfall, complete, complete, 1, at.isoformat())
    return "\t".join(map(str, cells)) + "\n"


def _next_keys() -> None:
    for table in NUMBERED:
        _run(sql.NEXT_KEYS.format(table=table), values={"table": table})


def _expected() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*), SUM(credentials), SUM(credits) FROM plan")
        return dict(zip(COUNTED, map(int, cursor.fetchone()), strict=True))


def _run(*statements: str, values: dict[str, Any] | None = None) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)


def tidy(say: Say) -> None:
    """Vacuum as autovacuum eventually would, since index-only scans need it."""
    histories = (model.pgh_event_model._meta.db_table for model in REMEMBERED)
    for table in (*LOADED, *JUDGED, *histories):
        say(f"vacuum {table}")
        _run(f"VACUUM ANALYZE {table}")
