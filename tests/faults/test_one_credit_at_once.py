from faults.cases.f5 import pull
from faults.cases.f5.invariants import INVARIANTS


def test_no_invariant_breaks_while_four_pull_at_one_credit(transactional_db):
    outcomes, broken = pull(20)

    assert dict(broken) == dict.fromkeys(INVARIANTS, 0)
    assert outcomes.keys() <= {"done", "refused"}
