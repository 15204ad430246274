"""Holds the Board may place on a credential (suspension, revocation), and lifting them."""

from credentials.enums import Hold

# Target state -> allowed source states. A revocation is meant to be final, but a mistake can be corrected.
HOLDS: dict[Hold, frozenset[Hold]] = {
    Hold.SUSPENDED: frozenset({Hold.NONE}),
    Hold.REVOKED: frozenset({Hold.NONE, Hold.SUSPENDED}),
    Hold.NONE: frozenset({Hold.SUSPENDED, Hold.REVOKED}),
}


def hold_transitions() -> list[tuple[str, str]]:
    """All allowed transitions as (from, to) pairs."""
    return sorted((before.value, after.value) for after, befores in HOLDS.items() for before in befores)


def can_hold(before: str, after: Hold) -> bool:
    """Whether a credential may change from hold `before` to hold `after`."""
    return before in HOLDS[after]
