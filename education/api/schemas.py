"""Schemas of requests and responses.

They only validate the JSON types; whether a line can be used is told in its result, so that one bad line does not fail
the request.
"""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

MOST = 10_000


class Given(Schema):
    """What is sent to us: a number is no text, and a text is no number."""

    model_config = ConfigDict(strict=True)


class Content(Given):
    title: str = Field("", description="At most 300 characters.")
    kind: str = Field("", description="Code of a kind of activity, such as `ce-course`.")
    subjects: list[str] = Field([], description="Codes of subjects, such as `chemistry`; at least one.")
    completed_on: str = Field("", description="Day as `2026-03-01`, not in the future.")
    points: str | float = Field("", description="From 0.01 to 9999.99, with at most two decimals.")
    updated_at: str | None = Field(
        None,
        description="When you last changed this completion, as `2026-03-01T14:30:00Z`. The latest moment wins, in"
        " whatever order lines arrive; a line without one is older than any with one.",
    )


class CompletionIn(Content):
    """A completed activity of one person. A withdrawal needs no more than its identifier and the holder's number."""

    external_id: str = Field(description="Your identifier of this completion, at most 80 characters.")
    customer_number: str = Field(description="The holder's number.")
    last_name: str | None = Field(None, description="If it is sent, it has to be the holder's.")
    birth_month: str | None = Field(None, description="From `1` to `12`; if it is sent, it has to be the holder's.")
    status: Literal["completed", "withdrawn"] = "completed"


class Deliveries(Given):
    completions: Annotated[list[CompletionIn], Field(min_length=1, max_length=MOST)]


class Correction(Content):
    """What should be said instead; what is left out stays as it is."""

    title: str | None = None  # type: ignore[assignment]
    kind: str | None = None  # type: ignore[assignment]
    subjects: list[str] | None = None  # type: ignore[assignment]
    completed_on: str | None = None  # type: ignore[assignment]
    points: str | float | None = None  # type: ignore[assignment]


class Question(Given):
    customer_number: str
    last_name: str
    birth_month: str | None = Field(None, description="From `1` to `12`; asked about only if it is sent.")


class Result(Schema):
    line: int = Field(description="Place in the request, counted from 1.")
    external_id: str | None = Field(description="As it was sent; in a receipt only where the line could not be used.")
    outcome: Literal["posted", "corrected", "duplicate", "rejected", "unmatched"]
    code: str | None = Field(
        description="Why it is rejected: `unreadable`, `other_holder`, `outside_approval` or `contradiction`;"
        " or `holder_not_found`, where the Board looks for the holder."
    )
    reason: str | None = Field(description="The same in words, for whoever mends it.")


class Receipt(Schema):
    """What became of each line; every line is in exactly one of the counts."""

    id: UUID
    received_at: datetime
    lines: int
    posted: int
    corrected: int
    duplicate: int
    rejected: int
    unmatched: int
    results: list[Result] = Field(description="Empty in receipts of files with more than 20,000 lines.")


class Completion(Schema):
    """A completion in the record of its holder, whom we do not name: you know them by your own identifier."""

    id: UUID
    external_id: str
    title: str
    kind: str
    subjects: list[str]
    completed_on: date
    points: str
    status: Literal["completed", "withdrawn"]
    updated_at: datetime | None = Field(description="Your own moment, if you sent one.")
    receipt: UUID | None = Field(description="Receipt of the request or file that last changed it.")


class Page(Schema):
    completions: list[Completion]
    next: str | None = Field(description="Send it as `after` for the next page; null at the end.")


class Match(Schema):
    match: bool


class Mistake(Schema):
    pointer: str = Field(description="Place in the request.")
    detail: str


class Problem(Schema):
    """What is wrong, as RFC 9457 has it."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[Mistake] | None = None
