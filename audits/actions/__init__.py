from audits.actions.drawing import draw, due
from audits.actions.rounds import RoundRefused, check, open_round
from audits.actions.selection import select_submitted

__all__ = ["RoundRefused", "check", "draw", "due", "open_round", "select_submitted"]
