"""The engine's sentences as pages and alerts write them: days in words, points without needless zeros."""

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.words import points_text
from education import rules


def credit_words(line: rules.CreditStanding, compiled: rules.Compiled) -> str:
    """Why a credit counts or does not."""
    return rules.sentences(line, compiled, longdate, points_text)


def reason_words(reason: rules.CreditReason, compiled: rules.Compiled) -> str:
    """One reason in a sentence."""
    return rules.sentence(reason, compiled, longdate, points_text)


def gap_words(standing: rules.Standing) -> str:
    """What is still to earn; empty where nothing is."""
    return rules.shortfall_words(standing, write_day=longdate, write_points=points_text)
