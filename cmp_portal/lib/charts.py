"""Bar charts as coordinates, with the same numbers as a table; templates draw them without logic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

# The chart's coordinate system; the style sheet sets its size on the page.
WIDTH, HEIGHT, FOOT = 640, 180, 24
# Maximum width of a bar with its margins; otherwise a chart of few bars would be a wall.
WIDEST = 128
# Ages in days are counted in groups: up to the day before the first of these, and from each of them on.
AGES = (8, 15, 31, 61)


@dataclass(frozen=True)
class Bar:
    """A bar, rising from the baseline, with its number above it; `place` is the x of its label's middle."""

    x: int
    y: int
    width: int
    height: int
    place: int
    label: str
    kind: str
    value: str
    value_x: int
    value_y: int


@dataclass(frozen=True)
class Row:
    label: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """A bar chart, and the same numbers as a table."""

    name: str
    title: str
    text: str
    bars: tuple[Bar, ...]
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    legend: tuple[str, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT + FOOT
    ground: int = HEIGHT
    label_y: int = HEIGHT + FOOT - 8

    @property
    def has_bars(self) -> bool:
        """False when all counts are zero: then the chart's text says everything."""
        return any(one.height for one in self.bars)


def by_age(found: Iterable[tuple[int, int]]) -> list[tuple[str, int]]:
    """Label and count of each group of ages; `found` says how many more there are in which group, from 0."""
    labels = [*(f"{first}–{after - 1}" for first, after in pairwise((0, *AGES))), f"{AGES[-1]}+"]
    counts = [0] * len(labels)
    for group, count in found:
        counts[group] += count
    return list(zip(labels, counts, strict=True))


def bar(x: int, width: int, value: int, most: int, place: int, label: str, kind: str) -> Bar:
    """A bar with its height proportional to `most`, the highest value of the chart."""
    height = round(value * (HEIGHT - FOOT) / most)
    top = HEIGHT - height
    return Bar(
        x=x,
        y=top,
        width=width,
        height=height,
        place=place,
        label=label,
        kind=kind,
        value=f"{value:,}" if value else "",
        value_x=x + width // 2,
        value_y=top - 4,
    )


def columns(name: str, title: str, text: str, counts: Sequence[tuple[str, int]], heads: tuple[str, str]) -> Chart:
    """A chart of one bar per count; `heads` are the table's column headings."""
    most, slot = max([1, *(count for _label, count in counts)]), min(WIDEST, WIDTH // max(1, len(counts)))
    bars = (
        bar(place * slot + slot // 6, slot * 2 // 3, count, most, place * slot + slot // 2, label, "received")
        for place, (label, count) in enumerate(counts)
    )
    rows = tuple(Row(label, (f"{count:,}",)) for label, count in counts)
    return Chart(name=name, title=title, text=text, bars=tuple(bars), heads=heads, rows=rows)
