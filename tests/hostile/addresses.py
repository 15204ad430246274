"""Every URL of the portal, with a row behind it where possible."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

from django.apps import apps
from django.urls import URLResolver, get_resolver
from django.utils.regex_helper import normalize

from tests.hostile.world import World

Pattern = tuple[str, str, tuple[str, ...]]  # name, pattern, and names of the parameters


@dataclass(frozen=True)
class Address:
    """A URL, whose pattern has a placeholder for each parameter."""

    name: str
    route: str
    parts: tuple[str, ...]
    values: tuple[str, ...]
    query: tuple[tuple[str, bytes], ...] = ()

    @property
    def path(self) -> str:
        return self.filled(*(quote(value) for value in self.values))

    def filled(self, *quoted: str) -> str:
        """The path with the given arguments, already percent-encoded."""
        return "/" + self.route % dict(zip(self.parts, quoted, strict=True))

    def with_part(self, number: int, quoted: str) -> str:
        parts = [quote(value) for value in self.values]
        return self.filled(*parts[:number], quoted, *parts[number + 1 :])


def addresses(world: World) -> list[Address]:
    """All URLs of the URLconf, so that new ones are included automatically."""
    return [
        Address(
            name,
            route,
            parts,
            tuple(value(name, route, part, world) for part in parts),
            tuple(world.queries.get(name, ())),
        )
        for name, route, parts in patterns(get_resolver())
    ]


def patterns(resolver: URLResolver, before: str = "", above: tuple[str, ...] = ()) -> Iterator[Pattern]:
    for one in resolver.url_patterns:
        route, parts = normalize(one.pattern.regex.pattern)[0]
        if isinstance(one, URLResolver):
            yield from patterns(one, before + route, (*above, *parts))
        else:
            yield one.name or "", before + route, (*above, *parts)


def value(name: str, route: str, part: str, world: World) -> str:
    """The key of a row in the world if the parameter stands for one, else an arbitrary value."""
    row = row_of_admin(route) if part in {"pk", "object_id"} else None
    if row is not None:
        return str(row)
    said = world.parts.get(f"{name} {part}", world.parts.get(part))
    return str(said) if said is not None else {"uuid": str(uuid4())}.get(part, "1")


def row_of_admin(route: str) -> object:
    """The key of the oldest row of the admin page's model."""
    place = route.split("/")
    if place[0] != "admin" or len(place) < 3 or (place[1], place[2]) not in MODELS:
        return None
    return MODELS[place[1], place[2]].objects.order_by("pk").values_list("pk", flat=True).first()


MODELS = {(model._meta.app_label, model._meta.model_name): model for model in apps.get_models()}
