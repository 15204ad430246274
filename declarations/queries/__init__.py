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
from declarations.queries.transcript import Transcript, transcript_of
from declarations.queries.transcript_pages import as_csv, as_json, as_pdf, file_name, transcript_page, transcripts_page

__all__ = [
    "Readiness",
    "Transcript",
    "as_csv",
    "as_json",
    "as_pdf",
    "blocker_words",
    "current_attestation",
    "declarations_visible_to",
    "declare_page",
    "detail_page",
    "differences",
    "file_name",
    "is_reinstatement",
    "newest_declarations",
    "readiness_of",
    "renewable",
    "review_page",
    "transcript_of",
    "transcript_page",
    "transcripts_page",
    "where_to_start",
]
