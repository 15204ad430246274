from declarations.queries.differences import differences
from declarations.queries.pages import blocker_words, declare_page, detail_page
from declarations.queries.readiness import (
    Readiness,
    current_attestation,
    declarations_visible_to,
    is_reinstatement,
    newest_declarations,
    readiness_of,
    renewable,
    where_to_start,
)
from declarations.queries.review import review_page

__all__ = [
    "Readiness",
    "blocker_words",
    "current_attestation",
    "declarations_visible_to",
    "declare_page",
    "detail_page",
    "differences",
    "is_reinstatement",
    "newest_declarations",
    "readiness_of",
    "renewable",
    "review_page",
    "where_to_start",
]
