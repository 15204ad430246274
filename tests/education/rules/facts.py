"""Shorthand for requirements, credits and shares in tests."""

from datetime import date
from decimal import Decimal

from credentials.rules import Requirements, Window, read_requirements
from education.rules import CreditFacts, CreditId, Share, Standing

WINDOW = Window(date(2015, 6, 1), date(2018, 6, 30))
HEAD = 'credential = "X"\ntitle = "Example"\nversion = "1"\ntotal = "{total}"\nstep = "{step}"\n'


def requirements(tables: str, *, total: str = "10", step: str = "0.25") -> Requirements:
    return read_requirements(HEAD.format(total=total, step=step) + tables, name="example.toml")


def area(code: str, *limits: str, accepts: str = "*") -> str:
    lines = [f'code = "{code}"', f'title = "{code.capitalize()}"', f'accepts = ["{accepts}"]', *limits]
    return "\n".join(["[[area]]", *lines, ""])


def rule(code: str, *limits: str) -> str:
    return "\n".join(["[[rule]]", f'code = "{code}"', f'title = "{code.capitalize()}"', *limits, ""])


def credit(id: CreditId, points: str = "1", subject: str = "chemistry", on: str = "2017-01-01", **facts) -> CreditFacts:
    facts = {"title": "Course", "kind": "ce-course", "provider": None, **facts}
    return CreditFacts(
        id=id, subjects=frozenset(subject.split()), completed_on=date.fromisoformat(on), points=Decimal(points), **facts
    )


def share(credit: CreditId, area: str, points: str = "1") -> Share:
    return Share(credit, area, Decimal(points))


def told(standing: Standing, credit: CreditId) -> list[tuple[str, ...]]:
    """The reasons of a credit as short tuples: reason, points, area, rule; absent values are left out."""
    reasons = standing.credit(credit).reasons
    return [tuple(str(part) for part in reason[:4] if part is not None) for reason in reasons]


# Three areas of a point each, any two of which may hold one together: 1.5 count in halves, 1 in whole points.
TRIANGLE = (
    area("a", 'maximum = "1"', accepts="x")
    + area("b", 'maximum = "1"', accepts="y")
    + area("c", 'maximum = "1"', accepts="z")
    + rule("ab", 'areas = ["a", "b"]', 'maximum = "1"')
    + rule("bc", 'areas = ["b", "c"]', 'maximum = "1"')
    + rule("ca", 'areas = ["c", "a"]', 'maximum = "1"')
)
CORNERS = [credit(1, "1", "x"), credit(2, "1", "y"), credit(3, "1", "z")]
