from accounts.queries.alerts import alerts_visible_to
from accounts.queries.differences import differences

__all__ = ["alerts_visible_to", "differences"]
