from audits.queries.colleagues import auditor_facts
from audits.queries.differences import differences
from audits.queries.export import export_of
from audits.queries.population import Size, rates_of, sizes, stratum_words
from audits.queries.round_pages import population_csv, round_page, rounds_page, script

__all__ = [
    "Size",
    "auditor_facts",
    "differences",
    "export_of",
    "population_csv",
    "rates_of",
    "round_page",
    "rounds_page",
    "script",
    "sizes",
    "stratum_words",
]
