"""Credits as providers deliver them, in files or through the API: one path, chunk by chunk, nothing twice."""

from education.actions.intake.feed import columns
from education.actions.intake.receiving import Receipt, receive
from education.actions.intake.results import Result, refused, results_of

__all__ = ["Receipt", "Result", "columns", "receive", "refused", "results_of"]
