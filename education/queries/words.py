"""The engine's sentences as pages and alerts show them: dates in words, points without needless zeros."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache, lru_cache

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext as _

from accounts.models import User
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from credentials.enums import Unit
from education import rules


@lru_cache
def _writing(_language: str) -> rules.Writing:
    return rules.Writing(cache(gettext), longdate, points_text)


def writing() -> rules.Writing:
    """The formatting for the current language."""
    return _writing(get_language() or settings.LANGUAGE_CODE)


def credit_words(line: rules.CreditStanding, compiled: rules.Compiled) -> str:
    """Why a credit counts or does not."""
    return rules.sentences(line, compiled, writing())


def reason_words(reason: rules.CreditReason, compiled: rules.Compiled) -> str:
    """One reason in a sentence."""
    return rules.sentence(reason, compiled, writing())


def why_not(tally: rules.Tally, credit: rules.CreditId) -> str:
    """Why no more of a credit would count anywhere: the limits it reaches, else why it can't count at all."""
    reasons = [fit.reason for fit in tally.fits(credit) if fit.reason is not None]
    limits = [reason for reason in reasons if reason.reason is not rules.Reason.NOT_ACCEPTED]
    told = limits or [rules.standing_of(tally).credit(credit).main]
    return " ".join(dict.fromkeys(reason_words(reason, tally.compiled) for reason in told))


def gap_words(standing: rules.Standing) -> str:
    """What is still to earn, in words."""
    return rules.shortfall_words(standing, write=writing())


def amount_words(quantity: Decimal, unit: str) -> str:
    """What was completed, as on a certificate: "1 contact hour", "1.5 contact hours"."""
    number = 1 if quantity == 1 else 2
    words = {
        Unit.CONTACT_HOUR: ngettext("%(quantity)s contact hour", "%(quantity)s contact hours", number),
        Unit.CEU: ngettext("%(quantity)s CEU", "%(quantity)s CEUs", number),
        Unit.SEMESTER_HOUR: ngettext("%(quantity)s semester hour", "%(quantity)s semester hours", number),
        Unit.QUARTER_HOUR: ngettext("%(quantity)s quarter hour", "%(quantity)s quarter hours", number),
        Unit.POINTS: ngettext("%(quantity)s point", "%(quantity)s points", number),
    }
    return words[Unit(unit)] % {"quantity": points_text(quantity)}


def subject_words(codes: Iterable[str], titles: Mapping[str, str]) -> str:
    """The titles of subjects; one that the Board no longer has is named by its code."""
    return ", ".join(titles.get(code, code) for code in codes)


def decided_words(at: datetime | None, by: User | None) -> str:
    """When and by whom something was decided; empty while it is open."""
    if at is None:
        return ""
    return _("Decided on %(day)s by %(who)s.") % {"day": longdate(board_day(at)), "who": by}
