"""Integrity checks of signed content: its hash chains, its sums, and what must not have changed since."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cmp_portal.lib.consistency import Difference, Scope
from credentials.models import RequirementSet
from credentials.queries import requirements_afresh, requirements_by_id
from credentials.rules import Window, plain_requirements
from credentials.rules.points import from_hundredths, hundredths
from declarations.enums import Move
from declarations.models import Attestation, Declaration, Step, Terms
from declarations.queries.reevaluation import standing_again
from declarations.queries.sealing import Content, plain_moment, plain_wording
from declarations.rules import LIVE, SIGNED_BY, chained, digest_of

LOST = "declarations whose signed content is missing"
BROKEN = "signed content that was altered"
UNEQUAL = "declarations whose counted points differ from what was signed"
CHANGED = "allocations of declared cycles that differ from what was signed"
OTHERWISE = "declarations that differ from their seal"
REWRITTEN = "requirements and attestations altered since they were signed"
UNREADABLE = (ArithmeticError, AttributeError, KeyError, TypeError, ValueError, ValidationError)
# The typical number of shares per declaration.
SHARES = 20

# Raw SQL: these are by far the most rows, and building model instances would cost more than hashing.
SIGNED_ROWS = """
    SELECT declaration_id, submission, position, content::text, previous_hash, hash
      FROM declarations_declaredcredit WHERE declaration_id = ANY(%s) ORDER BY declaration_id, submission, position
"""
SEALS = """
    SELECT declaration_id, submission, content::text, previous_hash, hash
      FROM declarations_seal WHERE declaration_id = ANY(%s) ORDER BY declaration_id, submission
"""
SHARES_NOW = """
    SELECT s.cycle_id, k.uuid::text, a.code, s.points
      FROM education_allocation s
      JOIN education_credit k ON k.id = s.credit_id
      JOIN credentials_area a ON a.id = s.area_id
     WHERE s.cycle_id = ANY(%s)
"""

# Hundredths of points, by credit and area.
Shares = dict[tuple[str, str], int]


class Row(NamedTuple):
    """A signed share."""

    submission: int
    position: int
    content: Content
    previous_hash: str
    hash: str


class Sealed(NamedTuple):
    """The seal of one submission."""

    submission: int
    content: Content
    previous_hash: str
    hash: str


class Declared(NamedTuple):
    """A declaration that was received, with its number of submissions."""

    pk: int
    number: str
    received_at: datetime
    received_on: date
    cycle: int
    attestation: int | None
    requirement_set: int
    starts_on: date
    ends_on: date
    counted: Decimal
    is_frozen: bool
    submissions: int


COLUMNS = (
    "pk",
    "number",
    "received_at",
    "received_on",
    "cycle",
    "attestation",
    "requirement_set",
    "window_starts_on",
    "window_ends_on",
    "counted",
    "is_frozen",
    "submissions",
)


def signed_differences(scope: Scope) -> Iterator[Difference]:
    """Check every received declaration, in batches."""
    rows, terms = _received().values_list(*COLUMNS).iterator(chunk_size=scope.batch), TermsNow()
    while batch := [Declared(*row) for row in islice(rows, max(1, scope.batch // SHARES))]:
        signed, seals = signed_rows(batch), sealed_rows(batch)
        shares = _shares([one.cycle for one in batch if one.is_frozen and one.pk in signed])
        for one in batch:
            scope.tick(1)
            yield from _of_declaration(one, signed[one.pk], seals[one.pk], shares[one.cycle])
            try:
                yield from list(_of_terms(one, seals[one.pk], terms))
            except UNREADABLE:
                yield Difference("declarations", REWRITTEN, one.pk, "the seal does not say what was signed")


def declared_now(pk: int) -> Declared:
    """A received declaration, by primary key."""
    return Declared(*_received().values_list(*COLUMNS).get(pk=pk))


def _received() -> QuerySet[Declaration]:
    """Not `is_frozen` after a denial: an appeal restores shares only as far as their credits still cover them."""
    denied = Step.objects.filter(declaration=OuterRef("pk"), move=Move.DENY)
    return (
        Declaration.objects.filter(received_at__isnull=False)
        .order_by("pk")
        .annotate(
            is_frozen=Q(cycle__shares_frozen_at__isnull=False, state__in=LIVE) & ~Q(Exists(denied)),
            submissions=Count("steps", filter=Q(steps__move__in=SIGNED_BY)),
        )
    )


def signed_rows(batch: Iterable[Declared]) -> dict[int, list[Row]]:
    signed: dict[int, list[Row]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SIGNED_ROWS, [[one.pk for one in batch]])
        for pk, submission, position, content, *hashes in cursor:
            signed[pk].append(Row(submission, position, _read(content), *hashes))
    return signed


def sealed_rows(batch: Iterable[Declared]) -> dict[int, list[Sealed]]:
    seals: dict[int, list[Sealed]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(SEALS, [[one.pk for one in batch]])
        for pk, submission, content, *hashes in cursor:
            seals[pk].append(Sealed(submission, _read(content), *hashes))
    return seals


def _read(text: str) -> Content:
    """The content; empty, and thus unlike what was signed, if it was replaced by something that can't be read."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):  # a number of thousands of digits, a list in a list in a list
        return {}
    return content if isinstance(content, dict) else {}


def _shares(cycles: list[int]) -> dict[int, Shares]:
    """The current allocations of cycles, by cycle."""
    shares: dict[int, Shares] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(SHARES_NOW, [cycles])
        for cycle, credit, area, points in cursor:
            shares[cycle][credit, area] = points
    return shares


def _of_declaration(
    one: Declared, rows: Sequence[Row], seals: Sequence[Sealed], shares: Shares
) -> Iterator[Difference]:
    """Compare one declaration with what was signed; if the signed content is damaged, only that is reported."""
    submissions = [list(group) for _submission, group in groupby(rows, itemgetter(0))]
    wanted = list(range(1, one.submissions + 1))
    if [group[0].submission for group in submissions] != wanted:
        yield Difference("declarations", LOST, one.pk, f"found {len(submissions)} of {one.submissions} submissions")
    elif [seal.submission for seal in seals] != wanted:
        yield Difference("declarations", LOST, one.pk, f"found {len(seals)} of {one.submissions} seals")
    elif broken := next((words for words in broken_words(submissions, seals)), None):
        yield Difference("declarations", BROKEN, one.pk, broken)
    elif submissions:
        try:
            yield from list(_of_last(one, [row.content for row in submissions[-1]], shares))
            yield from _of_seal(one, seals[-1].content)
        except UNREADABLE:
            yield Difference("declarations", BROKEN, one.pk, f"submission {one.submissions} cannot be read")


def broken_words(submissions: Sequence[Sequence[Row]], seals: Sequence[Sealed]) -> Iterator[str]:
    """Where a declaration's hash chain breaks: at a share, or at the seal covering the shares and the previous seal."""
    before = ""
    for rows, seal in zip(submissions, seals, strict=True):
        yield from (f"submission {row.submission}, position {row.position}" for row in _broken(rows))
        if not _is_sealed(rows, seal, before):
            yield f"submission {seal.submission}, seal"
        before = seal.hash


def _is_sealed(rows: Sequence[Row], seal: Sealed, before: str) -> bool:
    said = [seal.content.get(name) for name in ("submission", "shares", "previous_seal")]
    fits = said == [seal.submission, len(rows), before] and seal.previous_hash == rows[-1].hash
    return fits and seal.hash == chained(seal.previous_hash, seal.content)


def _broken(rows: Iterable[Row]) -> Iterator[Row]:
    previous = ""
    for position, row in enumerate(rows, start=1):
        if (row.position, row.previous_hash, row.hash) != (position, previous, chained(previous, row.content)):
            yield row
        previous = row.hash


def _of_last(one: Declared, contents: Sequence[Content], shares: Shares) -> Iterator[Difference]:
    total = from_hundredths(sum(_points(content["points"]) for content in contents))
    if total != one.counted and (counted := _counted(one, contents)) != one.counted:
        yield Difference("declarations", UNEQUAL, one.pk, f"{one.counted}; of {total} signed points {counted} count")
    if one.is_frozen and (text := share_words(contents, shares)):
        yield Difference("declarations", CHANGED, one.pk, text)


def share_words(contents: Iterable[Content], shares: Shares) -> str:
    """How many signed and stored shares differ; empty if none do."""
    signed = {(content["credit"], content["area"]): _points(content["points"]) for content in contents}
    if signed == shares:
        return ""
    only_signed, only_kept = len(signed.items() - shares.items()), len(shares.items() - signed.items())
    return f"{only_signed} only signed, {only_kept} only in the cycle"


def kept_shares(cycle: int) -> Shares:
    """The current allocations of one cycle."""
    return _shares([cycle])[cycle]


@lru_cache(maxsize=8192)
def _points(text: str) -> int:
    return hundredths(Decimal(text))


def _counted(one: Declared, contents: Sequence[Content]) -> Decimal:
    """What counts of the signed shares under the signed requirements, whose limits may leave some out."""
    sets = RequirementSet.objects.filter(pk=one.requirement_set).select_related("credential_type")
    requirements = requirements_by_id(sets)[one.requirement_set]
    return standing_again(requirements, contents, Window(one.starts_on, one.ends_on)).total.counted


def _of_seal(one: Declared, seal: Content) -> Iterator[Difference]:
    """Compare a declaration's row with its newest seal."""
    said = {
        "number": one.number,
        "received_at": plain_moment(one.received_at),
        "received_on": one.received_on.isoformat(),
        "window": {"starts_on": one.starts_on.isoformat(), "ends_on": one.ends_on.isoformat()},
        "counted": str(one.counted),
    }
    sealed = {**seal, "counted": seal["total"]["counted"]}
    other = [name for name, value in said.items() if sealed[name] != value]
    if other:
        yield Difference("declarations", OTHERWISE, one.pk, ", ".join(other))


# --- Signed terms --------------------------------------------------------------------------------------------------


@dataclass
class TermsNow:
    """Digests of the stored and of the current terms, each computed once: there are few."""

    known: dict[tuple[str, object], str] = field(default_factory=dict)

    def kept(self, digest: str) -> str:
        """The digest recomputed from the terms stored under a digest; empty if there are none."""
        found = Terms.objects.filter(digest=digest).values_list("content", flat=True)
        return self._once("kept", digest, lambda: next((digest_of(content) for content in found), ""))

    def requirements(self, pk: int) -> str:
        return self._once("requirements", pk, lambda: digest_of(plain_requirements(requirements_afresh(pk))))

    def attestation(self, pk: int | None) -> str:
        found = Attestation.objects.filter(pk=pk or 0)
        return self._once("attestation", pk, lambda: next((digest_of(plain_wording(one)) for one in found), ""))

    def _once(self, kind: str, key: object, compute: Callable[[], str]) -> str:
        if (kind, key) not in self.known:
            self.known[kind, key] = compute()
        return self.known[kind, key]


def _of_terms(one: Declared, seals: Sequence[Sealed], terms: TermsNow) -> Iterator[Difference]:
    """The terms of each submission must be stored unchanged; those of the newest must still be the current ones."""
    for seal in seals:
        for name in ("requirements", "attestation"):
            digest = seal.content.get(name, {}).get("sha256")
            if digest and terms.kept(digest) != digest:
                text = f"submission {seal.submission}: {name}: the stored copy is missing or altered"
                yield Difference("declarations", REWRITTEN, one.pk, text)
    if seals:
        now = {
            "requirements": terms.requirements(one.requirement_set),
            "attestation": terms.attestation(one.attestation),
        }
        for name, digest in now.items():
            if seals[-1].content.get(name, {}).get("sha256") != digest:
                yield Difference("declarations", REWRITTEN, one.pk, f"{name}: changed since")
