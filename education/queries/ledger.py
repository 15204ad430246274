"""The pages about credits as records, apart from any one cycle."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.keyset import Cursor
from cmp_portal.lib.words import points_text
from credentials.models import Cycle, Subject
from education.models import Allocation, Credit, Evidence
from education.queries.credits import CreditPage, credits_visible_to, page_of_credits
from education.queries.progress import Pager
from education.queries.standing import facts_by_cycle
from education.queries.words import why_not
from education.rules import Tally


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
    rows: tuple[CreditRow, ...]
    pager: Pager


def credits_page(user: User, *, cursor: Cursor | None) -> CreditsPage:
    """A holder's credits, 25 at a time, each with where it is allocated and how many documents prove it."""
    page = page_of_credits(credits_visible_to(user).filter(holder_id=user.holder_key), window=None, cursor=cursor)
    shares = _shares_by_credit(page.credits)
    documents = Counter(
        Evidence.objects.filter(credit__in=page.credits, removed_at=None).values_list("credit", flat=True)
    )
    rows = (_row(credit, shares[credit.pk], documents[credit.pk]) for credit in page.credits)
    return CreditsPage(rows=tuple(rows), pager=_pager(page))


def _shares_by_credit(credits: list[Credit]) -> dict[int, list[Allocation]]:
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
        evidence_text=text if documents else "",
        detail_url=reverse("education:credit", args=[credit.uuid]),
    )


def _where(credit: Credit, shares: list[Allocation]) -> str:
    if credit.withdrawn_at is not None:
        return _("Withdrawn.")
    places = [f"{share.cycle.credential.credential_type.code}: {share.area.title}" for share in shares]
    return "; ".join(places) if places else _("Not allocated yet.")


def _pager(page: CreditPage) -> Pager:
    base = reverse("education:credits")
    return Pager(
        previous_url=f"{base}?at={page.newer}" if page.newer else "",
        next_url=f"{base}?at={page.older}" if page.older else "",
    )


def provider_of(credit: Credit) -> str:
    """Who offered the activity, whether known to us or named by the holder."""
    return credit.provider.title if credit.provider else credit.provider_name


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True)
class ShareFact:
    credential: str
    area_title: str
    points: str
    cycle_text: str


@dataclass(frozen=True)
class Place:
    """Where the rest of a credit would count in one credential, or why nowhere."""

    credential: str
    text: str
    url: str


@dataclass(frozen=True)
class FileLine:
    name: str
    text: str
    url: str
    remove_url: str


@dataclass(frozen=True)
class CreditDetail:
    title: str
    notice: str
    facts: tuple[Fact, ...]
    shares: tuple[ShareFact, ...]
    places: tuple[Place, ...]
    evidence: tuple[FileLine, ...]
    needs_text: str
    edit_url: str
    withdraw_url: str
    evidence_url: str
    everywhere_url: str


def credit_page(credit: Credit, *, on: date) -> CreditDetail:
    """One credit: what was recorded, where it counts and would count, what proves it, and what may be changed."""
    shares = _shares_by_credit([credit])[credit.pk]
    declared = any(share.cycle.shares_frozen_at for share in shares)
    changeable = credit.is_self_recorded and credit.withdrawn_at is None and not declared
    documents = Evidence.objects.filter(credit=credit, removed_at=None).order_by("id")
    return CreditDetail(
        title=credit.title,
        notice=_notice(credit, declared=declared),
        facts=tuple(_facts(credit)),
        shares=tuple(map(_share_fact, shares)),
        places=() if credit.withdrawn_at else tuple(_places(credit, on=on)),
        evidence=tuple(_file_line(document, removable=not declared) for document in documents),
        needs_text=credit.kind.evidence,
        edit_url=reverse("education:credit_edit", args=[credit.uuid]) if changeable else "",
        withdraw_url=reverse("education:credit_withdraw", args=[credit.uuid]) if changeable else "",
        evidence_url="" if credit.withdrawn_at else reverse("education:evidence_add", args=[credit.uuid]),
        everywhere_url="" if credit.withdrawn_at else reverse("education:everywhere", args=[credit.uuid]),
    )


def _notice(credit: Credit, *, declared: bool) -> str:
    if credit.withdrawn_at is not None:
        return _("This credit is withdrawn and counts nowhere.")
    if declared:
        return _("This credit is part of a declaration and stays as it was declared.")
    return ""


def _facts(credit: Credit) -> list[Fact]:
    titles = dict(Subject.objects.filter(code__in=credit.subjects).values_list("code", "title"))
    origin = _("recorded by you") if credit.is_self_recorded else _("delivered by its provider")
    amount = f"{points_text(credit.quantity)} {credit.get_unit_display()}"
    return [
        Fact(_("Provider"), f"{provider_of(credit)} ({origin})"),
        Fact(_("Completed on"), longdate(credit.completed_on)),
        Fact(_("Kind of activity"), credit.kind.title),
        Fact(_("Subjects"), ", ".join(titles.get(code, code) for code in credit.subjects)),
        Fact(_("Amount"), amount),
        Fact(_("Points"), points_text(credit.points)),
    ]


def _share_fact(share: Allocation) -> ShareFact:
    return ShareFact(
        credential=share.cycle.credential.credential_type.code,
        area_title=share.area.title,
        points=points_text(share.points),
        cycle_text=_("cycle ending %(day)s") % {"day": longdate(share.cycle.ends_on)},
    )


def _places(credit: Credit, *, on: date) -> Iterator[Place]:
    """The open cycles of the credit's holder in which something of it is still free."""
    cycles = Cycle.objects.filter(holder_id=credit.holder_id, closed_at=None, shares_frozen_at=None)
    loaded = cycles.select_related("credential__credential_type", "requirement_set__credential_type")
    by_cycle = {cycle.pk: cycle for cycle in loaded.order_by("ends_on", "id")}
    for pk, facts in facts_by_cycle(by_cycle.values(), on=on).items():
        shared = sum((share.points for share in facts.shares if share.credit == credit.pk), Decimal(0))
        if shared < credit.points:
            text, cycle = _place_text(facts.also([credit]).count(), credit), by_cycle[pk]
            url = f"{reverse('education:progress')}?credential={cycle.credential_id}"
            yield Place(credential=cycle.credential.credential_type.code, text=text, url=url)


def _place_text(tally: Tally, credit: Credit) -> str:
    """The areas with room; without any, why not."""
    fits = tally.fits(credit.pk)
    titles = {area.code: area.title for area in tally.compiled.requirements.areas}
    room = [f"{titles[fit.area]} ({points_text(fit.points)})" for fit in fits if fit.points]
    if room:
        return _("would count in: %(areas)s") % {"areas": "; ".join(room)}
    return why_not(tally, credit.pk)


def _file_line(document: Evidence, *, removable: bool) -> FileLine:
    added = {"size": filesizeformat(document.size), "day": longdate(document.uploaded_at.date())}
    return FileLine(
        name=document.name,
        text=_("%(size)s, added on %(day)s") % added,
        url=reverse("education:evidence_file", args=[document.uuid]),
        remove_url=reverse("education:evidence_remove", args=[document.uuid]) if removable else "",
    )


@dataclass(frozen=True)
class EditPage:
    title: str
    submit_label: str
    cancel_url: str


def edit_page(credit: Credit) -> EditPage:
    """The words around the form that corrects a credit."""
    return EditPage(
        title=_("Correct this credit"),
        submit_label=_("Save the correction"),
        cancel_url=reverse("education:credit", args=[credit.uuid]),
    )
