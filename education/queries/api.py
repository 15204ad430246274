"""What a provider's system may read."""

import re

from cmp_portal.lib.statements import first_column
from education.models import Credit, Provider

# Names are compared without case, accents, spaces and hyphens.
PLAIN = "regexp_replace(lower(normalize({}, NFKD)), '[^[:alpha:]]', '', 'g')"
# The same work is done whether or not there is such a holder, so that timing reveals nothing.
IS_HOLDER = f"""
    SELECT COALESCE(bool_or({PLAIN.format("COALESCE(h.last_name, asked.last_name)")} = {PLAIN.format("asked.last_name")}
                            AND h.id IS NOT NULL AND {PLAIN.format("asked.last_name")} <> ''
                            AND COALESCE(asked.birth_month = h.birth_month, asked.birth_month IS NULL)), FALSE)
      FROM (SELECT %(number)s AS number, %(last_name)s AS last_name, %(birth_month)s::integer AS birth_month) asked
      LEFT JOIN accounts_holder h ON h.customer_number = asked.number
"""  # noqa: S608 (constants only)
MONTH = re.compile(r"(?:[0-9]{4}-)?(0?[1-9]|1[0-2])", re.ASCII)
LONGEST = 100


def completions_of(provider: Provider, *, after: str, external_id: str | None, most: int) -> list[Credit]:
    """The provider's completions after this external id, in index order (keyset pagination)."""
    found = Credit.objects.filter(provider=provider, external_id__gt=_clean(after))
    if external_id is not None:
        found = found.filter(external_id=_clean(external_id))
    return list(found.select_related("kind", "batch").order_by("external_id")[:most])


def is_holder(*, customer_number: str, last_name: str, birth_month: str | None) -> bool:
    """Whether the number belongs to a holder with this name and, if given, this birth month."""
    month = MONTH.fullmatch(birth_month.strip()) if birth_month else None
    if birth_month and month is None:
        birth_month, last_name = None, ""  # query anyway, to take the same time
    values = {
        "number": _clean(customer_number).strip()[:LONGEST],
        "last_name": _clean(last_name)[:LONGEST],
        "birth_month": int(month[1]) if month else None,
    }
    return bool(first_column(IS_HOLDER, **values)[0])


def _clean(text: str) -> str:
    """The text without characters that PostgreSQL can't store."""
    return text.replace("\0", "").encode(errors="ignore").decode()
