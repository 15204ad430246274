"""A base factory that derives related rows from those given."""

from typing import Any

import factory


class FollowingFactory(factory.django.DjangoModelFactory):
    """Derives fields from the given rows, so that one argument suffices for a consistent row."""

    # Field to fill -> paths to take it from, first given one wins: {"holder": ["cycle.holder"]}.
    _follows: dict[str, list[str]] = {}

    class Meta:
        abstract = True

    @classmethod
    def _generate(cls, strategy: str, params: dict[str, Any]) -> Any:
        for target, paths in cls._follows.items():
            found = [value for path in paths if (value := _walk(params, path)) is not None]
            if found and target not in params and target.split("__")[0] not in params:
                params[target] = found[0]
        return super()._generate(strategy, params)


def _walk(params: dict[str, Any], path: str) -> Any:
    first, *rest = path.split(".")
    value = params.get(first)
    for name in rest:
        value = getattr(value, name, None)
    return value
