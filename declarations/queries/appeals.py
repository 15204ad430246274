"""The appeal page, sent appeals, and the reasons why an appeal is not possible."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate, longmoment
from cmp_portal.lib.uploads import USELESS
from credentials import rules as credential_rules
from credentials.queries import cycle_facts
from declarations.enums import Grounds, Move, State
from declarations.models import Appeal, Declaration, Step
from declarations.rules import LIVE, can_move
from education.models import Evidence
from education.queries import FileLine, file_line


@dataclass(frozen=True)
class AppealPage:
    title: str
    number: str
    reason: str
    deadline_text: str
    refusal: str
    back_url: str


def appeal_page(declaration: Declaration, *, on: date) -> AppealPage:
    """The denial and its reason, shown beside the appeal form."""
    code = declaration.cycle.credential.credential_type.code
    denial = declaration.steps.filter(move=Move.DENY).order_by("id").last()
    until = _until(declaration)
    return AppealPage(
        title=_("Appeal for %(credential)s") % {"credential": code},
        number=declaration.number or "",
        reason=denial.note if denial else "",
        deadline_text=_deadline_words(until),
        refusal=appeal_refusal(declaration, on=on),
        back_url=declaration.get_absolute_url(),
    )


def denial_words(declaration: Declaration, note: str) -> str:
    """What a holder is told of a denial: the reason, and that they can appeal, until when if there is a last day."""
    appeal = _deadline_words(_until(declaration)) or _("You can appeal the denial once.")
    return f"{note}\n{appeal}"


def _deadline_words(until: date | None) -> str:
    return _("You can appeal until %(day)s.") % {"day": longdate(until)} if until else ""


@dataclass(frozen=True)
class SentAppeal:
    """An appeal as sent; it never changes."""

    grounds: str
    letter: str
    when: str
    documents: tuple["SentDocument", ...]


@dataclass(frozen=True)
class SentDocument:
    """A document of an appeal, what it replaces or is replaced by, and the URL for replacing it."""

    file: FileLine
    note: str
    replace_url: str


def sent_appeal(declaration: Declaration, steps: Iterable[Step]) -> SentAppeal | None:
    """The appeal among a declaration's steps, for its holder and the Board; None if there is none."""
    if Move.APPEAL not in {step.move for step in steps}:
        return None
    appeal = Appeal.objects.get(declaration=declaration)
    return SentAppeal(
        grounds=str(Grounds(appeal.grounds).label),
        letter=appeal.letter,
        when=longmoment(appeal.at),
        documents=tuple(_documents(declaration, appeal)),
    )


def _documents(declaration: Declaration, appeal: Appeal) -> Iterator[SentDocument]:
    """The documents in the order in which they were added."""
    documents = list(appeal.documents.select_related("evidence").order_by("evidence_id"))
    names = {one.evidence.uuid: one.evidence.name for one in documents}
    copies = {one.replaces: one.evidence for one in documents}
    for one in documents:
        may_go = one.evidence.uuid not in copies and not replacement_refusal(declaration, one.evidence)
        yield SentDocument(
            file=file_line(one.evidence, removable=False),
            note=_what_came(copies.get(one.evidence.uuid), names[one.replaces] if one.replaces else ""),
            replace_url=reverse("declarations:replace_document", args=[declaration.uuid, one.evidence.uuid])
            if may_go
            else "",
        )


def _what_came(copy: Evidence | None, replaces: str) -> str:
    if copy is not None:
        words = {"when": longmoment(copy.uploaded_at), "name": copy.name}
        return _("Replaced by “%(name)s”: %(when)s") % words
    return _("Replaces “%(name)s”") % {"name": replaces} if replaces else ""


def replacement_refusal(declaration: Declaration, evidence: Evidence) -> str:
    """Why a document of an appeal can't be replaced; empty if it can."""
    if declaration.state != State.APPEALED:
        return _("The Board has decided this appeal, so its documents stay as they are.")
    if evidence.condition not in USELESS:
        return _("“%(name)s” stays as you sent it.") % {"name": evidence.name}
    return ""


def appeal_refusal(declaration: Declaration, *, on: date) -> str:
    """Why a declaration can't be appealed on `on`, a date in the Board's time zone; empty if it can."""
    until = _until(declaration)
    if not can_move(declaration.state, Move.APPEAL):
        return _("This declaration is now “%(state)s”.") % {"state": State(declaration.state).label}
    if Appeal.objects.filter(declaration=declaration).exists():
        return _("This declaration was already appealed. A denial can be appealed only once.")
    if until is not None and on > until:
        return _("This denial could be appealed until %(day)s.") % {"day": longdate(until)}
    if Declaration.objects.filter(cycle=declaration.cycle_id, state__in=LIVE).exists():
        return _("You have declared this cycle again. Withdraw that declaration if you would rather appeal.")
    if _has_moved_on(declaration):
        return _("This cycle has changed since it was declared. Please write to the Board.")
    return ""


def _until(declaration: Declaration) -> date | None:
    """The last day to appeal, if the Board has set one."""
    if settings.APPEAL_WITHIN_DAYS is None or declaration.decided_on is None:
        return None
    return declaration.decided_on + timedelta(days=settings.APPEAL_WITHIN_DAYS)


def _has_moved_on(declaration: Declaration) -> bool:
    """Whether the cycle has been shortened since, so that the declaration would be judged by a different window."""
    if declaration.received_on is None:
        return False
    window = credential_rules.window(cycle_facts(declaration.cycle), declaration.received_on)
    return (window.starts_on, window.ends_on) != (declaration.window_starts_on, declaration.window_ends_on)
