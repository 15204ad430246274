import pytest

from cmp_portal.lib import clock
from education.models import IntakeChunk, Provider
from tests.constraint_violations import Break, copy, each, refused, same, tries, update
from tests.education.shares import shares_of_one_credit
from tests.factories import (
    AllocationFactory,
    AllocationUndoFactory,
    CreditFactory,
    CycleStatusFactory,
    DisputeFactory,
    EvidenceFactory,
    IntakeBatchFactory,
    IntakeChunkFactory,
    IntakeRowFactory,
    MatchFactory,
    ProviderFactory,
    UserFactory,
)

SHA = "'" + "0" * 64 + "'"


def rows_of_one_batch():
    return IntakeRowFactory(batch=IntakeBatchFactory._meta.model.objects.first() or IntakeBatchFactory())


ASKED = "undo_asked_by_id = (SELECT min(id) FROM accounts_user)"
RESOLVED = "resolved_by_id = (SELECT min(id) FROM accounts_user)"


def a_batch():
    UserFactory()
    return IntakeBatchFactory()


def a_row_to_dismiss():
    UserFactory()
    return IntakeRowFactory()


def a_feed_of_one_provider():
    provider = Provider.objects.first() or ProviderFactory()
    return IntakeBatchFactory(provider=provider, chunk_lines=1)


def chunks_of_one_batch():
    first = IntakeChunk.objects.first()
    return IntakeChunkFactory(batch=first.batch, number=first.number + 1) if first else IntakeChunkFactory()


def checked_evidence():
    return EvidenceFactory(condition="fine", checked_at=clock.now())


MATCHED = "state = 'matched', delivered_id = NULL, said = '{{}}', decided_at = created_at"
BY = "decided_by_id = (SELECT min(id) FROM accounts_user)"
DIFFERENT = f"state = 'different', decided_at = created_at, {BY}"


def a_match_to_decide():
    UserFactory()
    return MatchFactory()


def a_match_beside_a_matched():
    """Of the same recorded credit, with another delivery."""
    first = MatchFactory(external_id="LE-1")
    update(first, MATCHED)
    return MatchFactory(recorded=first.recorded)


def a_match_beside_one_of_its_delivery():
    """Of another recorded credit, with the same delivery."""
    first = MatchFactory(external_id="LE-1")
    update(first, MATCHED)
    return MatchFactory(holder=first.holder, external_id="LE-1")


BREAKS = [
    Break(
        "education_provider_code_key",
        lambda: ProviderFactory(code=f"provider-{ProviderFactory._meta.model.objects.count()}"),
        same("code"),
        "code = 'state-society'",
    ),
    Break(
        "provider_approval_ends_after_start",
        ProviderFactory,
        "approved_from = '2026-01-02', approved_until = '2026-01-01'",
        "approved_from = '2026-01-02', approved_until = '2026-01-02'",
    ),
    Break("education_credit_uuid_key", CreditFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break("credit_delivered_once", CreditFactory, same("external_id"), "external_id = 'LE-other'"),
    Break("credit_points_positive", CreditFactory, "points = 0", "points = 1"),
    Break("credit_quantity_positive", CreditFactory, "quantity = 0", "quantity = 0.01"),
    Break("credit_unit_is_known", CreditFactory, "unit = 'fortnight'", "unit = 'ceu'"),
    Break("credit_has_title", CreditFactory, "title = ''", "title = 'T'"),
    Break("credit_has_subject", CreditFactory, "subjects = '{{}}'", "subjects = '{{ethics}}'"),
    Break(
        "credit_from_provider_or_self_recorded",
        CreditFactory,
        "provider_id = NULL",
        "provider_id = NULL, external_id = NULL, provider_name = 'County Hospital'",
    ),
    Break(
        "credit_completed_in_our_time",
        CreditFactory,
        "completed_on = '1899-12-31'",
        "completed_on = '1900-01-01'",
    ),
    Break("education_evidence_uuid_key", EvidenceFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break("evidence_digest_is_sha256", EvidenceFactory, "sha256 = upper(sha256)", f"sha256 = {SHA}"),
    Break("evidence_not_empty", EvidenceFactory, "size = 0", "size = 1"),
    Break("evidence_condition_is_known", checked_evidence, "condition = 'odd'", "condition = 'fine'"),
    Break("evidence_condition_says_when", checked_evidence, "checked_at = NULL", "checked_at = now()"),
    Break("allocation_points_positive", AllocationFactory, "points = 0", "points = 1"),
    Break("allocation_once_per_area", shares_of_one_credit, same("area_id"), "points = 150"),
    Break("allocation_undo_kind_is_known", AllocationUndoFactory, "kind = 'lost'", "kind = 'undone'"),
    Break("allocation_undo_says_what", AllocationUndoFactory, "what = ''", "what = 'w'"),
    Break("allocation_undo_digest_is_sha256", AllocationUndoFactory, "result = upper(result)", f"result = {SHA}"),
    Break(
        "cycle_status_complete_means_nothing_missing",
        CycleStatusFactory,
        "is_complete = TRUE",
        "is_complete = TRUE, missing = 0",
    ),
    Break("cycle_status_counted_not_negative", CycleStatusFactory, "counted = -1", "counted = 0"),
    Break("dispute_has_note", DisputeFactory, "note = ''", "note = 'N'"),
    Break("dispute_decision_says_who_when_why", DisputeFactory, "answer = 'Yes'", "answer = ''"),
    Break(
        "dispute_decided_after_raised",
        lambda: DisputeFactory(upheld=True),
        "decided_at = raised_at - interval '1 second'",
        "decided_at = raised_at",
    ),
    Break(
        "intake_batch_every_line_accounted_for",
        IntakeBatchFactory,
        "lines = 2, accepted = 1",
        "lines = 2, accepted = 1, unmatched = 1",
    ),
    Break("intake_batch_digest_is_sha256", IntakeBatchFactory, "sha256 = ''", f"sha256 = {SHA}"),
    Break(
        "intake_batch_once_per_feed",
        a_feed_of_one_provider,
        same("sha256"),
        f"sha256 = {SHA}",
    ),
    Break(
        "intake_batch_undo_says_who_and_when",
        a_batch,
        "undo_asked_at = started_at",
        f"undo_asked_at = started_at, {ASKED}",
    ),
    Break(
        "intake_batch_undone_when_asked",
        a_batch,
        f"undo_asked_at = started_at, {ASKED}, undone_at = started_at - interval '1 second'",
        f"undo_asked_at = started_at, {ASKED}, undone_at = started_at",
    ),
    Break("intake_chunk_once_per_number", chunks_of_one_batch, same("number"), "number = 99"),
    Break("intake_row_code_is_known", IntakeRowFactory, "code = 'lost'", "code = 'other_name'"),
    Break("intake_row_resolution_says_when", IntakeRowFactory, "note = 'N'", "note = 'N', resolved_at = now()"),
    Break(
        "intake_row_dismissal_says_why",
        a_row_to_dismiss,
        f"resolved_at = now(), {RESOLVED}",
        f"resolved_at = now(), {RESOLVED}, note = 'N'",
    ),
    Break("intake_row_once_per_line", rows_of_one_batch, same("line"), "line = 99"),
    Break("intake_row_outcome_is_known", IntakeRowFactory, "outcome = 'lost'", "outcome = 'rejected'"),
    Break("education_match_uuid_key", MatchFactory, same("uuid"), "uuid = gen_random_uuid()"),
    Break("match_reasons_are_known", MatchFactory, "reasons = '{{same_hour}}'", "reasons = '{{same_day}}'"),
    Break("match_similarity_is_a_share", MatchFactory, "similarity = 1.001", "similarity = 0"),
    Break("match_decision_says_who_and_when", a_match_to_decide, DIFFERENT.removesuffix(f", {BY}"), DIFFERENT),
    Break(
        "match_decided_after_created",
        MatchFactory,
        MATCHED.replace("= created_at", "= created_at - interval '1 second'"),
        MATCHED,
    ),
    Break("match_keeps_what_was_said", MatchFactory, MATCHED.replace("'{{}}'", "NULL"), MATCHED),
    Break("match_leaves_one_credit", MatchFactory, MATCHED.replace("delivered_id = NULL, ", ""), MATCHED),
    Break("match_is_of_two_credits", MatchFactory, "delivered_id = recorded_id", "delivered_id = NULL"),
    Break(
        "match_once_per_pair",
        a_match_beside_a_matched,
        "external_id = 'LE-1'",
        "external_id = 'LE-2'",
    ),
    Break("match_one_delivery_per_recorded", a_match_beside_a_matched, MATCHED, "similarity = 0"),
    Break("match_one_recorded_per_delivery", a_match_beside_one_of_its_delivery, MATCHED, "external_id = 'LE-2'"),
]


@each(BREAKS)
def test_constraint_refuses(db, case):
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)


@each(BREAKS)
def test_constraint_accepts_the_nearest_legal_value(db, case):
    row = case.row()

    assert update(row, case.accepted) == 1


@tries("dispute_state_is_known")
def test_a_dispute_is_in_a_known_state(db):
    answered = DisputeFactory(upheld=True)

    with refused("dispute_state_is_known"):
        copy(answered, state="lost")


@tries("dispute_one_open_per_credit")
def test_a_credit_has_one_open_dispute(db):
    waiting = DisputeFactory()

    with refused("dispute_one_open_per_credit"):
        copy(waiting)


def test_a_credit_may_be_disputed_again_after_the_answer(db):
    answered = DisputeFactory(declined=True)

    assert DisputeFactory(credit=answered.credit, raised_by=answered.raised_by).pk


@tries("Dispute.follows_its_credit")
@pytest.mark.parametrize("column", ["holder_id", "credit_id"])
def test_a_dispute_has_the_holder_of_its_credit(db, column):
    dispute, stranger = DisputeFactory(), DisputeFactory()

    with refused("dispute and credit have different holders"):
        update(dispute, f"{column} = {getattr(stranger, column)}")


@tries("Dispute.is_answered_once")
def test_an_answer_stands(db):
    answered = DisputeFactory(upheld=True)
    why = 'pgtrigger: Invalid transition of field "state" from "upheld" to "declined" on table education_dispute'

    with refused(why):
        update(answered, "state = 'declined'")


@tries("Evidence.follows_its_credit")
@pytest.mark.parametrize("column", ["holder_id", "credit_id"])
def test_evidence_has_the_holder_of_its_credit(db, column):
    evidence, stranger = EvidenceFactory(), EvidenceFactory()

    with refused("evidence and credit have different holders"):
        update(evidence, f"{column} = {getattr(stranger, column)}")


def test_evidence_may_move_to_another_credit_of_its_holder(db):
    evidence = EvidenceFactory()
    other = CreditFactory(holder=evidence.holder)

    assert update(evidence, f"credit_id = {other.pk}") == 1


@tries("Match.follows_credits_insert")
def test_new_match_has_the_holder_of_its_credits(db):
    match, stranger = MatchFactory(), MatchFactory()

    with refused("match and credits have different holders"):
        copy(match, holder_id=stranger.holder_id, external_id="LE-2")


@tries("Match.follows_credits_update")
@pytest.mark.parametrize("column", ["holder_id", "recorded_id", "delivered_id"])
def test_match_has_the_holder_of_its_credits(db, column):
    match, stranger = MatchFactory(), MatchFactory()

    with refused("match and credits have different holders"):
        update(match, f"{column} = {getattr(stranger, column)}")


@tries("match_state_is_known")
def test_match_has_a_known_state(db):
    match = MatchFactory()
    decided = {"decided_at": match.created_at, "decided_by_id": UserFactory().pk}

    with refused("match_state_is_known"):
        copy(match, state="maybe", external_id="LE-2", **decided)


@tries("Match.is_decided")
def test_match_is_decided_as_the_table_says(db):
    match = MatchFactory()

    with refused('pgtrigger: Invalid transition of field "state" from "doubtful" to "undone" on table education_match'):
        update(match, "state = 'undone'")
