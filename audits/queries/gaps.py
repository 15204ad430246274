"""Gaps: credits in an audit for which its holder has not responded yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F, Max
from django.utils.translation import ngettext

from audits.enums import Verdict
from audits.models import Audit
from audits.queries.audits import findings_of, not_available_in
from audits.rules.answering import is_answered
from audits.rules.moves import WITH_HOLDER
from cmp_portal.lib.uploads import USELESS
from declarations.queries import signed_contents
from declarations.queries.review_rows import by_credit
from education.models import Evidence

# Credits per page of the holder's view.
SIZE = 25
NAMED = 5


class Gap(NamedTuple):
    title: str
    url: str


@dataclass(frozen=True)
class Gaps:
    """The credits without a response: how many, and the first of them by title."""

    text: str
    named: tuple[Gap, ...]
    more_text: str


def gaps_of(audit: Audit) -> Gaps | None:
    """The gaps; None if there are none, or it is not the holder's turn."""
    if audit.state not in WITH_HOLDER:
        return None
    groups = by_credit(signed_contents(audit.declaration))
    missing = _without_answer(audit, groups)
    if not missing:
        return None
    words = ngettext(
        "%(missing)s of %(count)s credits has no answer yet: neither a document that can be opened nor an"
        " explanation of why there is none.",
        "%(missing)s of %(count)s credits have no answer yet: neither a document that can be opened nor an"
        " explanation of why there is none.",
        len(missing),
    )
    more = len(missing) - NAMED
    return Gaps(
        text=words % {"missing": len(missing), "count": len(groups)},
        named=tuple(Gap(groups[place][0]["title"], _address(audit, place)) for place in missing[:NAMED]),
        more_text=ngettext("and %(count)s more", "and %(count)s more", more) % {"count": more} if more > 0 else "",
    )


def _without_answer(audit: Audit, groups: Sequence[list[Any]]) -> list[int]:
    """The positions of those credits in the holder's list, from 0."""
    findings, credits = findings_of(audit), [group[0]["credit"] for group in groups]
    answered = _answered(audit, credits)
    missing = []
    for place, credit in enumerate(credits):
        finding = findings.get(credit)
        verdict, found_at = (Verdict(finding.verdict), finding.at) if finding else (None, None)
        if not is_answered(answered.get(credit), verdict=verdict, found_at=found_at):
            missing.append(place)
    return missing


def _answered(audit: Audit, credits: Sequence[str]) -> dict[str, datetime]:
    """When the newest document or explanation for each credit came; unreadable documents don't count."""
    documents = Evidence.objects.filter(credit__uuid__in=credits, removed_at=None).exclude(condition__in=USELESS)
    newest = documents.values(proves=F("credit__uuid")).annotate(came_at=Max("uploaded_at"))
    came = {str(one["proves"]): one["came_at"] for one in newest.order_by("proves")}
    for credit, said in not_available_in(audit).items():
        came[credit] = max(came.get(credit, said.at), said.at)
    return came


def _address(audit: Audit, place: int) -> str:
    page = place // SIZE + 1
    return f"{audit.get_absolute_url()}{f'?page={page}' if page > 1 else ''}#credit-{place + 1}"
