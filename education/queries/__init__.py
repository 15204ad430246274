from education.queries.cards import Card, card_of
from education.queries.credits import credit_facts, credits_visible_to
from education.queries.disputes import dispute_page, dispute_review, disputes_visible_to
from education.queries.evidence import evidence_visible_to, picture_url, released
from education.queries.ledger import (
    credit_page,
    credits_page,
    likely_duplicates,
    provider_of,
    why_not_changed,
)
from education.queries.progress import headline, progress_page
from education.queries.recording import edit_page, has_room, recording_page
from education.queries.standing import Facts, facts_by_cycle, facts_of, standing_of, standings_of, window_of
from education.queries.suggestion import Proposal, proposal_for, suggestion_page
from education.queries.verdicts import WINDOW, Judged, sums_statement, verdicts
from education.queries.versions import versions_of
from education.queries.words import credit_words, gap_words, reason_words

__all__ = [
    "WINDOW",
    "Card",
    "Facts",
    "Judged",
    "Proposal",
    "card_of",
    "credit_facts",
    "credit_page",
    "credit_words",
    "credits_page",
    "credits_visible_to",
    "dispute_page",
    "dispute_review",
    "disputes_visible_to",
    "edit_page",
    "evidence_visible_to",
    "facts_by_cycle",
    "facts_of",
    "gap_words",
    "has_room",
    "headline",
    "likely_duplicates",
    "picture_url",
    "progress_page",
    "proposal_for",
    "provider_of",
    "reason_words",
    "recording_page",
    "released",
    "standing_of",
    "standings_of",
    "suggestion_page",
    "sums_statement",
    "verdicts",
    "versions_of",
    "why_not_changed",
    "window_of",
]
