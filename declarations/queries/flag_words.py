"""The flags of a declaration in sentences that give the reason."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text
from credentials import rules as credential_rules
from declarations.enums import Flag
from declarations.models import Declaration
from declarations.rules import LAST_DAYS, Oddity, Unusual
from education.queries import gap_words
from education.rules import Standing

INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class FlagLine:
    code: str
    text: str


def flag_lines(
    declaration: Declaration, flags: Collection[str], standing: Standing, found: Iterable[Unusual]
) -> Iterable[FlagLine]:
    """The flags a reviewer should look at, and what is missing."""
    if not standing.is_complete:
        yield FlagLine(INCOMPLETE, _("Not complete: %(gap)s") % {"gap": gap_words(standing)})
    sentences = _sentences(declaration)
    for flag in Flag:
        if flag in flags and flag in sentences:
            yield FlagLine(flag.value, sentences[flag])
    for one in found:
        yield FlagLine(Flag.UNUSUAL.value, unusual_words(one))


def _sentences(declaration: Declaration) -> dict[Flag, str]:
    kind, ends_on = declaration.cycle.credential.credential_type, declaration.cycle.ends_on
    advised = longdate(credential_rules.advised_until(ends_on, kind.advised_days))
    return {
        Flag.LATE: _("Late: received after the advised last day, %(day)s.") % {"day": advised},
        Flag.REINSTATEMENT: _("Reinstatement: received after the credential expired on %(day)s.")
        % {"day": longdate(ends_on)},
        Flag.UNVERIFIED: _("The requirements are not verified with the Board."),
        Flag.EVIDENCE: _("A credit recorded by the holder has no document."),
        Flag.CHANGED: _("A credit was changed by its provider since it was declared."),
        Flag.UNPAID: _("The fee of this declaration is not paid yet."),
        Flag.RETURNED: _("This declaration was returned before: see its history."),
    }


def unusual_words(one: Unusual) -> str:
    """What is unusual about which credits, in a sentence."""
    words = {
        "titles": ", ".join(f"“{title}”" for title in one.titles),
        "amount": points_text(one.amount),
        "day": longdate(one.day) if one.day else "",
        "days": LAST_DAYS,
    }
    sentences = {
        Oddity.LARGE: _(
            "Unusual: %(titles)s, recorded by the holder, makes up more than half of what is required: %(amount)s."
        ),
        Oddity.CROWDED_DAY: _("Unusual: %(amount)s contact hours on one day, %(day)s: %(titles)s."),
        Oddity.RECORDED_LAST: _(
            "Unusual: more than half of what is required, %(amount)s, was recorded by the holder in the last"
            " %(days)s days before the declaration was received: %(titles)s."
        ),
    }
    return sentences[one.oddity] % words
