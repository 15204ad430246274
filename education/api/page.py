"""The API's documentation page, generated from its OpenAPI schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from education.api.service import api

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    words: str
    is_required: bool


@dataclass(frozen=True)
class Shape:
    """An object in requests or responses; `id` is the anchor for links."""

    name: str
    words: str
    fields: list[Field]

    @property
    def id(self) -> str:
        return f"shape-{self.name.lower()}"


@dataclass(frozen=True)
class Operation:
    name: str
    title: str
    words: str
    method: str
    path: str
    parameters: list[Field]
    body: Shape | None
    answer: Shape | None
    statuses: str


@dataclass(frozen=True)
class ApiPage:
    title: str
    words: str
    operations: list[Operation]
    shapes: list[Shape]


@login_not_required
@require_safe
def explained(request: HttpRequest) -> HttpResponse:
    return render(request, "education/api.html", {"page": api_page()})


@cache
def api_page() -> ApiPage:
    """The documentation page; cached, since the code does not change while it runs."""
    schema = api.get_openapi_schema()
    shapes = {name: _shape(name, one) for name, one in schema["components"]["schemas"].items()}
    operations = [
        _operation(path, method, one, shapes)
        for path, methods in schema["paths"].items()
        for method, one in methods.items()
    ]
    shown = sorted(shapes.values(), key=lambda shape: shape.name)
    return ApiPage(schema["info"]["title"], _plain(schema["info"]["description"]), operations, shown)


def _operation(path: str, method: str, one: Schema, shapes: Mapping[str, Shape]) -> Operation:
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answer = one["responses"][200]["content"]["application/json"]["schema"]
    return Operation(
        name=one["operationId"],
        title=one["summary"],
        words=_plain(one.get("description", "")),
        method=method.upper(),
        path=path,
        parameters=[
            Field(each["name"], _kind(each["schema"]), _words(each["schema"], each), each["required"])
            for each in one.get("parameters", [])
        ],
        body=shapes.get(_name(body or {})),
        answer=shapes.get(_name(answer)),
        statuses=", ".join(str(status) for status in one["responses"] if int(status) >= 400),
    )


def _shape(name: str, one: Schema) -> Shape:
    required = one.get("required", [])
    fields = [Field(key, _kind(each), _words(each), key in required) for key, each in one.get("properties", {}).items()]
    return Shape(name, _plain(one.get("description", "")), fields)


def _kind(schema: Schema) -> str:
    return " or ".join(dict.fromkeys(_kinds(schema)))


def _kinds(schema: Schema) -> Iterator[str]:
    if "anyOf" in schema:
        for one in schema["anyOf"]:
            yield from _kinds(one)
    elif "enum" in schema:
        yield " | ".join(schema["enum"])
    elif schema.get("type") == "array":
        yield f"list of {_kind(schema['items'])}"
    else:
        yield _name(schema) or schema.get("format") or schema.get("type", "anything")


def _name(schema: Schema) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _words(*places: Schema) -> str:
    """The description, followed by limits and the default."""
    said = next((one["description"] for one in places if one.get("description")), "")
    limits = [
        f"{words} {one[key]}"
        for one in places
        for key, words in (("minItems", "At least"), ("maxItems", "at most"), ("default", "Default:"))
        if one.get(key) not in (None, "", [])
    ]
    return _plain(" ".join(filter(None, [said, ", ".join(limits) + "." if limits else ""])))


def _plain(words: str) -> str:
    """The text without the backticks of Markdown."""
    return words.replace("`", "")
