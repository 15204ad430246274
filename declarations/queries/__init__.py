from declarations.queries.appeals import appeal_page, appeal_refusal
from declarations.queries.badges import Purpose, answers_by_file, badge_name, signed_badge, status_list
from declarations.queries.declaring import attest_page, blocker_words, check_page, confirm_page
from declarations.queries.differences import differences
from declarations.queries.export import export_of
from declarations.queries.fee_pages import Desk, fee_desk, fee_document, fee_note, fee_page, fees_due, what_is_left
from declarations.queries.fees import (
    fee_to_come,
    fees_visible_to,
    lines_to_keep,
    paid_back,
    quote_of,
    quote_page,
    seen_with_fee,
    unpublished,
)
from declarations.queries.figures import figures_page
from declarations.queries.flags import flags_now, unusual_by_declaration
from declarations.queries.marks import held_marks, marks_in, marks_of, marks_of_cycles, newest_declarations, validity_of
from declarations.queries.pages import detail_page, was_written_to
from declarations.queries.papers import declaration_pdf
from declarations.queries.proofs import paper_name, paper_pdf, proof_url, proofs_of, proofs_page, proven
from declarations.queries.public import (
    Answer,
    answer_about,
    answers_by_code,
    answers_by_digest,
    answers_by_name,
    as_linked_data,
    required,
)
from declarations.queries.queue import next_waiting, queue_page
from declarations.queries.readiness import (
    Readiness,
    current_attestation,
    declarations_visible_to,
    is_reinstatement,
    readiness_of,
    renewable,
    standing_declaration,
    where_to_start,
)
from declarations.queries.review import Reader, review_page
from declarations.queries.rulings import (
    facts_as_declared,
    judged,
    judged_standing,
    newest_submission,
    refusals,
    rulings_of,
    said_of_credit,
    said_to_holder,
    why_not_there,
)
from declarations.queries.sealing import Plain, ToSign, seal_of, signed_contents, to_sign
from declarations.queries.sharing import link_by, link_url, links_of, shared_page, sharing_page
from declarations.queries.transcript import Transcript, transcript_of
from declarations.queries.transcript_pages import as_csv, as_json, as_pdf, file_name, transcript_page, transcripts_page
from declarations.queries.verification import Verification, verification_of
from declarations.queries.wanted import Wanted

__all__ = [
    "Answer",
    "Desk",
    "Plain",
    "Purpose",
    "Reader",
    "Readiness",
    "ToSign",
    "Transcript",
    "Verification",
    "Wanted",
    "answer_about",
    "answers_by_code",
    "answers_by_digest",
    "answers_by_file",
    "answers_by_name",
    "appeal_page",
    "appeal_refusal",
    "as_csv",
    "as_json",
    "as_linked_data",
    "as_pdf",
    "attest_page",
    "badge_name",
    "blocker_words",
    "check_page",
    "confirm_page",
    "current_attestation",
    "declaration_pdf",
    "declarations_visible_to",
    "detail_page",
    "differences",
    "export_of",
    "facts_as_declared",
    "fee_desk",
    "fee_document",
    "fee_note",
    "fee_page",
    "fee_to_come",
    "fees_due",
    "fees_visible_to",
    "figures_page",
    "file_name",
    "flags_now",
    "held_marks",
    "is_reinstatement",
    "judged",
    "judged_standing",
    "lines_to_keep",
    "link_by",
    "link_url",
    "links_of",
    "marks_in",
    "marks_of",
    "marks_of_cycles",
    "newest_declarations",
    "newest_submission",
    "next_waiting",
    "paid_back",
    "paper_name",
    "paper_pdf",
    "proof_url",
    "proofs_of",
    "proofs_page",
    "proven",
    "queue_page",
    "quote_of",
    "quote_page",
    "readiness_of",
    "refusals",
    "renewable",
    "required",
    "review_page",
    "rulings_of",
    "said_of_credit",
    "said_to_holder",
    "seal_of",
    "seen_with_fee",
    "shared_page",
    "sharing_page",
    "signed_badge",
    "signed_contents",
    "standing_declaration",
    "status_list",
    "to_sign",
    "transcript_of",
    "transcript_page",
    "transcripts_page",
    "unpublished",
    "unusual_by_declaration",
    "validity_of",
    "verification_of",
    "was_written_to",
    "what_is_left",
    "where_to_start",
    "why_not_there",
]
