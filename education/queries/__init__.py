from education.queries.all_credentials import everywhere_page
from education.queries.api import completions_of, is_holder
from education.queries.cards import Card, Marks, Next, card_of, label, progress_url, ring_of
from education.queries.clearing import clearing_page
from education.queries.consistency import consistency_checks, document_fault
from education.queries.credits import credits_visible_to, provider_of
from education.queries.disputes import dispute_page, dispute_review, disputes_visible_to
from education.queries.effects import (
    corrected_shares,
    is_signed,
    kept_in,
    merged_shares,
    shares_of,
    why_not_matched,
    why_not_undone,
)
from education.queries.evidence import FileLine, evidence_visible_to, file_line, picture_url, released
from education.queries.export import export_of
from education.queries.feeds import feed_page, feed_state, provider_figures, rejected_csv, undo_page
from education.queries.ledger import (
    CreditFilters,
    Offered,
    credit_page,
    credits_page,
    likely_duplicates,
    offered_to,
    why_not_changed,
)
from education.queries.lines import line_page, lines_applied_with
from education.queries.match_review import match_review
from education.queries.matches import matches_of, matches_visible_to, possible_duplicates
from education.queries.plan import Planned, day_offered, plan_page
from education.queries.progress import headline, progress_page
from education.queries.recording import edit_page, has_room, recording_page
from education.queries.rows import inputs_of
from education.queries.standing import (
    Facts,
    facts_of,
    standing_of,
    standings_in_brief,
    standings_of,
    window_of,
)
from education.queries.statuses import compared_statuses
from education.queries.suggestion import Proposal, proposal_for, suggestion_page
from education.queries.synchronisation import (
    decide_page,
    earliest_end,
    preview_for,
    requests_visible_to,
    synchronisation_page,
)
from education.queries.undo import credit_changed, digest_of, shares_in, told
from education.queries.verdicts import WINDOW, Judged, sums_statement, verdicts
from education.queries.versions import versions_of
from education.queries.words import credit_words, gap_words, reason_words

__all__ = [
    "WINDOW",
    "Card",
    "CreditFilters",
    "Facts",
    "FileLine",
    "Judged",
    "Marks",
    "Next",
    "Offered",
    "Planned",
    "Proposal",
    "card_of",
    "clearing_page",
    "compared_statuses",
    "completions_of",
    "consistency_checks",
    "corrected_shares",
    "credit_changed",
    "credit_page",
    "credit_words",
    "credits_page",
    "credits_visible_to",
    "day_offered",
    "decide_page",
    "digest_of",
    "dispute_page",
    "dispute_review",
    "disputes_visible_to",
    "document_fault",
    "earliest_end",
    "edit_page",
    "everywhere_page",
    "evidence_visible_to",
    "export_of",
    "facts_of",
    "feed_page",
    "feed_state",
    "file_line",
    "gap_words",
    "has_room",
    "headline",
    "inputs_of",
    "is_holder",
    "is_signed",
    "kept_in",
    "label",
    "likely_duplicates",
    "line_page",
    "lines_applied_with",
    "match_review",
    "matches_of",
    "matches_visible_to",
    "merged_shares",
    "offered_to",
    "picture_url",
    "plan_page",
    "possible_duplicates",
    "preview_for",
    "progress_page",
    "progress_url",
    "proposal_for",
    "provider_figures",
    "provider_of",
    "reason_words",
    "recording_page",
    "rejected_csv",
    "released",
    "requests_visible_to",
    "ring_of",
    "shares_in",
    "shares_of",
    "standing_of",
    "standings_in_brief",
    "standings_of",
    "suggestion_page",
    "sums_statement",
    "synchronisation_page",
    "told",
    "undo_page",
    "verdicts",
    "versions_of",
    "why_not_changed",
    "why_not_matched",
    "why_not_undone",
    "window_of",
]
