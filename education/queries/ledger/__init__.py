"""The pages about credits in themselves, independent of any cycle."""

from education.queries.ledger.credit_filters import CreditFilters, Offered, offered_to
from education.queries.ledger.detail import credit_page, why_not_changed
from education.queries.ledger.duplicates import Duplicate, duplicates_of, likely_duplicates
from education.queries.ledger.overview import credits_page, shares_by_credit
from education.queries.ledger.places import Place, places_of

__all__ = [
    "CreditFilters",
    "Duplicate",
    "Offered",
    "Place",
    "credit_page",
    "credits_page",
    "duplicates_of",
    "likely_duplicates",
    "offered_to",
    "places_of",
    "shares_by_credit",
    "why_not_changed",
]
