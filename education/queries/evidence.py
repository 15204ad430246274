"""Documents as pages show them: what they are, whether they can be opened, and how long originals must be kept."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import QuerySet
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Permission
from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.uploads import FileCondition, held_back
from credentials.rules import anniversary
from education.models import Allocation, Credit, Evidence


def evidence_visible_to(user: User) -> QuerySet[Evidence]:
    """A holder's own documents, including those removed from view; all documents for the Board."""
    documents = Evidence.objects.order_by("id")
    return documents if user.may(Permission.SEE_RECORDS) else documents.filter(holder_id=user.holder_key)


def released(documents: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """Documents that may be opened."""
    return documents.exclude(condition__in=held_back()).filter(removed_at=None)


@dataclass(frozen=True)
class FileLine:
    """A document; without a URL, it can't be opened."""

    name: str
    text: str
    url: str
    picture_url: str
    remove_url: str


def file_lines(credit: Credit, *, removable: bool) -> tuple[FileLine, ...]:
    """The documents of a credit, in the order they were added."""
    documents = Evidence.objects.filter(credit=credit, removed_at=None).order_by("id")
    return tuple(file_line(document, removable=removable) for document in documents)


def file_line(document: Evidence, *, removable: bool) -> FileLine:
    may_open = document.condition not in held_back()
    added = {"size": filesizeformat(document.size), "day": longdate(board_day(document.uploaded_at))}
    text = _("%(size)s, added on %(day)s") % added
    if document.condition == FileCondition.UNREADABLE or not may_open:
        text = f"{text} · {FileCondition(document.condition).label}"
    return FileLine(
        name=document.name,
        text=text,
        url=reverse("education:evidence_file", args=[document.uuid]) if may_open else "",
        picture_url=picture_url(document) if may_open else "",
        remove_url=reverse("education:evidence_remove", args=[document.uuid]) if removable else "",
    )


@dataclass(frozen=True)
class Document:
    """A document as the Board's pages link it."""

    name: str
    url: str


def documents_of(*credits: int | None) -> tuple[Document, ...]:
    """The documents of credits, in the order they were added."""
    documents = Evidence.objects.filter(credit__in=credits, removed_at=None).order_by("id")
    return tuple(Document(one.name, reverse("education:evidence_file", args=[one.uuid])) for one in documents)


def picture_url(document: Evidence) -> str:
    """The address of a document's preview; empty if it is not a picture or has no preview yet."""
    return reverse("education:evidence_picture", args=[document.uuid]) if document.preview else ""


def keep_until_text(shares: Iterable[Allocation]) -> str:
    """Until when documents for these shares must be kept: the Board's period after the last cycle, if it is set."""
    last = max((share.cycle.ends_on for share in shares), default=None)
    if last is None or settings.EVIDENCE_RETENTION_YEARS is None:
        return _("Keep the originals at least until the credential is renewed: an audit may ask for them.")
    kept_until = anniversary(last, settings.EVIDENCE_RETENTION_YEARS)
    return _("Keep the originals until %(day)s: an audit may ask for them.") % {"day": longdate(kept_until)}
