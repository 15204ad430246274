from audits.admin.audits import AuditAdmin
from audits.admin.colleagues import ColleagueAdmin
from audits.admin.rounds import RoundAdmin

__all__ = ["AuditAdmin", "ColleagueAdmin", "RoundAdmin"]
