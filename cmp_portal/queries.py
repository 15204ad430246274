"""My Account: every credential at a glance, and what to do next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import AlertLine, newest_alerts, unreachable_email
from audits.models import Audit
from audits.queries import audit_words, open_audits
from audits.rules.moves import WITH_HOLDER
from cmp_portal.example import example_card
from cmp_portal.lib import addresses
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import spoken
from credentials.enums import ClaimState
from credentials.models import Credential, Cycle
from credentials.queries import claim_words, is_voluntary, newest_claim, newest_cycles, own_credentials
from declarations.enums import State
from declarations.models import Declaration
from declarations.queries import Readiness, fees_due, marks_of, newest_declarations, readiness_of
from declarations.rules import LIVE, Blocker
from education.queries import Card, Next, card_of, headline, progress_url, standings_in_brief
from education.rules import Standing


@dataclass(frozen=True)
class Renewal:
    text: str
    when: str


@dataclass(frozen=True)
class Dashboard:
    greeting: str
    alerts: tuple[AlertLine, ...] = ()
    alerts_count: str = ""
    alerts_text: str = ""
    alerts_url: str = ""
    unreachable: str = ""
    cards: tuple[Card, ...] = ()
    past_renewals: tuple[Renewal, ...] = ()
    claim_needed: bool = False
    claim_text: str = ""
    claim_url: str = ""
    close_url: str = ""
    example: tuple[Card, ...] = ()


def dashboard(user: User, *, at: datetime) -> Dashboard:
    """My Account, in a fixed number of queries whatever the number of credentials and credits."""
    if user.holder is None:
        claim = newest_claim(user)
        return Dashboard(
            greeting=_("My Account"),
            claim_needed=True,
            claim_text=claim_words(claim) if claim else "",
            claim_url="" if claim and claim.state == ClaimState.CONTESTED else reverse("credentials:claim"),
            close_url="" if user.roles else reverse("closing"),
            example=(example_card(on=board_day(at)),),
        )
    credentials = own_credentials(user)
    cycles = newest_cycles(credentials)
    newest = newest_alerts(user)
    open_cycles = {cycle.credential_id: cycle for cycle in cycles if cycle.closed_at is None}
    return Dashboard(
        greeting=_("Welcome, %(name)s") % {"name": user.holder.first_name},
        alerts=newest.lines,
        alerts_count=newest.count_text,
        alerts_text=newest.all_text,
        alerts_url=newest.all_url,
        unreachable=unreachable_email(user.holder),
        cards=tuple(_cards(credentials, open_cycles, on=board_day(at))),
        past_renewals=tuple(_renewals(cycles)),
    )


def _cards(credentials: list[Credential], cycles: dict[int, Cycle], *, on: date) -> list[Card]:
    """The cards: first those with something to do, then those that can wait, and in both what ends sooner first."""
    standings = standings_in_brief(cycles.values(), on=on)
    declarations = newest_declarations(cycles.values())
    audits = open_audits(declarations.values())
    fees = fees_due(declarations.values())
    found: list[tuple[tuple[bool, date], Card]] = []
    for credential in credentials:
        cycle = cycles.get(credential.pk)
        if cycle is None:
            found.append(((True, date.max), card_of(credential, None, None, on=on)))
            continue
        standing, declaration = standings[cycle.pk], declarations.get(cycle.pk)
        marks = marks_of(cycle, declaration, is_complete=standing.is_complete, on=on)
        if audit := audits.get(cycle.pk):
            following = _of_audit(audit)
        elif fee := fees.get(cycle.pk):
            following = Next(f"{fee.title}. {fee.text}", fee.url, _("Go to the fee"))
        elif declaration is not None and declaration.state in LIVE:
            following = _of_declaration(declaration)
        elif declaration is not None and declaration.state == State.DENIED:
            following = _after_denial(declaration, cycle, standing, on=on)
        else:
            following = _next_step(cycle, standing, on=on)
        urgency = following.can_wait, cycle.ends_on
        found.append((urgency, card_of(credential, cycle, standing, on=on, marks=marks, following=following)))
    return [card for _urgency, card in sorted(found, key=itemgetter(0))]


def _of_audit(audit: Audit) -> Next:
    can_wait = audit.state not in WITH_HOLDER
    return Next(audit_words(audit), audit.get_absolute_url(), _("View the audit"), can_wait)


def _of_declaration(declaration: Declaration) -> Next:
    """What the pending declaration requires of its holder, or that they only have to wait."""
    state = State(declaration.state)
    can_wait = state != State.RETURNED
    return Next(_state_words(state), declaration.get_absolute_url(), _("View the declaration"), can_wait)


@spoken
def _state_words(state: State) -> str:
    sentences = {
        State.RETURNED: _("The Board returned your declaration: see what to change."),
        State.UNDER_AUDIT: _("Your declaration is being audited. Have your documents ready."),
        State.ELIGIBLE: _("Approved: the Board renews the credential in the month it ends."),
    }
    return sentences.get(state, _("The Board has your declaration. You don't need to do anything right now."))


def _after_denial(declaration: Declaration, cycle: Cycle, standing: Standing, *, on: date) -> Next:
    """The reason and what to do despite it; the declaration's page also says whether it can be appealed."""
    words = _denied_words(readiness_of(cycle, on=on, standing=standing), on)
    return Next(words, declaration.get_absolute_url(), _("View the declaration"))


def _denied_words(readiness: Readiness, on: date) -> str:
    if Blocker.INCOMPLETE in readiness.blockers:
        return _("The Board denied your declaration: see why, then allocate what is missing.")
    if readiness.blockers:
        return _("The Board denied your declaration: see why, and what you can do.")
    if on > readiness.advised_until:
        return _("The Board denied your declaration: see why, and declare again as soon as you can.")
    words = _("The Board denied your declaration: see why, and declare again by %(day)s.")
    return words % {"day": longdate(readiness.advised_until)}


def _next_step(cycle: Cycle, standing: Standing, *, on: date) -> Next:
    readiness = readiness_of(cycle, on=on, standing=standing)
    if cycle.starts_on > on:
        return _to_progress(
            cycle, _("You don't need to do anything until %(day)s.") % {"day": longdate(cycle.starts_on)}
        )
    if Blocker.REVOKED in readiness.blockers:
        return Next(_("This credential is revoked. Please write to the Board."), can_wait=True)
    if Blocker.EXAMINATION in readiness.blockers:
        words = _("This credential expired too long ago for a declaration. Please write to the Board.")
        return Next(words, can_wait=True)
    if Blocker.INCOMPLETE in readiness.blockers:
        return Next(headline(standing), progress_url(cycle), _("Allocate or record credits"), is_voluntary(cycle))
    if Blocker.NOT_OPEN in readiness.blockers:
        words = _("Everything is allocated. The declaration opens on %(day)s.") % {"day": longdate(readiness.opens_on)}
        return _to_progress(cycle, words)
    is_expired = on > cycle.ends_on and not is_voluntary(cycle)
    label = _("Declare for reinstatement") if is_expired else _("Start the declaration")
    start = f"{addresses.page('declarations:start')}?credential={cycle.credential_id}"
    return Next(_ready_words(readiness.advised_until, on), start, label, is_voluntary(cycle))


def _to_progress(cycle: Cycle, words: str) -> Next:
    return Next(words, progress_url(cycle), _("Check progress"), can_wait=True)


def _ready_words(advised_until: date, on: date) -> str:
    if on <= advised_until:
        words = _("Everything is allocated. Submit your declaration by %(day)s.")
        return words % {"day": longdate(advised_until)}
    return _("Everything is allocated. Submit your declaration now: the Board needs time to process it.")


def _renewals(cycles: Iterable[Cycle]) -> Iterable[Renewal]:
    for cycle in cycles:
        if cycle.closed_at is not None:
            yield _renewal(cycle.credential.credential_type.code, cycle.ends_on, board_day(cycle.closed_at))


@spoken
def _renewal(code: str, ended_on: date, closed_on: date) -> Renewal:
    text = _("%(credential)s: cycle ending %(day)s") % {"credential": code, "day": longdate(ended_on)}
    return Renewal(text=text, when=longdate(closed_on))
