from audits.actions.drawing import draw, draw_due
from audits.actions.rounds import RoundRefused, open_round
from audits.actions.selection import select_submitted

__all__ = ["RoundRefused", "draw", "draw_due", "open_round", "select_submitted"]
