from credentials.actions.claims import ClaimRefused, claim, grant, turn_down, undo, was_decided_so
from credentials.actions.holds import HoldRefused, lift, revoke, suspend, was_held_so

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
    "was_held_so",
]
