import pytest

from tests.breaking import Break, each, refused, same, tries, update
from tests.education.shares import shares_of_one_credit
from tests.factories import (
    AllocationFactory,
    AllocationUndoFactory,
    CreditFactory,
    CycleStatusFactory,
    EvidenceFactory,
    IntakeBatchFactory,
    IntakeRowFactory,
    ProviderFactory,
)

SHA = "'" + "0" * 64 + "'"


def rows_of_one_batch():
    return IntakeRowFactory(batch=IntakeBatchFactory._meta.model.objects.first() or IntakeBatchFactory())


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
    Break(
        "intake_batch_every_line_accounted_for",
        IntakeBatchFactory,
        "lines = 2, accepted = 1",
        "lines = 2, accepted = 1, unmatched = 1",
    ),
    Break("intake_batch_digest_is_sha256", IntakeBatchFactory, "sha256 = ''", f"sha256 = {SHA}"),
    Break("intake_row_once_per_line", rows_of_one_batch, same("line"), "line = 99"),
    Break("intake_row_outcome_is_known", IntakeRowFactory, "outcome = 'lost'", "outcome = 'rejected'"),
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
