"""Who may audit whom. Source: the Board's own rule that nobody audits themselves or a colleague."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AuditorFacts:
    """An auditor: the ID of their own record, if any, and those of colleagues, as recorded by the administrator."""

    own: int | None = None
    colleagues: frozenset[int] = frozenset()


def may_audit(auditor: AuditorFacts, holder: int) -> bool:
    """Whether the holder's declaration may be assigned to the auditor."""
    return holder != auditor.own and holder not in auditor.colleagues
