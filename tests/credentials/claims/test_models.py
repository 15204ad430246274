"""What the database refuses of a claim."""

import pytest

from credentials.enums import ClaimState
from tests.constraint_violations import Break, each, refused, run, same, tries, update
from tests.factories import ClaimFactory, HolderFactory

pytestmark = pytest.mark.django_db


def contested_claim():
    return ClaimFactory(state=ClaimState.CONTESTED, holder=HolderFactory())


@tries("Claim.never_truncated")
def test_claims_are_never_truncated():
    ClaimFactory()

    with refused("this table is never truncated"):
        run("TRUNCATE credentials_claim CASCADE")


@each(
    [
        Break("claim_state_is_known", contested_claim, "state = 'odd'", "state = 'undone'"),
        Break("claim_names_a_record_unless_refused", contested_claim, "holder_id = NULL", "state = 'linked'"),
        Break("claim_decision_says_who_and_when", contested_claim, "decided_at = now()", "note = 'x'"),
        Break("claim_one_contested_per_user", contested_claim, same("user_id"), "note = 'x'"),
    ]
)
def test_constraint_holds(case):
    row = case.row()

    with refused(case.constraint):
        update(row, case.refused)
    assert update(row, case.accepted) == 1
