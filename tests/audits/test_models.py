from datetime import timedelta

import pytest

from audits.models import Round
from cmp_portal.lib import clock
from tests.constraint_violations import TRIED, Break, copy, delete, each, refused, run, same, tries, update
from tests.factories import (
    AuditFactory,
    ColleagueFactory,
    EntryFactory,
    FindingFactory,
    HolderFactory,
    RoundFactory,
    StratumFactory,
    TypeRateFactory,
    UserFactory,
)


def audit_beside_a_user():
    UserFactory()
    return AuditFactory()


DECIDED = "decided_at = now(), decided_by_id = (SELECT min(id) FROM accounts_user)"
BREAKS = [
    Break("audit_decision_says_who_and_when", audit_beside_a_user, "decided_at = now()", DECIDED),
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


def drawn():
    return RoundFactory(drawn=True)


SECOND = timedelta(seconds=1)
# What is published is never changed: rows are copied with something else in them.
COPIES = [
    ("round_rate_is_a_share", RoundFactory, {"rate": "1.0001"}, {"rate": "1"}),
    ("round_rate_is_a_share", RoundFactory, {"rate": "-0.0001"}, {"rate": "0"}),
    ("round_late_rate_is_a_share", RoundFactory, {"late_rate": "1.0001"}, {"late_rate": "1"}),
    ("round_findings_rate_is_a_share", RoundFactory, {"findings_rate": "-0.0001"}, {"findings_rate": "0"}),
    ("round_seed_digest_is_sha256", RoundFactory, {"seed_sha256": ""}, {"seed_sha256": "0" * 64}),
    (
        "round_cutoff_after_opening",
        RoundFactory,
        lambda row: {"cutoff_at": row.opened_at - SECOND},
        lambda row: {"cutoff_at": row.opened_at},
    ),
    (
        "round_drawn_after_cutoff_reveals_seed",
        drawn,
        lambda row: {"drawn_at": row.cutoff_at - SECOND},
        lambda row: {"drawn_at": row.cutoff_at + SECOND},
    ),
    ("round_drawn_after_cutoff_reveals_seed", drawn, {"seed": ""}, {}),
    ("round_seed_is_kept_until_drawn", drawn, {"drawn_at": None}, {"drawn_at": None, "seed": ""}),
    (
        "round_once_per_cutoff",
        RoundFactory,
        lambda row: {"cutoff_at": row.cutoff_at},
        lambda row: {"cutoff_at": row.cutoff_at, "is_rolling": True},
    ),
    ("round_one_rolling_at_a_time", lambda: RoundFactory(is_rolling=True), {}, {"is_rolling": False}),
    (
        "type_rate_is_a_share",
        TypeRateFactory,
        lambda row: {"rate": "1.0001", "round_id": RoundFactory().pk},
        lambda row: {"rate": "1", "round_id": RoundFactory().pk},
    ),
    ("type_rate_once_per_round", TypeRateFactory, {}, lambda row: {"round_id": RoundFactory().pk}),
    (
        "stratum_rate_is_a_share",
        StratumFactory,
        {"rate": "1.0001", "is_late": True},
        {"rate": "1", "is_late": True},
    ),
    (
        "stratum_drawn_from_its_population",
        StratumFactory,
        {"population": 1, "drawn": 2, "is_late": True},
        {"population": 2, "drawn": 2, "is_late": True},
    ),
    ("stratum_once_per_round", StratumFactory, {}, {"has_findings": True}),
    (
        "colleague_once_per_auditor",
        ColleagueFactory,
        {},
        lambda row: {"colleague_id": HolderFactory().pk},
    ),
]
TRIED.update(constraint for constraint, *_rest in COPIES)
each_copy = pytest.mark.parametrize(
    ("constraint", "make", "illegal", "legal"), COPIES, ids=[f"{place} {one[0]}" for place, one in enumerate(COPIES)]
)


def changed(row, how):
    """What is written instead; a cut-off of its own where nothing else is said."""
    given = how(row) if callable(how) else how
    if isinstance(row, Round):
        return {"cutoff_at": row.cutoff_at + SECOND} | given
    return given


@each_copy
def test_constraint_refuses_a_copy(db, constraint, make, illegal, legal):
    row = make()

    with refused(constraint):
        copy(row, **changed(row, illegal))


@each_copy
def test_constraint_accepts_the_nearest_legal_copy(db, constraint, make, illegal, legal):
    row = make()

    assert copy(row, **changed(row, legal)) == 1


PUBLISHED = [
    "opened_at = opened_at - interval '1 s'",
    "cutoff_at = cutoff_at + interval '1 s'",
    "is_rolling = TRUE",
    "rate = 0.5",
    "late_rate = 0.5",
    "findings_rate = 0.5",
    "nonce = 'another'",
    "seed_sha256 = repeat('0', 64)",
]


@tries("Round.keeps_its_promise")
@pytest.mark.parametrize("assignment", PUBLISHED)
@pytest.mark.parametrize("make", [RoundFactory, drawn])
def test_what_a_round_has_published_stands(db, make, assignment):
    row = make()

    with refused("what a round has published stands"):
        update(row, assignment)


@pytest.mark.parametrize("assignment", ["seed = 'another'", "drawn_at = NULL, seed = ''", "drawn_at = now()"])
def test_a_round_is_drawn_once(db, assignment):
    row = drawn()

    with refused("what a round has published stands"):
        update(row, assignment)


def test_a_round_is_drawn(db):
    row = RoundFactory(cutoff_at=clock.now(), opened_at=clock.now() - SECOND)

    assert update(row, "seed = 'a seed', drawn_at = cutoff_at + interval '1 s'") == 1


@tries("Round.is_kept")
def test_a_round_is_kept(db):
    with refused("pgtrigger: Cannot delete rows from audits_round table"):
        delete(RoundFactory())


@tries("TypeRate.append_only", "Entry.append_only")
@pytest.mark.parametrize(
    ("make", "assignment"), [(TypeRateFactory, "rate = 1"), (EntryFactory, "is_drawn = NOT is_drawn")]
)
def test_what_a_draw_was_made_of_is_append_only(db, make, assignment):
    row = make()
    table = row._meta.db_table

    with refused(f"pgtrigger: Cannot update or delete rows from {table} table"):
        update(row, assignment)
    with refused(f"pgtrigger: Cannot update or delete rows from {table} table"):
        delete(row)


def test_entries_are_never_truncated(db):
    with refused("history is append-only"):
        run("TRUNCATE audits_entry")


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


@tries("Finding.never_truncated", "Colleague.never_truncated")
@pytest.mark.parametrize("table", ["audits_finding", "audits_colleague"])
def test_what_has_a_history_is_never_truncated(db, table):
    with refused("this table is never truncated"):
        run(f"TRUNCATE {table}")
