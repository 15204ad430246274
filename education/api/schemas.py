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
    """Data sent to us, with strict types: numbers and strings are not converted into each other.

    A misspelled `status` or `last_name` would otherwise post what is withdrawn, or skip a check, without a word.
    """

    model_config = ConfigDict(strict=True, extra="forbid")


class Content(Given):
    title: str = Field("", description="At most 300 characters.")
    kind: str = Field("", description="Code of a kind of activity, such as `ce-course`.")
    subjects: list[str] = Field([], description="Codes of subjects, such as `chemistry`; at least one.")
    completed_on: str = Field("", description="Date, such as `2026-03-01`, not in the future.")
    points: str | float = Field("", description="From 0.01 to 9999.99, with at most two decimals.")
    updated_at: str | None = Field(
        None,
        description="When you last changed this completion, such as `2026-03-01T14:30:00Z`. The latest time wins,"
        " whatever order lines arrive in; a line without one counts as older than any line with one.",
    )


class CompletionIn(Content):
    """One person's completed activity. A withdrawal needs only its identifier and the holder's number."""

    external_id: str = Field(description="Your identifier for this completion, at most 80 characters.")
    customer_number: str = Field(description="The holder's number.")
    last_name: str | None = Field(None, description="If sent, it must be the holder's.")
    birth_month: str | None = Field(None, description="From `1` to `12`. If sent, it must be the holder's.")
    status: Literal["completed", "withdrawn"] = "completed"


class Deliveries(Given):
    completions: Annotated[list[CompletionIn], Field(min_length=1, max_length=MOST)]


class Correction(Content):
    """The new values. Fields that you leave out stay unchanged."""

    title: str | None = None  # type: ignore[assignment]
    kind: str | None = None  # type: ignore[assignment]
    subjects: list[str] | None = None  # type: ignore[assignment]
    completed_on: str | None = None  # type: ignore[assignment]
    points: str | float | None = None  # type: ignore[assignment]


class Question(Given):
    customer_number: str
    last_name: str
    birth_month: str | None = Field(None, description="From `1` to `12`; checked only if sent.")


class Result(Schema):
    line: int = Field(description="Position in the request, starting at 1.")
    external_id: str | None = Field(description="As sent; in a receipt, only for lines that could not be used.")
    outcome: Literal["posted", "corrected", "duplicate", "rejected", "unmatched"]
    code: str | None = Field(
        description="Why it was rejected: `unreadable`, `other_holder`, `outside_approval` or `contradiction`;"
        " or `holder_not_found`, if the Board is looking for the holder."
    )
    reason: str | None = Field(description="The same in words, for whoever corrects it.")


class Receipt(Schema):
    """The outcome of each line. Every line is in exactly one of the counts."""

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
    """A completion in its holder's record. The holder is not named: you know them by your own identifier."""

    id: UUID
    external_id: str
    title: str
    kind: str
    subjects: list[str]
    completed_on: date
    points: str
    status: Literal["completed", "withdrawn"]
    updated_at: datetime | None = Field(description="Your own timestamp, if you sent one.")
    receipt: UUID | None = Field(description="Receipt of the request or file that last changed it.")


class Page(Schema):
    completions: list[Completion]
    next: str | None = Field(description="Send it as `after` to get the next page; null on the last page.")


class Match(Schema):
    match: bool


class Mistake(Schema):
    pointer: str = Field(description="Location in the request.")
    detail: str


class Problem(Schema):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str | None = None
    errors: list[Mistake] | None = None
