import pytest

from declarations.queries.signed import REWRITTEN
from education.queries.consistency import LOST, STALE
from tests.planting import Fault, each, found, found_in, planted, without

pytestmark = pytest.mark.django_db
APART = "shares that do not belong to their credit, cycle and area"
MORE = "credits allocated beyond their points in an open cycle"
TWICE = "credits in several cycles of a credential"


def share(w, assignment):
    """SQL that changes the 1.50 points of a credit of 2.00; half a point of it is in another area."""
    return f"UPDATE education_allocation SET {assignment} WHERE id = {w.share.pk}"


def credit(w, assignment):
    return f"UPDATE education_credit SET {assignment} WHERE id = {w.share.credit_id}"


def document(w, assignment):
    return f"UPDATE education_evidence SET {assignment} WHERE id = {w.evidence.pk}"


FAULTS = [
    Fault("a share of another holder", {APART}, lambda w: share(w, f"holder_id = {w.submitted.holder_id}")),
    Fault(
        "a share in an area of another set",
        {APART, STALE},
        lambda w: share(
            w,
            f"""area_id = (SELECT MIN(id) FROM credentials_area
                            WHERE requirement_set_id <> {w.share.cycle.requirement_set_id})""",
        ),
    ),
    Fault(
        "a share of a credit that is gone",
        {APART, STALE},
        lambda w: f"DELETE FROM education_credit WHERE id = {w.share.credit_id}",
    ),
    Fault("a credit cut below its shares", {MORE}, lambda w: credit(w, "points = 199")),
    Fault("a credit withdrawn under its shares", {MORE, STALE}, lambda w: credit(w, "withdrawn_at = now()")),
    Fault("a share of more than there is", {MORE, STALE}, lambda w: share(w, "points = 151")),
    Fault(
        "a credit in the next cycle, too",
        {TWICE, STALE},
        lambda w: (
            f"""
            INSERT INTO education_allocation (holder_id, cycle_id, credit_id, area_id, points)
            SELECT s.holder_id, y.id, s.credit_id, s.area_id, s.points
              FROM education_allocation s, credentials_cycle y
             WHERE s.cycle_id = {w.renewed.cycle_id} AND y.credential_id = {w.renewed.cycle.credential_id}
               AND y.closed_at IS NULL ORDER BY s.id LIMIT 1"""
        ),
    ),
    Fault(
        "a share of nothing",
        {"shares without points", STALE},
        lambda w: without("education_allocation", "allocation_points_positive") + share(w, "points = 0"),
    ),
    Fault(
        "a credit of tomorrow",
        {"credits completed after today"},
        lambda w: f"UPDATE education_credit SET completed_on = '2026-03-11' WHERE id = {w.evidence.credit_id}",
    ),
    Fault(
        "a document of another holder",
        {"documents with a different holder than their credit"},
        lambda w: document(w, f"holder_id = {w.share.holder_id}"),
    ),
    Fault(
        "a status row of another holder",
        {"status rows with a different holder than their cycle"},
        lambda w: (
            f"""UPDATE education_cyclestatus SET holder_id = {w.submitted.holder_id}
                       WHERE cycle_id = {w.share.cycle_id}"""
        ),
    ),
    Fault(
        "more lines kept than there were",
        {"feeds with more lines stored than received"},
        lambda w: (
            """INSERT INTO education_intakerow (batch_id, line, outcome, code, reason, external_id, record, note)
                     SELECT batch_id, line + 1, outcome, code, reason, external_id, record, ''
                       FROM education_intakerow"""
        ),
    ),
    Fault(
        "a receipt of a line too many",
        {"feeds whose receipts do not add up"},
        lambda w: (
            """INSERT INTO education_intakechunk (batch_id, number, taken_at, accepted, corrected, duplicate,
                                                        rejected, unmatched, outcomes)
                     SELECT id, 0, started_at, 1, 0, 0, 0, 1, 'au' FROM education_intakebatch"""
        ),
    ),
    Fault(
        "a status row that counts too much",
        {STALE},
        lambda w: f"UPDATE education_cyclestatus SET counted = counted + 25 WHERE cycle_id = {w.share.cycle_id}",
    ),
    Fault(
        "a status row that says complete",
        {STALE},
        lambda w: (
            f"""UPDATE education_cyclestatus SET missing = 0, is_complete = TRUE
                       WHERE cycle_id = {w.share.cycle_id}"""
        ),
    ),
    Fault(
        "a status row that is gone",
        {STALE},
        lambda w: f"DELETE FROM education_cyclestatus WHERE cycle_id = {w.share.cycle_id}",
    ),
    Fault(
        "requirements raised behind the back of status rows",
        {STALE, REWRITTEN},
        lambda w: (
            f"""UPDATE credentials_requirementset SET total = total + 100, changed_at = clock_timestamp()
                       WHERE id = {w.share.cycle.requirement_set_id}"""
        ),
    ),
    Fault("a document whose file is gone", {LOST}, lambda w: document(w, "file = 'evidence/gone.pdf'")),
    Fault("a document of another size", {LOST}, lambda w: document(w, "size = size + 1")),
    Fault("a document of which a byte has changed", {LOST}, lambda w: document(w, "sha256 = repeat('0', 64)")),
    Fault(
        "a dispute of another holder",
        {"disputes with a different holder than their credit"},
        lambda w: (
            f"""
            INSERT INTO education_dispute (holder_id, credit_id, note, state, raised_at, raised_by_id, answer)
            SELECT {w.submitted.holder_id}, {w.share.credit_id}, 'Wrong', 'open', now(), MIN(id), '' FROM accounts_user
        """
        ),
    ),
    Fault(
        "a match that its credit knows nothing of",
        {"matched credits that differ from what their provider delivered"},
        lambda w: (
            f"""
            INSERT INTO education_match (uuid, holder_id, recorded_id, provider_id, external_id, state, reasons,
                                         similarity, said, created_at, decided_at)
            SELECT gen_random_uuid(), holder_id, id, (SELECT MIN(id) FROM education_provider), 'X-1', 'matched',
                   '{{same_day}}', 1, '{{}}', now(), now()
              FROM education_credit WHERE id = {w.evidence.credit_id}
        """
        ),
    ),
    Fault(
        "a credit about nothing known",
        {"credits with unknown subjects"},
        lambda w: f"UPDATE education_credit SET subjects = '{{astrology}}' WHERE id = {w.evidence.credit_id}",
        notes=True,
    ),
    Fault(
        "a self-recorded credit worth more than its kind says",
        {"self-recorded credits that their kind would value differently"},
        lambda w: f"UPDATE education_credit SET points = points + 1 WHERE id = {w.evidence.credit_id}",
        notes=True,
    ),
    Fault(
        "a share of a credit that is too old",
        {"allocated points that do not count"},
        lambda w: credit(w, "completed_on = '2019-01-01'"),
        notes=True,
    ),
]


@each(FAULTS)
def test_a_planted_fault_is_found(world, fault):
    assert found_in(fault, world) == fault.finds


def test_what_a_provider_corrects_in_a_declared_cycle_is_no_difference(world):
    declared = f"SELECT credit_id FROM education_allocation WHERE cycle_id = {world.submitted.cycle_id}"
    corrected = Fault(
        "a correction",
        set(),
        lambda w: f"UPDATE education_credit SET points = 1, withdrawn_at = now() WHERE id IN ({declared})",
    )

    assert found_in(corrected, world) == set()


def test_a_difference_says_where_and_what(world):
    cycle = world.share.cycle_id
    stale = Fault(
        "a stale row",
        {STALE},
        lambda w: (
            f"UPDATE education_cyclestatus SET counted = 0, missing = 9, is_complete = FALSE WHERE cycle_id = {cycle}"
        ),
    )

    with planted(stale, world):
        [difference] = found()[STALE].first

    said = "2.00 count, and the gaps of the total, areas and rules add up to 42.50, not 0.00 and 0.09"
    assert str(difference) == f"education: {STALE}: {cycle}: {said}"


def test_a_status_row_that_is_gone_is_told(world):
    gone = Fault("no row", {STALE}, lambda w: f"DELETE FROM education_cyclestatus WHERE cycle_id = {w.share.cycle_id}")

    with planted(gone, world):
        [difference] = found()[STALE].first

    assert (
        difference.text == "2.00 count, and the gaps of the total, areas and rules add up to 42.50, and there is no row"
    )
