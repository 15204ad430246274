from audits.queries.differences import differences

__all__ = ["differences"]
