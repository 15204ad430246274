from audits.models.audits import Audit, Finding
from audits.models.colleagues import Colleague
from audits.models.rounds import Entry, Round, Stratum, TypeRate

__all__ = ["Audit", "Colleague", "Entry", "Finding", "Round", "Stratum", "TypeRate"]
