"""A holder's share links, and what they show."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Holder, User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate, longmoment
from credentials.models import Cycle
from declarations.enums import Shown
from declarations.models import Hidden, ShareLink
from declarations.queries.pages import AreaLine, Fact
from declarations.queries.public import PublicCredential, answer_about
from declarations.queries.transcript import transcript_of


@dataclass(frozen=True)
class LinkLine:
    """A link as its holder sees it. Never includes the URL: only the secret's digest is stored."""

    credential: str
    note: str
    shows: str
    state: str
    tone: str
    when: str
    revoke_url: str


@dataclass(frozen=True)
class SharingPage:
    is_hidden: bool
    links: tuple[LinkLine, ...]


def links_of(user: User) -> QuerySet[ShareLink]:
    """A holder's own links, newest first, whatever else the user may see."""
    return ShareLink.objects.filter(holder=user.holder_key).order_by("-made_at", "-id")


def sharing_page(user: User, *, at: datetime) -> SharingPage:
    links = links_of(user).select_related("credential__credential_type")
    return SharingPage(
        is_hidden=Hidden.objects.filter(holder=user.holder_key).exists(),
        links=tuple(_line(link, at=at) for link in links),
    )


def _line(link: ShareLink, *, at: datetime) -> LinkLine:
    label, tone, when = _state(link, at=at)
    return LinkLine(
        credential=link.credential.credential_type.code,
        note=link.note,
        shows=" · ".join(str(Shown(one).label) for one in Shown.values if one in link.shows),
        state=label,
        tone=tone,
        when=when,
        revoke_url=reverse("declarations:revoke_link", args=[link.uuid]) if tone == "success" else "",
    )


def _state(link: ShareLink, *, at: datetime) -> tuple[str, str, str]:
    """State label, tone, and since or until when."""
    expires = {"moment": longmoment(link.expires_at)}
    if link.revoked_at is not None:
        return (
            pgettext("link", "Revoked"),
            "warning",
            _("Revoked on %(moment)s") % {"moment": longmoment(link.revoked_at)},
        )
    if link.expires_at <= at:
        return pgettext("link", "Expired"), "warning", _("Expired on %(moment)s") % expires
    return pgettext("link", "Open"), "success", _("Open until %(moment)s") % expires


def link_url(secret: str) -> str:
    """The URL to give away."""
    return f"{settings.SITE_URL}{reverse('verification:shared', args=[secret])}"


# --- For those who have the link --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SharedPage:
    """What the holder has agreed to show."""

    answer: PublicCredential
    facts: tuple[Fact, ...]
    cycles: tuple[str, ...]
    areas: tuple[AreaLine, ...]
    until: str


def link_by(secret: str, *, at: datetime) -> ShareLink | None:
    """The open link with this secret; None alike for one that is unknown, expired or revoked."""
    links = ShareLink.objects.open(at=at).filter(sha256=hashlib.sha256(secret.encode()).hexdigest())
    return links.select_related("holder", "credential__credential_type").first()


def shared_page(link: ShareLink, *, at: datetime) -> SharedPage:
    on, credential = board_day(at), link.credential
    cycles = list(_cycles(link)) if {Shown.CYCLES, Shown.POINTS} & set(link.shows) else []
    return SharedPage(
        answer=answer_about(credential, on=on),
        facts=_name(link.holder, credential.certificate_number) if Shown.NAME in link.shows else (),
        cycles=tuple(_days(cycle) for cycle in cycles) if Shown.CYCLES in link.shows else (),
        areas=_areas(cycles, on=on) if Shown.POINTS in link.shows else (),
        until=longmoment(link.expires_at),
    )


def _cycles(link: ShareLink) -> QuerySet[Cycle]:
    related = ("credential__credential_type", "requirement_set__credential_type", "holder")
    return Cycle.objects.filter(credential=link.credential).select_related(*related).order_by("-ends_on", "-id")


def _name(holder: Holder, number: str) -> tuple[Fact, ...]:
    return (Fact(_("Name"), holder.name), Fact(_("Certificate number"), number))


def _days(cycle: Cycle) -> str:
    days = {"start": longdate(cycle.starts_on), "end": longdate(cycle.ends_on)}
    if cycle.closed_at is None:
        return _("%(start)s to %(end)s") % days
    return _("%(start)s to %(end)s, renewed on %(day)s") % {**days, "day": longdate(board_day(cycle.closed_at))}


def _areas(cycles: list[Cycle], *, on: date) -> tuple[AreaLine, ...]:
    return transcript_of(cycles[0], on=on).areas if cycles else ()
