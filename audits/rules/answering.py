"""Whether the holder of an audited declaration has responded for a credit."""

from datetime import datetime

from audits.enums import Verdict


def is_answered(at: datetime | None, *, verdict: Verdict | None = None, found_at: datetime | None = None) -> bool:
    """Whether a credit has a document, or an explanation why there is none; `at` is the time of the newest of them.

    If the auditor did not accept it, only a newer response counts. Source: the Board's description of the audit
    (submit-cmp-declaration).
    """
    if verdict == Verdict.VERIFIED:
        return True
    return at is not None and (verdict is None or found_at is None or at > found_at)
