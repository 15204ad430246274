"""Every address of the portal, with something behind it where there can be."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote
from uuid import uuid4

from django.apps import apps
from django.urls import URLResolver, get_resolver
from django.utils.regex_helper import normalize

from tests.hostile.world import World

Pattern = tuple[str, str, tuple[str, ...]]  # its name, its route, and the names of the parts


@dataclass(frozen=True)
class Address:
    """An address; its route has a hole for each of the named parts."""

    name: str
    route: str
    parts: tuple[str, ...]
    values: tuple[str, ...]
    query: tuple[tuple[str, bytes], ...] = ()

    @property
    def path(self) -> str:
        return self.filled(*(quote(value) for value in self.values))

    def filled(self, *quoted: str) -> str:
        """With other parts, as they stand in a request line."""
        return "/" + self.route % dict(zip(self.parts, quoted, strict=True))

    def with_part(self, number: int, quoted: str) -> str:
        parts = [quote(value) for value in self.values]
        return self.filled(*parts[:number], quoted, *parts[number + 1 :])


def addresses(world: World) -> list[Address]:
    """Whatever is added to the URLconf is among them the same day."""
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
    """A row of the world, if the part means one; else something that is none."""
    row = row_of_admin(route) if part in {"pk", "object_id"} else None
    if row is not None:
        return str(row)
    said = world.parts.get(f"{name} {part}", world.parts.get(part))
    return str(said) if said is not None else {"uuid": str(uuid4())}.get(part, "1")


def row_of_admin(route: str) -> object:
    """The key of the oldest row of the model whose page it is."""
    place = route.split("/")
    if place[0] != "admin" or len(place) < 3 or (place[1], place[2]) not in MODELS:
        return None
    return MODELS[place[1], place[2]].objects.order_by("pk").values_list("pk", flat=True).first()


MODELS = {(model._meta.app_label, model._meta.model_name): model for model in apps.get_models()}
