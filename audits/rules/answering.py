"""Whether the holder of an audited declaration has answered for a credit."""

from datetime import datetime

from audits.enums import Verdict


def is_answered(at: datetime | None, *, verdict: Verdict | None = None, found_at: datetime | None = None) -> bool:
    """Whether there is a document of a credit, or a word why there is none; `at` says when the newest of them came.

    What the auditor has not accepted asks for another one. Source: the Board's description of the audit
    (submit-cmp-declaration).
    """
    if verdict == Verdict.VERIFIED:
        return True
    return at is not None and (verdict is None or found_at is None or at > found_at)
