"""Intake of credits from providers, by file or API: a single path, chunk by chunk, idempotent."""

from education.actions.intake.feed import columns
from education.actions.intake.receiving import receive
from education.actions.intake.resolving import RowRefused, dismiss, resolve
from education.actions.intake.results import Result, refused, results_of
from education.actions.intake.undoing import UndoRefused, ask_undo, undo_batch
from education.actions.intake.uploading import upload_feed, work_on_feeds

__all__ = [
    "Result",
    "RowRefused",
    "UndoRefused",
    "ask_undo",
    "columns",
    "dismiss",
    "receive",
    "refused",
    "resolve",
    "results_of",
    "undo_batch",
    "upload_feed",
    "work_on_feeds",
]
