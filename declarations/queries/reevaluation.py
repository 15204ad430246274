"""Evaluate again what was signed, from the facts frozen with it, under given requirements."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from credentials.rules import Requirements, Window
from declarations.queries.sealing import Content
from education import rules
from education.models import Credit


def standing_again(requirements: Requirements, contents: Sequence[Content], window: Window) -> rules.Standing:
    """The standing of signed shares; credits are identified by `id`, or by uuid in older submissions without it."""
    codes = _codes(contents)
    by_credit = {_name(content): content for content in contents}
    return rules.evaluate(
        requirements,
        [_facts(name, content, codes) for name, content in by_credit.items()],
        [rules.Share(_name(content), content["area"], Decimal(content["points"])) for content in contents],
        window,
    )


def names_of(contents: Sequence[Content]) -> dict[rules.CreditId, str]:
    """The uuid of each credit, by the name under which it is evaluated."""
    return {_name(content): content["credit"] for content in contents}


def _name(content: Content) -> rules.CreditId:
    name: rules.CreditId = content.get("id", content["credit"])
    return name


def _codes(contents: Sequence[Content]) -> dict[str, str | None]:
    """Today's providers by credit, for submissions from before the provider was part of what is signed."""
    unsigned = {content["credit"] for content in contents if "provider_code" not in content}
    if not unsigned:
        return {}
    found = Credit.objects.filter(uuid__in=unsigned).values_list("uuid", "provider__code")
    return {str(uuid): code for uuid, code in found}


def _facts(name: rules.CreditId, content: Content, codes: Mapping[str, str | None]) -> rules.CreditFacts:
    return rules.CreditFacts(
        id=name,
        title=content["title"],
        kind=content["kind"],
        subjects=frozenset(content["subjects"]),
        provider=content.get("provider_code", codes.get(content["credit"])),
        completed_on=date.fromisoformat(content["completed_on"]),
        points=Decimal(content["credit_points"]),
    )
