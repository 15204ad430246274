"""All credits of a holder, whether allocated or not."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from cmp_portal.lib.keyset import Cursor, Pager
from education.models import Allocation, Credit, Evidence
from education.queries.credits import CreditPage, credits_visible_to, page_of_credits, provider_of
from education.queries.ledger.credit_filters import CreditFilters, wanted_of

EVERYTHING = CreditFilters()


@dataclass(frozen=True)
class CreditRow:
    title: str
    provider: str
    completed: str
    points: str
    origin: str
    sentence: str
    status: str
    evidence_text: str
    detail_url: str


@dataclass(frozen=True)
class CreditsPage:
    """A page of credits; `is_narrowed` if filters are set."""

    rows: tuple[CreditRow, ...]
    pager: Pager
    is_narrowed: bool


def credits_page(user: User, *, wanted: CreditFilters = EVERYTHING, cursor: Cursor | None) -> CreditsPage:
    """A holder's credits, 25 per page, each with where it is allocated and the number of its documents."""
    own = credits_visible_to(user).filter(holder_id=user.holder_key)
    page = page_of_credits(wanted_of(own, wanted), window=None, cursor=cursor)
    shares = shares_by_credit(page.credits)
    documents = Counter(
        Evidence.objects.filter(credit__in=page.credits, removed_at=None).values_list("credit", flat=True)
    )
    rows = (_row(credit, shares[credit.pk], documents[credit.pk]) for credit in page.credits)
    return CreditsPage(rows=tuple(rows), pager=_pager(page, wanted), is_narrowed=wanted != EVERYTHING)


def shares_by_credit(credits: list[Credit]) -> dict[int, list[Allocation]]:
    """The shares of each credit, oldest first, with what pages show about them loaded."""
    shares: dict[int, list[Allocation]] = defaultdict(list)
    rows = Allocation.objects.filter(credit__in=credits).select_related("area", "cycle__credential__credential_type")
    for share in rows.order_by("id"):
        shares[share.credit_id].append(share)
    return shares


def _row(credit: Credit, shares: list[Allocation], documents: int) -> CreditRow:
    text = ngettext("%(count)s document", "%(count)s documents", documents) % {"count": documents}
    return CreditRow(
        title=credit.title,
        provider=provider_of(credit),
        completed=longdate(credit.completed_on),
        points=points_text(credit.points),
        origin=_("recorded by you") if credit.is_self_recorded else _("delivered by its provider"),
        sentence=_where(credit, shares),
        status="refused" if credit.withdrawn_at else "counted" if shares else "open",
        evidence_text=text if documents else _("No document yet"),
        detail_url=reverse("education:credit", args=[credit.uuid]),
    )


def _where(credit: Credit, shares: list[Allocation]) -> str:
    if credit.withdrawn_at is not None:
        return _("Withdrawn.")
    places = [f"{share.cycle.credential.credential_type.code}: {share.area.title}" for share in shares]
    return "; ".join(places) if places else _("Not allocated yet.")


def _pager(page: CreditPage, wanted: CreditFilters) -> Pager:
    base = f"{reverse('education:credits')}?{wanted.query}&at=".replace("?&", "?")
    return Pager(
        previous_url=f"{base}{page.newer}" if page.newer else "",
        next_url=f"{base}{page.older}" if page.older else "",
    )
