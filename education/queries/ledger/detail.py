"""One credit in itself, independent of any cycle."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.deciding import Fact
from cmp_portal.lib.formatting import points_text
from credentials.models import Subject
from education.models import Allocation, Credit, Dispute
from education.queries.credits import provider_of
from education.queries.evidence import FileLine, file_lines, keep_until_text
from education.queries.ledger.duplicates import Duplicate, duplicates_of
from education.queries.ledger.overview import shares_by_credit
from education.queries.ledger.places import Place, places_of
from education.queries.versions import Versions, versions_of
from education.queries.words import amount_words, subject_words


@dataclass(frozen=True)
class ShareFact:
    credential: str
    area_title: str
    points: str
    cycle_text: str


@dataclass(frozen=True)
class CreditDetail:
    title: str
    notice: str
    facts: tuple[Fact, ...]
    shares: tuple[ShareFact, ...]
    places: tuple[Place, ...]
    evidence: tuple[FileLine, ...]
    needs_text: str
    keep_text: str
    edit_url: str
    withdraw_url: str
    restore_url: str
    dispute_url: str
    dispute_text: str
    duplicates: tuple[Duplicate, ...]
    evidence_url: str
    everywhere_url: str
    versions: Versions


def credit_page(credit: Credit, *, on: date, before: int | None = None) -> CreditDetail:
    """One credit: its facts, where it counts and could count, its documents, possible changes and history.

    `before` asks for the versions before the one with that number.
    """
    shares = shares_by_credit([credit])[credit.pk]
    declared = any(share.cycle.shares_frozen_at for share in shares)
    changeable = not why_not_changed(credit, shares)
    standing = credit.withdrawn_at is None
    places = tuple(places_of(credit, shares, on=on)) if standing else ()
    titles = dict(Subject.objects.values_list("code", "title"))
    return CreditDetail(
        title=credit.title,
        notice=_notice(credit, declared=declared),
        facts=tuple(_facts(credit, titles)),
        shares=tuple(map(_share_fact, shares)),
        places=places,
        evidence=file_lines(credit, removable=not declared),
        needs_text=credit.kind.evidence,
        keep_text=keep_until_text(shares),
        edit_url=reverse("education:credit_edit", args=[credit.uuid]) if changeable and standing else "",
        withdraw_url=reverse("education:credit_withdraw", args=[credit.uuid]) if changeable and standing else "",
        restore_url=reverse("education:credit_restore", args=[credit.uuid]) if changeable and not standing else "",
        dispute_url="" if credit.is_self_recorded else reverse("education:dispute", args=[credit.uuid]),
        dispute_text="" if credit.is_self_recorded else _dispute_text(credit),
        duplicates=duplicates_of(credit) if changeable and not standing else (),
        evidence_url=reverse("education:evidence_add", args=[credit.uuid]) if standing else "",
        everywhere_url=reverse("education:everywhere", args=[credit.uuid])
        if any(place.fits for place in places)
        else "",
        versions=versions_of(credit, titles, before=before),
    )


def why_not_changed(credit: Credit, shares: Iterable[Allocation]) -> str:
    """Why its holder may not correct or withdraw a credit; empty if they may. Expects the shares' cycles loaded."""
    if not credit.is_self_recorded:
        return _("This credit came from its provider. Ask the provider to correct it, or dispute it.")
    if any(share.cycle.shares_frozen_at for share in shares):
        return _("This credit is part of a declaration and stays as it was declared.")
    return ""


def _dispute_text(credit: Credit) -> str:
    """The text of the link to its disputes, with the state of the latest one."""
    newest = Dispute.objects.filter(credit=credit).order_by("-id").first()
    if newest is None:
        return _("Is something wrong? Tell the Board")
    return _("You told the Board that something is wrong: %(state)s") % {"state": newest.get_state_display()}


def _notice(credit: Credit, *, declared: bool) -> str:
    if credit.withdrawn_at is not None:
        return _("This credit has been withdrawn and does not count anywhere.")
    if declared:
        return _("This credit is part of a declaration and stays as it was declared.")
    return ""


def _facts(credit: Credit, titles: dict[str, str]) -> list[Fact]:
    origin = _("recorded by you") if credit.is_self_recorded else _("delivered by its provider")
    return [
        Fact(_("Provider"), f"{provider_of(credit)} ({origin})"),
        Fact(_("Completed on"), longdate(credit.completed_on)),
        Fact(_("Kind of activity"), credit.kind.title),
        Fact(_("Subjects"), subject_words(credit.subjects, titles)),
        Fact(_("Quantity"), amount_words(credit.quantity, credit.unit)),
        Fact(_("Points"), points_text(credit.points)),
    ]


def _share_fact(share: Allocation) -> ShareFact:
    return ShareFact(
        credential=share.cycle.credential.credential_type.code,
        area_title=share.area.title,
        points=points_text(share.points),
        cycle_text=_("cycle ending %(day)s") % {"day": longdate(share.cycle.ends_on)},
    )
