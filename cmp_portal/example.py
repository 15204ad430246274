"""A preview of My Account with a made-up credential, evaluated and rendered like a real one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import credentials
from credentials.enums import Validity
from credentials.models import Credential, CredentialType, Cycle
from credentials.rules import Requirements, Window, read_requirements
from education import rules
from education.queries import Card, Marks, Next, card_of, headline

FILE = Path(credentials.__file__).parent / "requirement_sets" / "mls.toml"
# Area and points of what the example's holder has allocated.
DONE = (("blood-banking", "2"), ("chemistry", "2"), ("hematology", "1.5"), ("safety", "1"), ("rest", "17.5"))


def example_card(*, on: date) -> Card:
    """The card of a credential in the last year of its cycle; without links, since they would lead nowhere."""
    requirements = _requirements()
    cycle = Cycle(
        credential=Credential(
            credential_type=CredentialType(code=requirements.credential, title=requirements.title),
            certificate_number="123456",
            certified_on=date(on.year - 5, 5, 2),
        ),
        starts_on=date(on.year - 2, 1, 1),
        ends_on=date(on.year, 12, 31),
    )
    standing = _standing(requirements, Window(cycle.starts_on, cycle.ends_on))
    marks, following = Marks(Validity.ACTIVE), Next(headline(standing))
    card = card_of(cycle.credential, cycle, standing, on=on, marks=marks, following=following)
    return replace(card, progress_url="", progress_label="")


def _standing(requirements: Requirements, window: Window) -> rules.Standing:
    subjects = {area.code: area for area in requirements.areas}
    credits = [
        rules.CreditFacts(
            id=code,
            title=subjects[code].title,
            kind="ce-course",
            subjects=frozenset(sorted(subjects[code].accepts or {"management"})[:1]),
            provider=None,
            completed_on=window.starts_on,
            points=Decimal(points),
        )
        for code, points in DONE
    ]
    shares = [rules.Share(code, code, Decimal(points)) for code, points in DONE]
    return rules.evaluate(requirements, credits, shares, window)


@cache
def _requirements() -> Requirements:
    return read_requirements(FILE.read_text(encoding="utf-8"), name=FILE.name)
