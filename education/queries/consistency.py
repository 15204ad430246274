"""Consistency checks of the ledger: credits, their shares and documents, and the derived status rows."""

import hashlib
from collections.abc import Iterable, Iterator

from django.core.files import File
from django.core.files.storage import default_storage

from cmp_portal.lib.consistency import Check, Difference, Scope, each_in_sql, row_by_row
from cmp_portal.lib.storage import StorageAway, storage_errors
from credentials.rules.points import from_hundredths
from education.models import Evidence
from education.queries.statuses import Compared, compared_statuses

# Outer joins, so that rows with dangling references are found too. In a frozen cycle, shares stay as they were signed,
# whatever became of their credits.
SHARES = {
    "shares that do not belong to their credit, cycle and area": """
        SELECT s.id, concat('holder ', s.holder_id, '; credit of holder ', k.holder_id, ', cycle of holder ',
                            y.holder_id, '; area of set ', a.requirement_set_id, ' in a cycle under set ',
                            y.requirement_set_id)
          FROM education_allocation s
          LEFT JOIN education_credit k ON k.id = s.credit_id
          LEFT JOIN credentials_cycle y ON y.id = s.cycle_id
          LEFT JOIN credentials_area a ON a.id = s.area_id
         WHERE k.holder_id IS DISTINCT FROM s.holder_id OR y.holder_id IS DISTINCT FROM s.holder_id
            OR a.requirement_set_id IS NULL OR a.requirement_set_id <> y.requirement_set_id
    """,
    "credits allocated beyond their points in an open cycle": """
        SELECT k.id, concat('cycle ', s.cycle_id, ' has ', (SUM(s.points) / 100.0)::numeric(12, 2), ' of ',
                            CASE WHEN k.withdrawn_at IS NULL THEN (k.points / 100.0)::numeric(12, 2)::text
                                 ELSE 'a withdrawn credit' END)
          FROM education_allocation s
          JOIN education_credit k ON k.id = s.credit_id
          JOIN credentials_cycle y ON y.id = s.cycle_id AND y.shares_frozen_at IS NULL
         GROUP BY k.id, s.cycle_id HAVING SUM(s.points) > k.points OR k.withdrawn_at IS NOT NULL
    """,
    "credits in several cycles of a credential": """
        SELECT s.credit_id, concat('credential ', y.credential_id, ', cycles ', MIN(y.id), ' and ', MAX(y.id))
          FROM education_allocation s JOIN credentials_cycle y ON y.id = s.cycle_id
         GROUP BY s.credit_id, y.credential_id HAVING MIN(y.id) <> MAX(y.id)
    """,
    "shares without points": "SELECT id, concat(points, ' hundredths') FROM education_allocation WHERE points <= 0",
}
RECORDS = {
    "credits completed after today": """
        SELECT id, concat('completed on ', completed_on) FROM education_credit WHERE completed_on > %(today)s
    """,
    "documents with a different holder than their credit": """
        SELECT e.id, concat('holder ', e.holder_id, '; credit of holder ', k.holder_id)
          FROM education_evidence e LEFT JOIN education_credit k ON k.id = e.credit_id
         WHERE e.credit_id IS NOT NULL AND k.holder_id IS DISTINCT FROM e.holder_id
    """,
    "status rows with a different holder than their cycle": """
        SELECT s.cycle_id, concat('holder ', s.holder_id, '; cycle of holder ', y.holder_id)
          FROM education_cyclestatus s LEFT JOIN credentials_cycle y ON y.id = s.cycle_id
         WHERE y.holder_id IS DISTINCT FROM s.holder_id
    """,
    "disputes with a different holder than their credit": """
        SELECT d.id, concat('holder ', d.holder_id, '; credit of holder ', k.holder_id)
          FROM education_dispute d LEFT JOIN education_credit k ON k.id = d.credit_id
         WHERE k.holder_id IS DISTINCT FROM d.holder_id
    """,
    "matched credits that differ from what their provider delivered": """
        SELECT m.id, concat('delivered as ', m.external_id, '; the credit is ', COALESCE(k.external_id, 'nobody’s'))
          FROM education_match m LEFT JOIN education_credit k ON k.id = m.recorded_id
         WHERE m.state = 'matched'
           AND (k.provider_id, k.external_id, k.holder_id) IS DISTINCT FROM (m.provider_id, m.external_id, m.holder_id)
    """,
    "feeds with more lines stored than received": """
        SELECT b.id, concat(COUNT(*), ' lines stored of ', b.lines)
          FROM education_intakerow r JOIN education_intakebatch b ON b.id = r.batch_id
         GROUP BY b.id HAVING COUNT(*) > b.lines
    """,
    "feeds whose receipts do not add up": """
        SELECT b.id, concat(SUM(n.accepted), ' accepted of ', b.accepted, ', ', SUM(n.corrected), ' corrected of ',
                            b.corrected, ', ', SUM(n.duplicate), ' duplicate of ', b.duplicate, ', ', SUM(n.rejected),
                            ' rejected of ', b.rejected, ', ', SUM(n.unmatched), ' unmatched of ', b.unmatched)
          FROM education_intakechunk n JOIN education_intakebatch b ON b.id = n.batch_id
         GROUP BY b.id
        HAVING (SUM(n.accepted), SUM(n.corrected), SUM(n.duplicate), SUM(n.rejected), SUM(n.unmatched))
               <> (b.accepted, b.corrected, b.duplicate, b.rejected, b.unmatched)
    """,
}
# Only notes: the Board may change its tables, and what was recorded before stays as it is.
NOTES = {
    "credits with unknown subjects": """
        SELECT id, array_to_string(subjects, ', ') FROM education_credit
         WHERE NOT subjects <@ (SELECT COALESCE(array_agg(code), '{}') FROM credentials_subject)
    """,
    "self-recorded credits that their kind would value differently": """
        SELECT k.id, concat(k.quantity, ' ', k.unit, ' for ', (k.points / 100.0)::numeric(12, 2), ' points')
          FROM education_credit k JOIN credentials_kindunit u ON u.kind_id = k.kind_id AND u.unit = k.unit
         WHERE k.provider_id IS NULL AND abs(k.points - k.quantity * u.points_per_unit) > 0.5
    """,
}
STALE = "status rows that differ from a fresh verdict"
# For cycles whose window moves every day, a row is right as of the day it was computed.
MOVED = "status rows that differ on that day"
IDLE = "allocated points that do not count"
LOST = "documents whose file is missing or altered"
# When the store refuses so many files in a row, something other than the files is wrong.
MOST_REFUSED = 10


def consistency_checks() -> tuple[Check, ...]:
    """The checks of the ledger."""
    return (
        *each_in_sql("education", SHARES),
        *each_in_sql("education", RECORDS),
        *each_in_sql("education", NOTES, is_note=True),
        row_by_row("education", STALE, _statuses),
        row_by_row("education", LOST, _documents),
    )


def _statuses(scope: Scope) -> Iterator[Difference]:
    for one in compared_statuses(on=scope.on, batch=scope.batch):
        scope.tick(1)
        yield from _of_status(one, is_of_another_day=scope.is_of_another_day)


def _of_status(one: Compared, *, is_of_another_day: bool) -> Iterable[Difference]:
    """Compares one status row; a cycle in which nothing was ever allocated need not have one."""
    cycle, counted = one.judged.cycle, from_hundredths(one.judged.counted)
    if one.may_change and not one.is_right and (one.said or one.allocated):
        missing = from_hundredths(one.judged.shortfall)
        text = f"{counted} count, and the gaps of the total, areas and rules add up to {missing}, {_said(one)}"
        is_note = is_of_another_day and bool(one.said)
        yield Difference("education", MOVED if is_note else STALE, cycle, text, is_note)
    if one.allocated != one.judged.counted:
        text = f"{counted} of {from_hundredths(one.allocated)} allocated points count"
        yield Difference("education", IDLE, cycle, text, is_note=True)


def _said(one: Compared) -> str:
    if one.said is None:
        return "and there is no row"
    return f"not {from_hundredths(one.said.counted)} and {from_hundredths(one.said.missing)}"


def _documents(scope: Scope) -> Iterator[Difference]:
    """Checks each file's size and digest; only if files are asked for, since all of them are read."""
    if not scope.files:
        return
    rows, refused = Evidence.objects.order_by("id").values_list("pk", "file", "size", "sha256"), 0
    for pk, name, size, digest in rows.iterator(chunk_size=scope.batch):
        scope.tick(1)
        try:
            text, refused = document_fault(name, size, digest), 0
        except StorageAway as problem:
            text, refused = f"the file can't be read ({problem})", refused + 1
            if refused == MOST_REFUSED:
                raise
        if text:
            yield Difference("education", LOST, pk, text)


def document_fault(name: str, size: int, digest: str) -> str:
    """What is wrong with a stored file, read in pieces. Raises StorageAway."""
    try:
        with storage_errors(), default_storage.open(name) as file:
            if file.size != size:
                return f"{file.size:,} bytes instead of {size:,}"
            return "" if _sha256(file) == digest else "the content differs from what was stored"
    except FileNotFoundError:
        return "the file is missing"


def _sha256(file: File) -> str:  # type: ignore[type-arg]
    found = hashlib.sha256()
    for piece in file.chunks():
        found.update(piece)
    return found.hexdigest()
