from audits.queries.colleagues import auditor_facts
from audits.queries.differences import differences
from audits.queries.export import export_of
from audits.queries.population import Size, rates_of, size_lines, sizes, stratum_words
from audits.queries.report import Report, report_csv, report_of, report_page, report_pdf, report_text
from audits.queries.round_pages import moment_words, population_csv, round_facts, round_page, rounds_page, script

__all__ = [
    "Report",
    "Size",
    "auditor_facts",
    "differences",
    "export_of",
    "moment_words",
    "population_csv",
    "rates_of",
    "report_csv",
    "report_of",
    "report_page",
    "report_pdf",
    "report_text",
    "round_facts",
    "round_page",
    "rounds_page",
    "script",
    "size_lines",
    "sizes",
    "stratum_words",
]
