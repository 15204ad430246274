"""Filters for a holder's list of credits."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import ExtractYear

from accounts.models import User
from education.enums import Which
from education.models import Allocation, Credit, CreditQuerySet, Evidence


class CreditFilters(NamedTuple):
    """The filters; empty ones match everything."""

    words: str = ""
    which: str = Which.ALL
    provider: str = ""
    year: int | None = None

    @property
    def query(self) -> str:
        """The filters as a URL query."""
        parts = {"words": self.words, "which": self.which, "provider": self.provider, "year": self.year}
        return urlencode({name: part for name, part in parts.items() if part})


@dataclass(frozen=True)
class Offered:
    """The choices: the holder's own providers by name, and years, newest first."""

    providers: tuple[str, ...]
    years: tuple[int, ...]


def offered_to(user: User) -> Offered:
    """The providers and years of the user's own credits."""
    own = Credit.objects.filter(holder_id=user.holder_key).annotate(year=ExtractYear("completed_on"))
    found = set(own.values_list("provider__title", "provider_name", "year").distinct())
    names = {title or name for title, name, _year in found} - {""}
    return Offered(tuple(sorted(names, key=str.casefold)), tuple(sorted({one[2] for one in found}, reverse=True)))


def wanted_of(credits: CreditQuerySet, wanted: CreditFilters) -> CreditQuerySet:
    """The credits that match all filters."""
    return credits.filter(*_conditions(wanted))


def _conditions(wanted: CreditFilters) -> Iterable[Q]:
    for word in wanted.words.split():
        title = Q(title__icontains=word) | Q(provider__title__icontains=word) | Q(provider_name__icontains=word)
        yield title | Q(external_id__icontains=word)
    if wanted.provider:
        yield Q(provider__title=wanted.provider) | Q(provider=None, provider_name=wanted.provider)
    if wanted.year is not None:
        yield Q(completed_on__year=wanted.year)
    if wanted.which in {Which.UNALLOCATED, Which.UNPROVEN}:
        yield Q(withdrawn_at=None)
    if wanted.which == Which.UNALLOCATED:
        yield ~Q(Exists(Allocation.objects.filter(credit=OuterRef("pk"))))
    elif wanted.which == Which.UNPROVEN:
        yield ~Q(Exists(Evidence.objects.filter(credit=OuterRef("pk"), removed_at=None)))
    elif wanted.which == Which.WITHDRAWN:
        yield Q(withdrawn_at__isnull=False)
