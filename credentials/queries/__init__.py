from credentials.queries.cycles import credentials_visible_to, cycle_facts, cycles_visible_to, requirements_by_id
from credentials.queries.differences import differences

__all__ = ["credentials_visible_to", "cycle_facts", "cycles_visible_to", "differences", "requirements_by_id"]
