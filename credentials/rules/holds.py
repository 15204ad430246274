"""What the Board may decide about a credential itself: to suspend it, to revoke it, to lift either."""

from credentials.enums import Hold

# To -> from. A revocation is the Board's last word, yet a mistake can be mended.
HOLDS: dict[Hold, frozenset[Hold]] = {
    Hold.SUSPENDED: frozenset({Hold.NONE}),
    Hold.REVOKED: frozenset({Hold.NONE, Hold.SUSPENDED}),
    Hold.NONE: frozenset({Hold.SUSPENDED, Hold.REVOKED}),
}


def hold_transitions() -> list[tuple[str, str]]:
    """Every pair (from, to) that is allowed."""
    return sorted((before.value, after.value) for after, befores in HOLDS.items() for before in befores)


def can_hold(before: str, after: Hold) -> bool:
    """Whether a credential held so may be held otherwise."""
    return before in HOLDS[after]
