"""The API as a whole: how requests are parsed and how errors are returned."""

import json
from typing import Any, NoReturn

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from cmp_portal.lib.problems import MEDIA_TYPE, Problem, problem
from education.api import delivering, reading
from education.api.mistakes import told
from education.api.security import router

BASE = "/api/v1/"
ABOUT = """\
Deliver your learners' completions, correct and withdraw them, and read the results. Every request needs a token that
the Board gave you. Every request that changes something also needs an Idempotency-Key, so that you can safely send it
again whenever you are not sure. Errors are `application/problem+json` and say what to do.\
"""
LONGEST_NUMBER = 18
MOST_MISTAKES = 20


class Reader(Parser):
    """Strict JSON: no NaN, and no integers so long that parsing them takes seconds."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_constant=_no_number, parse_int=_whole)


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= LONGEST_NUMBER else float(digits)


class ProviderAPI(NinjaAPI):
    def get_openapi_schema(self, **_: Any) -> OpenAPISchema:
        """The schema with the media type of problem details for all errors."""
        schema = super().get_openapi_schema(path_prefix=BASE)
        for operations in schema["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= 400:
                        answer["content"] = {MEDIA_TYPE: answer["content"].pop("application/json")}
                        answer["description"] = answer["description"] or "Error"
        return schema


api = ProviderAPI(
    title="Provider API",
    version="1",
    description=ABOUT,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    parser=Reader(),
)
assert delivering and reading  # noqa: S101 (read for the operations they add)
api.add_router("", router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, refusal: Problem) -> HttpResponse:
    return refusal.answer()


@api.exception_handler(Http404)
def _nothing(request: HttpRequest, refusal: Http404) -> HttpResponse:
    return problem(404, "You have nothing with this identifier.")


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, refusal: HttpError) -> HttpResponse:
    return problem(refusal.status_code, "The body can't be read: send JSON in UTF-8.")


@api.exception_handler(ValidationError)
def _mistakes(request: HttpRequest, refusal: ValidationError) -> HttpResponse:
    """Says where and what is wrong, but not what was sent, since that may be personal data."""
    errors = told(refusal.errors, most=MOST_MISTAKES)
    return problem(422, "The request does not match the schema.", errors=errors)
