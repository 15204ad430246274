"""Who may audit whom. Source: the Board's own rule that nobody audits themselves or a colleague."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AuditorFacts:
    """An auditor: their own record, None without one, and those of colleagues, as the administrator marked them."""

    own: int | None = None
    colleagues: frozenset[int] = frozenset()


def may_audit(auditor: AuditorFacts, holder: int) -> bool:
    """Whether the auditor may be given the declaration of the holder."""
    return holder != auditor.own and holder not in auditor.colleagues
