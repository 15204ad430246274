"""Delete evidence whose retention period is over, files and rows, unless a declaration, audit or appeal may need it."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.actions import Failures, JobRefused, report
from cmp_portal.lib.storage import StorageAway, is_well, storage_errors
from declarations.actions.locks import lock
from declarations.models import AppealDocument, Declaration
from education.models import Credit, Evidence

BATCH = 500
SINCE = "(%(on)s::date - make_interval(years => %(years)s))::date"
# True while a cycle keeps its documents: it is open, or its retention period is not over.
KEEPS = f"(y.closed_at IS NULL OR y.ends_on >= {SINCE})"
# A credit is purgeable if it is allocated to at least one cycle, and none of the cycles that it is allocated to or was
# declared in keeps its documents or has an unfinished declaration. A credit without allocations has no retention date.
# While a holder has an open audit, all their evidence stays, since any credit may become a replacement there.
FREE = f"""
    SELECT k.id FROM education_credit k
     WHERE k.id > %(after)s AND (%(only)s::bigint IS NULL OR k.id = %(only)s)
       AND EXISTS (SELECT 1 FROM education_evidence e WHERE e.credit_id = k.id)
       AND EXISTS (SELECT 1 FROM education_allocation s WHERE s.credit_id = k.id)
       AND NOT EXISTS (SELECT 1 FROM education_allocation s JOIN credentials_cycle y ON y.id = s.cycle_id
                        WHERE s.credit_id = k.id AND {KEEPS})
       AND NOT EXISTS (SELECT 1 FROM declarations_declaration d
                         JOIN credentials_cycle y ON y.id = d.cycle_id
                         JOIN declarations_declaredcredit c ON c.declaration_id = d.id
                        WHERE d.holder_id = k.holder_id AND c.content->>'credit' = k.uuid::text
                          AND ({KEEPS} OR d.state NOT IN ('renewed', 'denied', 'withdrawn')))
       AND NOT EXISTS (SELECT 1 FROM audits_audit a JOIN declarations_declaration d ON d.id = a.declaration_id
                        WHERE a.holder_id = k.holder_id AND a.state NOT IN ('passed', 'failed')
                          AND d.state <> 'withdrawn')
     ORDER BY k.id LIMIT {BATCH}
"""  # noqa: S608 (constants only)


# Documents of an appeal are kept until it is decided and the cycle it is about no longer keeps documents.
FREE_APPEALS = f"""
    SELECT a.id FROM declarations_appeal a
      JOIN declarations_declaration d ON d.id = a.declaration_id
      JOIN credentials_cycle y ON y.id = d.cycle_id
     WHERE a.id > %(after)s AND (%(only)s::bigint IS NULL OR a.id = %(only)s)
       AND EXISTS (SELECT 1 FROM declarations_appealdocument f WHERE f.appeal_id = a.id)
       AND NOT {KEEPS} AND d.state IN ('renewed', 'denied', 'withdrawn')
     ORDER BY a.id LIMIT {BATCH}
"""  # noqa: S608 (constants only)


class PurgeRefused(JobRefused):
    """No purge is allowed for that day; nothing was deleted."""


def purgeable(*, on: date, today: date) -> Iterator[Evidence]:
    """Documents that may be purged as of `on`; raises PurgeRefused if that is in the future, or no period is set."""
    values = _period(on, today)
    for credit in _free(FREE, values):
        yield from _of_credit(credit)
    for appeal in _free(FREE_APPEALS, values):
        yield from _of_appeal(appeal)


def purge_evidence(*, on: date, today: date) -> int:
    """Delete the documents that may be purged as of `on`, credit by credit and appeal by appeal; return how many.

    Files are deleted before their rows, so that an interrupted run is resumed by the next one. A document that can't be
    deleted keeps no other, however many there are, and is named at the end, by CompletedWithProblems. Raises
    PurgeRefused as `purgeable` does, and StorageAway if the storage is unavailable.
    """
    count, values = 0, _period(on, today)
    files, failures = Failures(is_well=is_well), Failures(stops=(StorageAway,))
    for credit in _free(FREE, values):
        with failures.kept_to(f"documents of credit {credit}"):
            count += _purge_credit(credit, values, files)
        report(count)
    for appeal in _free(FREE_APPEALS, values):
        with failures.kept_to(f"documents of appeal {appeal}"):
            count += _purge_appeal(appeal, values, files)
        report(count)
    failures.failed[:0] = files.failed
    return failures.told(count)


def _period(on: date, today: date) -> dict[str, Any]:
    years = settings.EVIDENCE_RETENTION_YEARS
    if years is None:
        raise PurgeRefused(
            _("EVIDENCE_RETENTION_YEARS is not set. The Board has not specified how long documents are kept.")
        )
    if on > today:
        raise PurgeRefused(
            _("That day is in the future. Documents that can be deleted then may still be needed until then.")
        )
    return {"on": on, "years": years}


def _free(sql: str, values: dict[str, Any], *, only: int | None = None) -> Iterator[int]:
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, {**values, "after": after, "only": only})
            found = [pk for (pk,) in cursor.fetchall()]
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1]


def _of_credit(credit: int) -> QuerySet[Evidence]:
    return Evidence.objects.filter(credit=credit).order_by("id")


def _of_appeal(appeal: int) -> QuerySet[Evidence]:
    return Evidence.objects.filter(appeal_document__appeal=appeal).order_by("id")


@transaction.atomic
def _purge_credit(credit: int, values: dict[str, Any], files: Failures) -> int:
    """Delete all documents of a credit, rechecked under its lock: a concurrent allocation waits for it."""
    list(Credit.objects.filter(pk=credit).select_for_update().values_list("pk"))
    if credit not in _free(FREE, values, only=credit):
        return 0
    removed = _without_files(_of_credit(credit).select_for_update(), f"credit {credit}", files)
    return _remove(removed)


@transaction.atomic
def _purge_appeal(appeal: int, values: dict[str, Any], files: Failures) -> int:
    """Delete all documents of an appeal, rechecked under its declaration's lock: a concurrent move waits for it."""
    lock(Declaration.objects.get(appeal=appeal))
    if appeal not in _free(FREE_APPEALS, values, only=appeal):
        return 0
    removed = _without_files(_of_appeal(appeal).select_for_update(of=("self",)), f"appeal {appeal}", files)
    AppealDocument.objects.filter(evidence__in=removed).delete()
    return _remove(removed)


def _without_files(documents: Iterable[Evidence], whose: str, files: Failures) -> list[int]:
    """Delete the files of documents; returns the IDs of those that have none any longer."""
    removed = []
    for document in documents:
        with files.kept_to(f"document {document.pk} of {whose}"), storage_errors():
            for file in (document.preview, document.file):
                if file.name:
                    file.storage.delete(file.name)
            removed.append(document.pk)
    return removed


def _remove(documents: list[int]) -> int:
    Evidence.objects.filter(pk__in=documents).delete()
    return len(documents)
