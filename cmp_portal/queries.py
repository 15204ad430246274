"""My Account: every credential at a glance, and what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import AlertLine, newest_alerts, unreachable_email
from audits.queries import audit_words, open_audits
from cmp_portal.example import example_card
from cmp_portal.lib import addresses
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from credentials.models import Credential, Cycle
from credentials.queries import cycles_of, own_credentials
from declarations.enums import State
from declarations.models import Declaration
from declarations.queries import fees_due, marks_of, newest_declarations, readiness_of
from declarations.rules import LIVE, Blocker
from education.queries import Card, card_of, headline, standings_of
from education.rules import Standing


@dataclass(frozen=True)
class Renewal:
    text: str
    when: str


@dataclass(frozen=True)
class Dashboard:
    greeting: str
    alerts: tuple[AlertLine, ...] = ()
    alerts_text: str = ""
    alerts_url: str = ""
    unreachable: str = ""
    cards: tuple[Card, ...] = ()
    past_renewals: tuple[Renewal, ...] = ()
    claim_needed: bool = False
    claim_url: str = ""
    example: tuple[Card, ...] = ()


def dashboard(user: User, *, at: datetime) -> Dashboard:
    """The page My Account, in a fixed number of queries whatever the number of credentials and credits."""
    if user.holder is None:
        return Dashboard(
            greeting=_("My Account"),
            claim_needed=True,
            claim_url=reverse("credentials:claim"),
            example=(example_card(on=board_day(at)),),
        )
    credentials = own_credentials(user)
    cycles = cycles_of(credentials)
    newest = newest_alerts(user)
    open_cycles = {cycle.credential_id: cycle for cycle in cycles if cycle.closed_at is None}
    return Dashboard(
        greeting=_("Welcome, %(name)s") % {"name": user.holder.first_name},
        alerts=newest.lines,
        alerts_text=newest.all_text,
        alerts_url=newest.all_url,
        unreachable=unreachable_email(user.holder),
        cards=tuple(_cards(credentials, open_cycles, on=board_day(at))),
        past_renewals=tuple(_renewal(cycle, cycle.closed_at) for cycle in cycles if cycle.closed_at is not None),
    )


def _cards(credentials: list[Credential], cycles: dict[int, Cycle], *, on: date) -> Iterable[Card]:
    standings = standings_of(cycles.values(), on=on)
    declarations = newest_declarations(cycles.values())
    audits = open_audits(declarations.values())
    fees = fees_due(declarations.values())
    for credential in credentials:
        cycle = cycles.get(credential.pk)
        if cycle is None:
            yield card_of(credential, None, None, on=on)
        else:
            card = _card(credential, cycle, standings[cycle.pk], declarations.get(cycle.pk), on=on)
            if fee := fees.get(cycle.pk):
                card = card.with_next(f"{fee.title}. {fee.text}", fee.url, _("To the fee"))
            audit = audits.get(cycle.pk)
            yield card.with_next(audit_words(audit), audit.get_absolute_url(), _("See the audit")) if audit else card


def _card(
    credential: Credential, cycle: Cycle, standing: Standing, declaration: Declaration | None, *, on: date
) -> Card:
    live = declaration if declaration is not None and declaration.state in LIVE else None
    marks = marks_of(cycle, declaration, is_complete=standing.is_complete, on=on)
    card = card_of(credential, cycle, standing, on=on, marks=marks)
    if live is not None:
        return _with_declaration(card, live)
    return _with_next_step(card, cycle, standing, on=on)


def _with_declaration(card: Card, declaration: Declaration) -> Card:
    """What the live declaration asks of its holder, or that there is nothing to do but wait."""
    sentences = {
        State.RETURNED: _("The Board returned your declaration: see what to change."),
        State.UNDER_AUDIT: _("Your declaration is being audited: have your documents ready."),
        State.ELIGIBLE: _("Approved: the Board renews the credential in the month in which it ends."),
    }
    waiting = _("The Board has your declaration. There is nothing to do now.")
    state, url = State(declaration.state), declaration.get_absolute_url()
    return card.with_next(sentences.get(state, waiting), url, _("See the declaration"))


def _with_next_step(card: Card, cycle: Cycle, standing: Standing, *, on: date) -> Card:
    readiness = readiness_of(cycle, on=on, standing=standing)
    start = f"{addresses.page('declarations:start')}?credential={cycle.credential_id}"
    if cycle.starts_on > on:
        words = _("There is nothing to do until %(day)s.") % {"day": longdate(cycle.starts_on)}
        return card.with_next(words, card.progress_url, _("Check progress"))
    if Blocker.REVOKED in readiness.blockers:
        return card.with_next(_("This credential is revoked: please write to the Board."))
    if Blocker.EXAMINATION in readiness.blockers:
        return card.with_next(_("This credential expired too long ago to be declared: please write to the Board."))
    if Blocker.INCOMPLETE in readiness.blockers:
        return card.with_next(headline(standing), card.progress_url, _("Check progress"))
    if Blocker.NOT_OPEN in readiness.blockers:
        words = _("Everything is allocated. The declaration opens on %(day)s.") % {"day": longdate(readiness.opens_on)}
        return card.with_next(words, card.progress_url, _("Check progress"))
    label = _("Declare for reinstatement") if on > cycle.ends_on else _("Start the declaration")
    words = _ready_words(readiness.advised_until, on)
    return card.with_next(words, start, label)


def _ready_words(advised_until: date, on: date) -> str:
    if on <= advised_until:
        return _("Everything is allocated. Submit your declaration by %(day)s.") % {"day": longdate(advised_until)}
    return _("Everything is allocated. Submit your declaration now: the Board needs time to process it.")


def _renewal(cycle: Cycle, closed_at: datetime) -> Renewal:
    words = {"credential": cycle.credential.credential_type.code, "day": longdate(cycle.ends_on)}
    text = _("%(credential)s: the cycle that ended on %(day)s") % words
    return Renewal(text=text, when=longdate(board_day(closed_at)))
