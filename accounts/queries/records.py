"""A holder's record, and the changes to it that they have requested."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import ChangeKind, Permission, RequestState
from accounts.models import Change, ChangeDocument, Holder, User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.uploads import FileCondition, held_back

TONES = {RequestState.OPEN: "info", RequestState.GRANTED: "success", RequestState.DECLINED: "warning"}
SHOWN = 20


def record_url(holder: int) -> str:
    """The page of a holder's record in the back office."""
    return reverse("admin:accounts_holder_change", args=[holder])


def changes_visible_to(user: User) -> QuerySet[Change]:
    """A holder's own requests; all of them for the Board."""
    changes = Change.objects.select_related("holder").order_by("-id")
    return changes if user.may(Permission.SEE_RECORDS) else changes.filter(holder_id=user.holder_key)


def documents_visible_to(user: User) -> QuerySet[ChangeDocument]:
    """The documents of the requests a user may see."""
    documents = ChangeDocument.objects.order_by("id")
    return documents if user.may(Permission.SEE_RECORDS) else documents.filter(holder_id=user.holder_key)


def released(documents: QuerySet[ChangeDocument]) -> QuerySet[ChangeDocument]:
    """Documents that may be opened."""
    return documents.exclude(condition__in=held_back())


def now_of(holder: Holder, kind: str) -> str:
    """The value currently on record."""
    return holder.email if kind == ChangeKind.ADDRESS else holder.name


def has_proven(holder: Holder, email: str) -> bool:
    """Whether the holder's account has verified this address."""
    return EmailAddress.objects.filter(user__holder=holder, email=email.lower(), verified=True).exists()


@dataclass(frozen=True)
class Fact:
    label: str
    value: str


@dataclass(frozen=True)
class DocumentLine:
    """A document of a request; it can't be opened if `url` is empty."""

    name: str
    text: str
    url: str


@dataclass(frozen=True)
class ChangeLine:
    """One request: old and requested value, its state, and the Board's answer."""

    title: str
    was: str
    wanted: str
    state_label: str
    tone: str
    asked_text: str
    words: str
    answer: str
    documents: tuple[DocumentLine, ...]
    withdraw_url: str


@dataclass(frozen=True)
class RecordPage:
    facts: tuple[Fact, ...]
    name_url: str
    address_url: str
    changes: tuple[ChangeLine, ...]


def open_change(holder: Holder, kind: str) -> Change | None:
    """The holder's open request of this kind, if any."""
    return Change.objects.filter(holder=holder, kind=kind, state=RequestState.OPEN).first()


def record_page(holder: Holder) -> RecordPage:
    """Your record: what is on file, and the newest requests; a kind with an open one is not offered."""
    changes = list(Change.objects.filter(holder=holder).prefetch_related("documents").order_by("-id")[:SHOWN])
    waiting = {change.kind for change in changes if change.state == RequestState.OPEN}
    urls = {kind: "" if kind in waiting else reverse("accounts:change", args=[kind]) for kind in ChangeKind}
    return RecordPage(
        facts=(
            Fact(_("Name"), holder.name),
            Fact(_("Customer number"), holder.customer_number),
            Fact(_("Address on file"), holder.email or _("none")),
        ),
        name_url=urls[ChangeKind.NAME],
        address_url=urls[ChangeKind.ADDRESS],
        changes=tuple(map(_line, changes)),
    )


def _line(change: Change) -> ChangeLine:
    state = RequestState(change.state)
    is_open = state == RequestState.OPEN
    return ChangeLine(
        title=change.get_kind_display(),
        was=change.was or _("none"),
        wanted=change.wanted,
        state_label=str(_("With the Board") if is_open else state.label),
        tone=TONES.get(state, "neutral"),
        asked_text=_("Requested on %(day)s") % {"day": longdate(board_day(change.requested_at))},
        words=change.words,
        answer=change.note,
        documents=tuple(map(document_line, sorted(change.documents.all(), key=lambda one: one.pk))),
        withdraw_url=reverse("accounts:withdraw_change", args=[change.uuid]) if is_open else "",
    )


def document_line(document: ChangeDocument) -> DocumentLine:
    may_open = document.condition not in held_back()
    text = filesizeformat(document.size)
    if document.condition == FileCondition.UNREADABLE or not may_open:
        text = f"{text} · {FileCondition(document.condition).label}"
    url = reverse("accounts:change_document", args=[document.uuid]) if may_open else ""
    return DocumentLine(name=document.name, text=text, url=url)
