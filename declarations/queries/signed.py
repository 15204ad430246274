"""What was signed, against itself and against what must not have changed since: hash by hash, sum by sum."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Count, Q

from cmp_portal.lib.differences import Difference, Scope
from credentials.models import RequirementSet
from credentials.queries import requirements_by_id
from credentials.rules import Window
from credentials.rules.points import from_hundredths, hundredths
from declarations.enums import Move
from declarations.models import Declaration
from declarations.rules import LIVE, chained
from education import rules
from education.models import Credit

LOST = "declarations without what was signed"
BROKEN = "signed content that is not as it was signed"
UNEQUAL = "declarations that count something else than was signed"
CHANGED = "shares of declared cycles that are not what was signed"
UNREADABLE = (ArithmeticError, KeyError, TypeError, ValueError, ValidationError)
# A declaration has about twenty of them.
SHARES = 20

# Models of what is by far the most there is would cost more than the hashes.
SIGNED_ROWS = """
    SELECT declaration_id, submission, position, content::text, previous_hash, hash
      FROM declarations_declaredcredit WHERE declaration_id = ANY(%s) ORDER BY declaration_id, submission, position
"""
SHARES_NOW = """
    SELECT s.cycle_id, k.uuid::text, a.code, s.points
      FROM education_allocation s
      JOIN education_credit k ON k.id = s.credit_id
      JOIN credentials_area a ON a.id = s.area_id
     WHERE s.cycle_id = ANY(%s)
"""

Content = Mapping[str, Any]
# Hundredths of points by credit and area.
Shares = dict[tuple[str, str], int]


class Row(NamedTuple):
    """One signed share."""

    submission: int
    position: int
    content: Content
    previous_hash: str
    hash: str


class Declared(NamedTuple):
    """A declaration that was received, and how often."""

    pk: int
    cycle: int
    requirement_set: int
    starts_on: date
    ends_on: date
    counted: Decimal
    is_frozen: bool
    submissions: int


COLUMNS = (
    "pk",
    "cycle",
    "requirement_set",
    "window_starts_on",
    "window_ends_on",
    "counted",
    "is_frozen",
    "submissions",
)


def signed_differences(scope: Scope) -> Iterator[Difference]:
    """Every declaration that was received, some at a time."""
    received = Declaration.objects.filter(received_at__isnull=False).order_by("pk")
    received = received.annotate(
        is_frozen=Q(cycle__shares_frozen_at__isnull=False, state__in=LIVE),
        submissions=Count("steps", filter=Q(steps__move=Move.SUBMIT)),
    )
    rows = received.values_list(*COLUMNS).iterator(chunk_size=scope.batch)
    while batch := [Declared(*row) for row in islice(rows, max(1, scope.batch // SHARES))]:
        signed = _signed(batch)
        shares = _shares([one.cycle for one in batch if one.is_frozen and one.pk in signed])
        for one in batch:
            scope.tick(1)
            yield from _of_declaration(one, signed[one.pk], shares[one.cycle])


def _signed(batch: Iterable[Declared]) -> dict[int, list[Row]]:
    signed: dict[int, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SIGNED_ROWS, [[one.pk for one in batch]])
        for pk, submission, position, content, *hashes in cursor:
            signed[pk].append(Row(submission, position, json.loads(content), *hashes))
    return signed


def _shares(cycles: list[int]) -> dict[int, Shares]:
    """What cycles allocate now."""
    shares: dict[int, Shares] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(SHARES_NOW, [cycles])
        for cycle, credit, area, points in cursor:
            shares[cycle][credit, area] = points
    return shares


def _of_declaration(one: Declared, rows: Sequence[Row], shares: Shares) -> Iterator[Difference]:
    """Content that is not as it was signed says nothing about the rest."""
    submissions = [list(group) for _submission, group in groupby(rows, itemgetter(0))]
    if [group[0].submission for group in submissions] != list(range(1, one.submissions + 1)):
        yield Difference("declarations", LOST, one.pk, f"{len(submissions)} of {one.submissions} submissions are there")
    elif broken := next((row for group in submissions for row in _broken(group)), None):
        text = f"submission {broken.submission}, position {broken.position}"
        yield Difference("declarations", BROKEN, one.pk, text)
    elif submissions:
        try:
            yield from list(_of_last(one, [row.content for row in submissions[-1]], shares))
        except UNREADABLE:
            yield Difference("declarations", BROKEN, one.pk, f"submission {one.submissions} cannot be read")


def _broken(rows: Iterable[Row]) -> Iterator[Row]:
    previous = ""
    for position, row in enumerate(rows, start=1):
        if (row.position, row.previous_hash, row.hash) != (position, previous, chained(previous, row.content)):
            yield row
        previous = row.hash


def _of_last(one: Declared, contents: Sequence[Content], shares: Shares) -> Iterator[Difference]:
    signed = {(content["credit"], content["area"]): _points(content["points"]) for content in contents}
    total = from_hundredths(sum(signed.values()))
    if total != one.counted and (counted := _counted(one, contents)) != one.counted:
        yield Difference("declarations", UNEQUAL, one.pk, f"{one.counted}; of {total} signed points {counted} count")
    if one.is_frozen and signed != shares:
        text = f"{len(signed.items() - shares.items())} signed only, {len(shares.items() - signed.items())} kept only"
        yield Difference("declarations", CHANGED, one.pk, text)


@lru_cache(maxsize=8192)
def _points(text: str) -> int:
    return hundredths(Decimal(text))


def _counted(one: Declared, contents: Iterable[Content]) -> Decimal:
    """What counts of the signed shares under the signed requirements: limits may leave some of them out."""
    sets = RequirementSet.objects.filter(pk=one.requirement_set).select_related("credential_type")
    by_uuid = {content["credit"]: content for content in contents}
    providers = Credit.objects.filter(uuid__in=by_uuid).values_list("uuid", "provider__code")
    codes = {str(uuid): code for uuid, code in providers}
    standing = rules.evaluate(
        requirements_by_id(sets)[one.requirement_set],
        [_facts(content, codes.get(uuid)) for uuid, content in by_uuid.items()],
        [rules.Share(content["credit"], content["area"], Decimal(content["points"])) for content in contents],
        Window(one.starts_on, one.ends_on),
    )
    return standing.total.counted


def _facts(content: Content, provider: str | None) -> rules.CreditFacts:
    return rules.CreditFacts(
        id=content["credit"],
        title=content["title"],
        kind=content["kind"],
        subjects=frozenset(content["subjects"]),
        provider=provider,
        completed_on=date.fromisoformat(content["completed_on"]),
        points=Decimal(content["credit_points"]),
    )
