import pytest

from tests.breaking import Break, each, refused, run, same, tries, update
from tests.factories import AuditFactory, FindingFactory, HolderFactory, RoundFactory, UserFactory


def audit_beside_a_user():
    UserFactory()
    return AuditFactory()


DECIDED = "decided_at = now(), decided_by_id = (SELECT min(id) FROM accounts_user)"
BREAKS = [
    Break("round_rate_is_a_share", RoundFactory, "rate = 1.0001", "rate = 1"),
    Break(
        "round_cutoff_after_opening", RoundFactory, "cutoff_at = opened_at - interval '1 s'", "cutoff_at = opened_at"
    ),
    Break(
        "round_drawn_after_cutoff_reveals_seed",
        RoundFactory,
        "drawn_at = cutoff_at",
        "drawn_at = cutoff_at, seed = 'the seed'",
    ),
    Break("round_seed_digest_is_sha256", RoundFactory, "seed_sha256 = ''", "seed_sha256 = md5('a') || md5('b')"),
    Break(
        "audits_audit_declaration_id_key",
        AuditFactory,
        same("declaration_id", "holder_id"),
        "state = 'requested'",
    ),
    Break("audit_state_is_known", AuditFactory, "state = 'lost'", "state = 'more_needed'"),
    Break("audit_decision_says_who_and_when", audit_beside_a_user, "decided_at = now()", DECIDED),
    Break("audit_outcome_was_decided", audit_beside_a_user, "state = 'passed'", f"state = 'passed', {DECIDED}"),
    Break("finding_once_per_credit", FindingFactory, same("audit_id", "declared_credit_id"), "reason = 'Legible'"),
    Break(
        "finding_refusal_has_reason", FindingFactory, "verdict = 'refused'", "verdict = 'refused', reason = 'No date'"
    ),
    Break(
        "finding_verdict_is_known",
        FindingFactory,
        "verdict = 'perhaps', reason = 'No date'",
        "verdict = 'unclear', reason = 'No date'",
    ),
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


def test_round_is_not_drawn_before_its_cutoff(db):
    drawn = RoundFactory(drawn=True)

    with refused("round_drawn_after_cutoff_reveals_seed"):
        update(drawn, "drawn_at = cutoff_at - interval '1 s'")


@tries("Audit.belongs_together")
@pytest.mark.parametrize("column", ["holder_id", "declaration_id"])
def test_audit_has_the_holder_of_its_declaration(db, column):
    audit, stranger = AuditFactory(), AuditFactory()

    with refused("audit and declaration have different holders"):
        update(audit, f"{column} = {getattr(stranger, column)}")


def test_audit_of_nobodys_declaration_is_refused(db):
    audit = AuditFactory()

    with refused("audit and declaration have different holders"):
        update(audit, f"holder_id = {HolderFactory().pk}")


@tries("Finding.belongs_together")
@pytest.mark.parametrize("column", ["audit_id", "declared_credit_id"])
def test_finding_is_about_a_credit_of_the_audited_declaration(db, column):
    finding, stranger = FindingFactory(), FindingFactory()

    with refused("a finding is about a credit of the audited declaration"):
        update(finding, f"{column} = {getattr(stranger, column)}")


@tries("Finding.never_truncated")
def test_findings_are_never_truncated(db):
    with refused("this table is never truncated"):
        run("TRUNCATE audits_finding")
