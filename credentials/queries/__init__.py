from credentials.queries.cycles import credentials_visible_to, cycle_facts, cycles_visible_to, requirements_by_id

__all__ = ["credentials_visible_to", "cycle_facts", "cycles_visible_to", "requirements_by_id"]
