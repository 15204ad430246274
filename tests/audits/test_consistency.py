import pytest

from tests.planting import Fault, each, found_in, without

pytestmark = pytest.mark.django_db
FAULTS = [
    Fault(
        "an audit of another holder",
        {"audits with a different holder than their declaration", "answers about another holder's credit"},
        lambda w: f"UPDATE audits_audit SET holder_id = {w.submitted.holder_id}",
    ),
    Fault(
        "an audit that is gone",
        {"declarations under audit without an audit"},
        lambda w: "; ".join(
            f"DELETE FROM audits_{table}" for table in ("finding", "notavailable", "auditstep", "audit")
        ),
    ),
    Fault(
        "a finding about a credit of somebody else",
        {"findings about a credit of another declaration"},
        lambda w: f"UPDATE audits_finding SET declared_credit_id = {w.submitted.declared.first().pk}",
    ),
    Fault(
        "a seed chosen afterwards",
        {"rounds whose seed does not match the published digest"},
        lambda w: (
            "UPDATE audits_round SET seed = 'another seed'; UPDATE audits_entry e SET"
            " rank = sha256(convert_to('another seed:' || number, 'UTF8'))"
            " FROM declarations_declaration d WHERE d.id = e.declaration_id"
        ),
    ),
    Fault(
        "a rank made up",
        {"drawn declarations whose rank does not follow from the seed"},
        lambda w: "UPDATE audits_entry SET rank = sha256('chance')",
    ),
    Fault(
        "one that was taken off a list",
        {"round lists whose length differs from the recorded one"},
        lambda w: "DELETE FROM audits_entry",
    ),
    Fault(
        "an audit that was moved without a step",
        {"audits whose state differs from their last step"},
        lambda w: f"UPDATE audits_audit SET state = 'more_needed' WHERE id = {w.finding.audit.pk}",
    ),
    Fault(
        "a step that is missing",
        {"audit steps out of sequence"},
        lambda w: "DELETE FROM audits_auditstep WHERE move = 'hand_in'",
    ),
    Fault(
        "an answer about somebody else's credit",
        {"answers about another holder's credit"},
        lambda w: f"UPDATE audits_notavailable SET credit_id = {w.share.credit_id}",
    ),
    Fault(
        "an auditor of their own record",
        {"audits whose auditor is the holder"},
        lambda w: f"UPDATE audits_audit SET auditor_id = {w.finding.audit.holder.user.pk}",
    ),
    Fault(
        "a failed audit of a declaration that goes on",
        {"audits whose outcome contradicts their declaration", "audits whose state differs from their last step"},
        lambda w: f"UPDATE audits_audit SET state = 'failed', decided_at = now(), decided_by_id = {w.reviewer.pk}",
    ),
    Fault(
        "a decision nobody signed",
        {"unsigned audit decisions", "audits whose state differs from their last step"},
        lambda w: without("audits_audit", "audit_outcome_was_decided") + "UPDATE audits_audit SET state = 'passed'",
    ),
]


@each(FAULTS)
def test_a_planted_fault_is_found(world, fault):
    assert found_in(fault, world) == fault.finds
