"""The population of a draw: which declarations are in it, and how many per stratum."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from audits import rules
from audits.models import Round, TypeRate

# One row per declaration: its credential, and what else determines its rate. Source of the last advised day: ascp.org,
# submit-cmp-declaration, as in credentials.rules.advised_until.
FACTS = """
    SELECT d.id, d.number, d.cycle_id, c.credential_type_id,
           d.received_on > LEAST(y.ends_on - t.advised_days, (y.ends_on - interval '1 month')::date) AS is_late,
           EXISTS (SELECT 1 FROM audits_audit a
                    WHERE a.holder_id = d.holder_id AND a.declaration_id <> d.id
                      AND (a.state = 'failed'
                           OR EXISTS (SELECT 1 FROM audits_finding f WHERE f.audit_id = a.id AND f.verdict = 'refused')
                          )) AS has_findings
      FROM declarations_declaration d
      JOIN credentials_cycle y ON y.id = d.cycle_id
      JOIN credentials_credential c ON c.id = y.credential_id
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
"""
# Of each cycle, the newest declaration received by the cut-off and not decided; each is entered only once. Withdrawing
# it or having it returned does not remove it. Cycles selected earlier stay selected and are excluded.
OF_ROUND = """
     WHERE d.received_at <= %(cutoff)s AND d.state IN ('submitted', 'returned', 'withdrawn')
       AND NOT EXISTS (SELECT 1 FROM declarations_declaration n
                        WHERE n.cycle_id = d.cycle_id AND n.id > d.id
                          AND (n.received_at <= %(cutoff)s
                               OR n.state IN ('eligible', 'renewed', 'denied', 'appealed')))
       AND NOT EXISTS (SELECT 1 FROM audits_entry e WHERE e.declaration_id = d.id)
       AND NOT EXISTS (SELECT 1 FROM declarations_declaration o
                         LEFT JOIN audits_audit a ON a.declaration_id = o.id
                         LEFT JOIN audits_entry e ON e.declaration_id = o.id
                        WHERE o.cycle_id = d.cycle_id AND (a.id IS NOT NULL OR e.is_drawn))
"""
SIZES = f"""
    SELECT p.credential_type_id, t.code, p.is_late, p.has_findings, COUNT(*)
      FROM ({FACTS} {OF_ROUND}) p JOIN credentials_credentialtype t ON t.id = p.credential_type_id
     GROUP BY 1, 2, 3, 4 ORDER BY 2, 3, 4
"""  # noqa: S608 (constants only)


@dataclass(frozen=True)
class Size:
    """A stratum: the size of its population, its rate, and the resulting sample size."""

    credential_type: int
    stratum: rules.Stratum
    population: int
    rate: Decimal
    length: int


def rates_of(round: Round) -> rules.Rates:
    """The rates that the round has published."""
    own = TypeRate.objects.filter(round=round).values_list("credential_type__code", "rate")
    return rules.Rates(round.rate, dict(own), round.late_rate, round.findings_rate)


def sizes(*, rates: rules.Rates, cutoff: datetime) -> list[Size]:
    """The strata of a draw at this cut-off, as of now; nothing is drawn."""
    with connection.cursor() as cursor:
        cursor.execute(SIZES, {"cutoff": cutoff})
        return list(sized(cursor.fetchall(), rates))


def sized(rows: Iterable[Any], rates: rules.Rates) -> Iterator[Size]:
    for credential_type, code, is_late, has_findings, population in rows:
        stratum = rules.Stratum(code, is_late, has_findings)
        rate = rates.of(stratum)
        yield Size(credential_type, stratum, population, rate, rules.length(population, rate))


def stratum_words(stratum: rules.Stratum) -> str:
    """A label for the stratum."""
    also = [_("late") if stratum.is_late else "", _("earlier findings") if stratum.has_findings else ""]
    return ", ".join([stratum.credential, *filter(None, also)])


@dataclass(frozen=True)
class SizeLine:
    words: str
    rate: str
    population: str
    drawn: str


def size_lines(sizes: Iterable[Size]) -> tuple[SizeLine, ...]:
    """What would be drawn, per stratum and in total, formatted."""
    sizes = list(sizes)
    lines = (
        SizeLine(stratum_words(one.stratum), rules.percent(one.rate), f"{one.population:,}", f"{one.length:,}")
        for one in sizes
    )
    population, length = sum(one.population for one in sizes), sum(one.length for one in sizes)
    return (*lines, SizeLine(_("In total"), "", f"{population:,}", f"{length:,}"))
