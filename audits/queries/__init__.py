from audits.queries.auditor_page import Reader as AuditReader
from audits.queries.auditor_page import auditor_page
from audits.queries.audits import (
    audit_words,
    audits_visible_to,
    declared_row,
    open_audits,
    proposer_of,
    times_brought,
    verdicts_of,
    why_not_passed,
)
from audits.queries.colleagues import auditor_facts
from audits.queries.consistency import consistency_checks
from audits.queries.export import export_of
from audits.queries.gaps import gaps_of
from audits.queries.holder_page import audit_page
from audits.queries.population import rates_of, size_lines, sizes, stratum_words
from audits.queries.queue import MANY, known_list, queue_page, queue_url
from audits.queries.replacing import replace_page
from audits.queries.report import has_report, report_csv, report_of, report_page, report_pdf, report_text
from audits.queries.round_pages import moment_words, population_csv, round_page, rounds_page, rounds_to_draw, script
from audits.queries.work import next_audit, to_request

__all__ = [
    "MANY",
    "AuditReader",
    "audit_page",
    "audit_words",
    "auditor_facts",
    "auditor_page",
    "audits_visible_to",
    "consistency_checks",
    "declared_row",
    "export_of",
    "gaps_of",
    "has_report",
    "known_list",
    "moment_words",
    "next_audit",
    "open_audits",
    "population_csv",
    "proposer_of",
    "queue_page",
    "queue_url",
    "rates_of",
    "replace_page",
    "report_csv",
    "report_of",
    "report_page",
    "report_pdf",
    "report_text",
    "round_page",
    "rounds_page",
    "rounds_to_draw",
    "script",
    "size_lines",
    "sizes",
    "stratum_words",
    "times_brought",
    "to_request",
    "verdicts_of",
    "why_not_passed",
]
