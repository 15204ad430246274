from education.queries.cards import Card, card_of
from education.queries.credits import credit_facts, credits_visible_to, evidence_visible_to
from education.queries.ledger import credit_page, credits_page, edit_page, provider_of
from education.queries.match_review import match_review
from education.queries.matches import matches_of, matches_visible_to, possible_duplicates
from education.queries.progress import headline, progress_page
from education.queries.standing import Facts, facts_by_cycle, facts_of, standing_of, standings_of, window_of
from education.queries.suggestion import Proposal, proposal_for, suggestion_page
from education.queries.verdicts import WINDOW, Judged, sums_statement, verdicts
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
    "edit_page",
    "evidence_visible_to",
    "facts_by_cycle",
    "facts_of",
    "gap_words",
    "headline",
    "match_review",
    "matches_of",
    "matches_visible_to",
    "possible_duplicates",
    "progress_page",
    "proposal_for",
    "provider_of",
    "reason_words",
    "standing_of",
    "standings_of",
    "suggestion_page",
    "sums_statement",
    "verdicts",
    "window_of",
]
