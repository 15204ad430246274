"""One credit as a record, apart from any one cycle."""

from dataclasses import dataclass
from datetime import date

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.words import points_text
from credentials.models import Subject
from education.models import Allocation, Credit, Evidence
from education.queries.ledger.overview import provider_of, shares_by_credit
from education.queries.ledger.places import Place, places_of


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


def credit_page(credit: Credit, *, on: date) -> CreditDetail:
    """One credit: what was recorded, where it counts and would count, what proves it, and what may be changed."""
    shares = shares_by_credit([credit])[credit.pk]
    declared = any(share.cycle.shares_frozen_at for share in shares)
    changeable = credit.is_self_recorded and credit.withdrawn_at is None and not declared
    documents = Evidence.objects.filter(credit=credit, removed_at=None).order_by("id")
    return CreditDetail(
        title=credit.title,
        notice=_notice(credit, declared=declared),
        facts=tuple(_facts(credit)),
        shares=tuple(map(_share_fact, shares)),
        places=() if credit.withdrawn_at else tuple(places_of(credit, on=on)),
        evidence=tuple(_file_line(document, removable=not declared) for document in documents),
        needs_text=credit.kind.evidence,
        edit_url=reverse("education:credit_edit", args=[credit.uuid]) if changeable else "",
        withdraw_url=reverse("education:credit_withdraw", args=[credit.uuid]) if changeable else "",
        evidence_url="" if credit.withdrawn_at else reverse("education:evidence_add", args=[credit.uuid]),
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
