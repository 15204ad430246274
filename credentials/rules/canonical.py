"""Canonical form of a requirement set: what was signed under it stores its digest and can be read back years later."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from credentials.enums import Per
from credentials.rules.values import Area, Requirements, Rule

Plain = Mapping[str, Any]


def plain_requirements(requirements: Requirements) -> dict[str, Any]:
    """The whole requirement set as JSON-ready values; equal sets give equal output, whatever their iteration order."""
    return {
        "credential": requirements.credential,
        "title": requirements.title,
        "version": requirements.version,
        "applies_from": requirements.applies_from.isoformat() if requirements.applies_from else None,
        "total": _told(requirements.total),
        "step": _told(requirements.step),
        "verified": requirements.verified,
        "source": requirements.source,
        "note": requirements.note,
        "areas": [_plain_area(area) for area in requirements.areas],
        "rules": [_plain_rule(rule) for rule in requirements.rules],
    }


def requirements_from(plain: Plain) -> Requirements:
    """Rebuild a requirement set; raises KeyError, TypeError, ValueError or ArithmeticError for malformed input."""
    return Requirements(
        credential=plain["credential"],
        title=plain["title"],
        version=plain["version"],
        applies_from=date.fromisoformat(plain["applies_from"]) if plain["applies_from"] else None,
        total=Decimal(plain["total"]),
        step=Decimal(plain["step"]),
        verified=plain["verified"],
        source=plain["source"],
        areas=tuple(map(_area_from, plain["areas"])),
        rules=tuple(map(_rule_from, plain["rules"])),
        note=plain["note"],
    )


def _plain_area(area: Area) -> dict[str, Any]:
    return {
        "code": area.code,
        "title": area.title,
        "minimum": _told(area.minimum),
        "maximum": _told(area.maximum),
        "accepts": sorted(area.accepts),
    }


def _plain_rule(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "title": rule.title,
        "kinds": _listed(rule.kinds),
        "subjects": _listed(rule.subjects),
        "providers": _listed(rule.providers),
        "areas": _listed(rule.areas),
        "minimum": _told(rule.minimum),
        "maximum": _told(rule.maximum),
        "per": rule.per.value,
    }


def _area_from(plain: Plain) -> Area:
    return Area(
        code=plain["code"],
        title=plain["title"],
        minimum=Decimal(plain["minimum"]),
        maximum=_points(plain["maximum"]),
        accepts=frozenset(plain["accepts"]),
    )


def _rule_from(plain: Plain) -> Rule:
    return Rule(
        code=plain["code"],
        title=plain["title"],
        kinds=_words(plain["kinds"]),
        subjects=_words(plain["subjects"]),
        providers=_words(plain["providers"]),
        areas=_words(plain["areas"]),
        minimum=_points(plain["minimum"]),
        maximum=_points(plain["maximum"]),
        per=Per(plain["per"]),
    )


def _told(points: Decimal | None) -> str | None:
    return None if points is None else f"{points:.2f}"


def _points(told: str | None) -> Decimal | None:
    return None if told is None else Decimal(told)


def _listed(words: Iterable[str] | None) -> list[str] | None:
    return None if words is None else sorted(words)


def _words(listed: Iterable[str] | None) -> frozenset[str] | None:
    return None if listed is None else frozenset(listed)
