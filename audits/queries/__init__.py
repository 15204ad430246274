from audits.queries.differences import differences
from audits.queries.export import export_of

__all__ = ["differences", "export_of"]
