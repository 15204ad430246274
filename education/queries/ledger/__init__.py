"""The pages about credits as records, apart from any one cycle."""

from education.queries.ledger.detail import credit_page, edit_page
from education.queries.ledger.overview import credits_page, provider_of
from education.queries.ledger.places import Place, places_of

__all__ = ["Place", "credit_page", "credits_page", "edit_page", "places_of", "provider_of"]
