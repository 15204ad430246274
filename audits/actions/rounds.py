"""Open a round: its rates, cut-off and the digest of its seed are published; the seed itself is stored nowhere."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import JobRefused
from accounts.models import User
from audits import queries, rules
from audits.models import Round, TypeRate
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.contention import retry_on_conflict
from cmp_portal.lib.dates import longdate
from credentials.models import CredentialType

# A later cut-off is a typo in the year: a round can't be withdrawn, and an open rolling one blocks all others.
FARTHEST = timedelta(days=5 * 366)


class RoundRefused(JobRefused):
    """The round can't be opened or drawn; the message says why."""


@retry_on_conflict
@transaction.atomic
def open_round(
    *, rates: rules.Rates, cutoff: datetime, at: datetime, by: User | None = None, is_rolling: bool = False
) -> Round:
    """Open a round; idempotent for the same rates and cut-off.

    Raises RoundRefused if the cut-off has passed or is years away, for an unknown credential, if another rolling
    round is open, or if a round with other rates has the same cut-off.
    """
    types = check(rates=rates, cutoff=cutoff, at=at, is_rolling=is_rolling)
    nonce = secrets.token_hex(32)
    seed = rules.sealed_seed(nonce, secret=settings.SECRET_KEY)
    round, is_new = Round.objects.get_or_create(
        cutoff_at=cutoff,
        is_rolling=is_rolling,
        defaults={
            "opened_at": at,
            "opened_by": by,
            "rate": rates.usual,
            "late_rate": rates.late,
            "findings_rate": rates.findings,
            "nonce": nonce,
            "seed_sha256": rules.seed_digest(seed),
        },
    )
    if is_new:
        own = (
            TypeRate(round=round, credential_type=types[code], rate=rate) for code, rate in rates.credentials.items()
        )
        TypeRate.objects.bulk_create(own)
    else:
        _check_rates(round, rates)
    return round


def check(*, rates: rules.Rates, cutoff: datetime, at: datetime, is_rolling: bool = False) -> dict[str, CredentialType]:
    """The credential types that have their own rates; raises RoundRefused if no such round can be opened."""
    types = {one.code: one for one in CredentialType.objects.filter(code__in=rates.credentials)}
    if unknown := sorted(rates.credentials.keys() - types):
        raise RoundRefused(_("No such credential: %(codes)s.") % {"codes": ", ".join(unknown)})
    if cutoff <= at:
        raise RoundRefused(_("The cut-off has passed. No one would know the digest before the declarations come in."))
    if cutoff - at > FARTHEST:
        raise RoundRefused(_("The cut-off is more than five years away. Check the year."))
    running = Round.objects.filter(is_rolling=True, drawn_at=None).exclude(cutoff_at=cutoff)
    if is_rolling and running.exists():
        raise RoundRefused(_("A rolling round is open. You can open another one after it has been drawn."))
    for round in Round.objects.filter(cutoff_at=cutoff, is_rolling=is_rolling):
        _check_rates(round, rates)
    return types


def _check_rates(round: Round, rates: rules.Rates) -> None:
    if queries.rates_of(round) != rates:
        raise RoundRefused(
            _("Round %(number)s already has this cut-off, but with different rates.") % {"number": round.pk}
        )


def seed_of(round: Round) -> str:
    """Recompute the seed from the nonce and the secret key; raises RoundRefused if that key is no longer configured."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        seed = rules.sealed_seed(round.nonce, secret=secret)
        if rules.seed_digest(seed) == round.seed_sha256:
            return seed
    raise RoundRefused(
        _(
            "The secret key differs from the one on %(day)s, when the round was opened. Add that key to"
            " SECRET_KEY_FALLBACKS. Without it, this round can't be drawn, and its declarations go into the next"
            " round."
        )
        % {"day": longdate(board_day(round.opened_at))}
    )
