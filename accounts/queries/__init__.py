from accounts.queries.alerts import alerts_visible_to

__all__ = ["alerts_visible_to"]
