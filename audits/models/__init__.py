from audits.models.audits import Audit, Finding
from audits.models.rounds import Round

__all__ = ["Audit", "Finding", "Round"]
