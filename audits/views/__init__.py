from audits.views.rounds import population, repeat, round, rounds

__all__ = ["population", "repeat", "round", "rounds"]
