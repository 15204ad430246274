from credentials.actions.claims import ClaimRefused, claim, grant, turn_down, undo, was_decided_so
from credentials.actions.holds import HoldRefused, lift, revoke, suspend

__all__ = [
    "ClaimRefused",
    "HoldRefused",
    "claim",
    "grant",
    "lift",
    "revoke",
    "suspend",
    "turn_down",
    "undo",
    "was_decided_so",
]
