"""Put selected declarations under audit: at the draw, or as soon as the cycle's declaration is submitted."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import AlertKind
from accounts.models import User
from accounts.queries import CORRESPONDENCE, in_each_language, language_sql
from audits import queries, rules
from audits.actions.rounds import RoundRefused, seed_of
from audits.enums import AuditState
from audits.models import Audit, Entry, Round, Stratum
from audits.queries.population import FACTS
from audits.rules.moves import DECIDED, due_on
from cmp_portal.lib.clock import board_day
from declarations.actions.moves import move_many
from declarations.enums import Move, State
from declarations.models import Declaration
from declarations.queries import SELECTED

# Locked while deciding, so that the round is not drawn meanwhile. One that is locked by its draw is skipped: its
# cut-off has passed.
ROLLING = """
    SELECT id FROM audits_round
     WHERE is_rolling AND drawn_at IS NULL AND opened_at <= %(at)s AND cutoff_at >= %(at)s
       FOR SHARE SKIP LOCKED
"""
NOBODY = UUID(int=0)
# A declaration that was returned to its holder and comes back already has its audit.
BEGIN = f"""
    INSERT INTO audits_audit (declaration_id, holder_id, round_id, state, selected_at, due_on)
    SELECT id, holder_id, %(round)s, '{AuditState.SELECTED}', %(at)s, %(due)s
      FROM declarations_declaration WHERE id = ANY(%(ids)s) ORDER BY id
    ON CONFLICT (declaration_id) DO NOTHING
"""  # noqa: S608 (constants only)
# The newest step is the one that has just put the declaration under audit.
TELL = f"""
    INSERT INTO accounts_alert (holder_id, kind, key, title, body, language, link, created_at)
    SELECT d.holder_id, '{AlertKind.AUDIT_MOVED}', 'step:' || s.id,
           left(format(%(title)s::jsonb ->> {language_sql()}, t.code), 200),
           %(body)s::jsonb ->> {language_sql()}, {language_sql()}, replace(%(link)s, '{NOBODY}', d.uuid::text), %(at)s
      FROM declarations_declaration d
      JOIN LATERAL (SELECT max(id) AS id FROM declarations_step WHERE declaration_id = d.id) s ON true
      JOIN credentials_cycle y ON y.id = d.cycle_id JOIN credentials_credential c ON c.id = y.credential_id
      JOIN credentials_credentialtype t ON t.id = c.credential_type_id
      {CORRESPONDENCE} d.holder_id
     WHERE d.id = ANY(%(ids)s) ORDER BY d.id
    ON CONFLICT (holder_id, key) DO NOTHING
"""  # noqa: S608 (constants only)


def put_under_audit(
    declarations: Collection[int], *, round: Round | None, at: datetime, by: User | None = None
) -> None:
    """Put locked, submitted declarations under audit, by ID, and notify their holders.

    Until the Board requests documents it is the Board's turn: the audit is queued with the Board's own deadline.
    """
    move_many(declarations, Move.AUDIT, by=by, at=at, note=_note(SELECTED, round))
    said: dict[str, Any] = {
        "ids": list(declarations),
        "at": at,
        "round": round and round.pk,
        "due": due_on(board_day(at), settings.AUDIT_REVIEW_DAYS),
        "title": in_each_language(
            lambda: _("Declaration for %(credential)s selected for an audit") % {"credential": "%s"}
        ),
        "body": in_each_language(lambda: _told(round)),
        "link": reverse("audits:detail", args=[NOBODY]),
    }
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, said)
        cursor.execute(TELL, said)


def _told(round: Round | None) -> str:
    ready = _("The Board will ask for documents for the credits you declared. Have them ready.")
    return "\n".join(filter(None, [ready, _note(_(SELECTED), round)]))


def _note(words: str, round: Round | None) -> str:
    if round is None:
        return ""
    url = f"{settings.SITE_URL}{round.get_absolute_url()}"
    return words % {"number": round.pk, "url": url}


def select_submitted(*, declaration: Declaration, at: datetime) -> None:
    """Decide whether a declaration just submitted is audited; same transaction, with its cycle already locked.

    Once selected, a cycle stays selected whatever became of the earlier declaration; otherwise a rolling round
    decides.
    """
    audits = Audit.objects.filter(declaration__cycle=declaration.cycle_id).select_related("round").order_by("-id")
    newest = audits.first()
    if newest is not None:
        if newest.declaration_id != declaration.pk or newest.state not in DECIDED:
            _select(declaration, round=newest.round, at=at)
    elif round := _drawn_in(declaration) or _rolled(declaration, at=at):
        _select(declaration, round=round, at=at)


def _select(declaration: Declaration, *, round: Round | None, at: datetime) -> None:
    put_under_audit([declaration.pk], round=round, at=at)
    declaration.state = State.UNDER_AUDIT


def _drawn_in(declaration: Declaration) -> Round | None:
    """The round that drew the cycle while no declaration of it was submitted."""
    drawn = Entry.objects.filter(declaration__cycle=declaration.cycle_id, is_drawn=True)
    entry = drawn.select_related("stratum__round").order_by("-pk").first()
    return entry.stratum.round if entry else None


def _rolled(declaration: Declaration, *, at: datetime) -> Round | None:
    """The rolling round that selects the declaration; None if it is not selected, or already in a population."""
    if Entry.objects.filter(pk=declaration.pk).exists():
        return None
    with connection.cursor() as cursor:
        cursor.execute(ROLLING, {"at": at})
        found = cursor.fetchone()
    if found is None:
        return None
    round = Round.objects.get(pk=found[0])
    return round if _enter(declaration, round) else None


def _enter(declaration: Declaration, round: Round) -> bool:
    """Enter the declaration into the rolling round; return whether it is selected."""
    try:
        seed = seed_of(round)
    except RoundRefused:
        # A missing key must not make a submission fail; the next round includes this declaration.
        return False
    with connection.cursor() as cursor:
        cursor.execute(f"{FACTS} WHERE d.id = %s", [declaration.pk])
        _pk, number, _cycle, credential_type, is_late, has_findings = cursor.fetchone()
    rates, code = queries.rates_of(round), declaration.cycle.credential.credential_type.code
    rate, rank = rates.of(rules.Stratum(code, is_late, has_findings)), rules.rank(seed, number)
    stratum, _new = Stratum.objects.get_or_create(
        round=round,
        credential_type_id=credential_type,
        is_late=is_late,
        has_findings=has_findings,
        defaults={"rate": rate},
    )
    is_drawn = rank < rules.threshold(rate)
    Entry.objects.create(declaration=declaration, stratum=stratum, rank=rank, is_drawn=is_drawn)
    return is_drawn
