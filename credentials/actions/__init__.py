from credentials.actions.claims import ClaimRefused, claim, grant, turn_down, undo

__all__ = ["ClaimRefused", "claim", "grant", "turn_down", "undo"]
