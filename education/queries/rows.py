"""The list of Check Progress: each credit, its explanation in a cycle, and what can be done with it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from cmp_portal.lib.dates import longdate
from cmp_portal.lib.formatting import points_text, points_words
from credentials.models import Cycle
from credentials.rules.points import hundredths
from education import rules
from education.models import Credit
from education.queries.credits import provider_of
from education.queries.standing import Facts
from education.queries.words import credit_words

# Each row has inputs and a choice of areas: this many keep the page below 4 KB compressed for every holder.
PAGE = 7
NOBODY = "00000000-0000-0000-0000-000000000000"
COLUMNS = (
    "uuid", "title", "kind__code", "subjects", "provider__code", "provider__title", "provider_name", "completed_on",
    "points", "withdrawn_at",
)  # fmt: skip


@dataclass(frozen=True)
class ShareLine:
    """A share with its input; `label` is shown beside it: the area, unless the row's sentence already names it."""

    label: str
    area_title: str
    points_text: str
    release_url: str
    input_name: str


@dataclass(frozen=True)
class Option:
    area_code: str
    label: str


@dataclass(frozen=True)
class Addresses:
    """URLs of any credit's row, resolved once with NOBODY in place of the credit; empty if the cycle may not change."""

    detail: str
    allocate: str
    release: str


@dataclass(frozen=True)
class AllocateForm:
    """A row's part of the page's single form: its inputs carry the credit's `key`, its button the URL."""

    url: str
    key: int
    options: tuple[Option, ...]
    points_text: str


@dataclass(frozen=True)
class Row:
    """One credit and everything the page says about it in this cycle."""

    anchor: str
    title: str
    origin: str
    points_text: str
    sentence: str
    status: str
    detail_url: str
    shares: tuple[ShareLine, ...]
    allocate: AllocateForm | None


def rows_of(
    cycle: Cycle, facts: Facts, tally: rules.Tally, standing: rules.Standing, credits: list[Credit]
) -> Iterable[Row]:
    """The rows of credits in a cycle."""
    titles = {area.code: area.title for area in facts.requirements.areas}
    lines = {line.id: line for line in standing.credits}
    shares: dict[rules.CreditId, list[rules.Share]] = defaultdict(list)
    for one in facts.shares:
        shares[one.credit].append(one)
    addresses = _addresses(cycle)
    for credit in credits:
        line, own = lines[credit.pk], shares[credit.pk]
        sentence = credit_words(line, tally.compiled)
        yield Row(
            anchor=f"credit-{credit.pk}",
            title=credit.title,
            origin=_origin(credit),
            points_text=_points_text(line),
            sentence=sentence,
            status=row_status(line),
            detail_url=addresses.detail.replace(NOBODY, str(credit.uuid)),
            shares=tuple(_share_lines(addresses, credit, own, titles, sentence)),
            allocate=_allocate_form(addresses, credit, {one.area for one in own}, tally, titles),
        )


def inputs_of(rows: Collection[Row]) -> dict[str, str]:
    """What the inputs of the list show, by name."""
    shown = {share.input_name: share.points_text for row in rows for share in row.shares}
    for row in rows:
        if form := row.allocate:
            shown |= {f"{form.key}-area": form.options[0].area_code, f"{form.key}-points": form.points_text}
    return shown


def with_typed(row: Row, typed: Mapping[str, str]) -> Row:
    """The row with numbers as they were typed; `typed` is keyed by input names without the points they had shown."""
    shares = [replace(one, points_text=typed.get(_share_of(one), one.points_text)) for one in row.shares]
    return replace(row, shares=tuple(shares), allocate=row.allocate and _with_typed(row.allocate, typed))


def _with_typed(form: AllocateForm, typed: Mapping[str, str]) -> AllocateForm:
    """The form with its number as typed, and the chosen area first, where browsers preselect it."""
    area, points = typed.get(f"{form.key}-area"), typed.get(f"{form.key}-points", form.points_text)
    options = sorted(form.options, key=lambda option: option.area_code != area)
    return replace(form, options=tuple(options), points_text=points)


def _share_of(line: ShareLine) -> str:
    return line.input_name.rpartition("-")[0]


def _addresses(cycle: Cycle) -> Addresses:
    allocate = reverse("education:allocate", args=[cycle.pk, NOBODY])
    release = reverse("education:release", args=[cycle.pk, NOBODY, "area"])
    is_open = cycle.shares_frozen_at is None
    return Addresses(
        detail=reverse("education:credit", args=[NOBODY]),
        allocate=allocate if is_open else "",
        release=release if is_open else "",
    )


def _origin(credit: Credit) -> str:
    return f"{provider_of(credit)} · {longdate(credit.completed_on)}"


def _points_text(line: rules.CreditStanding) -> str:
    words = {"counted": points_text(line.counted), "points": points_words(line.points)}
    return _("%(counted)s of %(points)s") % words if line.counted else words["points"]


def row_status(line: rules.CreditStanding) -> str:
    """The status of a row: counted, partly counted, outside the window, refused, or open."""
    if line.counted:
        return "counted" if line.counted == line.points else "partly"
    return {rules.Reason.OUTSIDE_WINDOW: "outside", rules.Reason.REFUSED: "refused"}.get(line.main.reason, "open")


def _share_lines(
    addresses: Addresses, credit: Credit, shares: list[rules.Share], titles: dict[str, str], sentence: str
) -> Iterable[ShareLine]:
    for share in shares:
        title = titles[share.area]
        is_named = len(shares) == 1 and title in sentence
        yield ShareLine(
            label=_("Points") if is_named else title,
            area_title=title,
            points_text=points_text(share.points),
            release_url=addresses.release.replace(f"{NOBODY}/area", f"{credit.uuid}/{share.area}"),
            input_name=f"share-{credit.pk}-{share.area}-{hundredths(share.points)}",
        )


def _allocate_form(
    addresses: Addresses, credit: Credit, taken: set[str], tally: rules.Tally, titles: dict[str, str]
) -> AllocateForm | None:
    """The areas in which the credit has no share yet; existing shares are edited instead."""
    is_open = bool(addresses.allocate)
    fits = [fit for fit in tally.fits(credit.pk) if fit.points and fit.area not in taken] if is_open else []
    if not fits:
        return None
    return AllocateForm(
        url=addresses.allocate.replace(NOBODY, str(credit.uuid)),
        key=credit.pk,
        options=tuple(_option(fit, titles[fit.area]) for fit in fits),
        points_text=points_text(fits[0].points),
    )


def _option(fit: rules.Fit, title: str) -> Option:
    """An area to choose, with its room if the credit does not fit in full."""
    if fit.reason is None:
        return Option(fit.area, title)
    words = {"area": title, "points": points_text(fit.points)}
    return Option(fit.area, _("%(area)s (room for %(points)s)") % words)
