"""Bars as places in a drawing, and the same numbers as a table; a template draws them without any logic."""

from collections.abc import Sequence
from dataclasses import dataclass

# A chart's coordinates; the style sheet gives it its size.
WIDTH, HEIGHT, FOOT = 640, 180, 24
# Of a bar with what is around it: where there are few, they would be walls.
WIDEST = 128


@dataclass(frozen=True)
class Bar:
    """A bar from the ground up, its number above it; `place` is the middle of its label."""

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
    """Bars, and the same numbers as a table."""

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
        """Where nothing was counted, the text has said it all."""
        return any(one.height for one in self.bars)


def bar(x: int, width: int, value: int, most: int, place: int, label: str, kind: str) -> Bar:
    """A bar as high as its value is of the most."""
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
    """One bar for each count; `heads` are those of the table."""
    most, slot = max([1, *(count for _label, count in counts)]), min(WIDEST, WIDTH // max(1, len(counts)))
    bars = (
        bar(place * slot + slot // 6, slot * 2 // 3, count, most, place * slot + slot // 2, label, "received")
        for place, (label, count) in enumerate(counts)
    )
    rows = tuple(Row(label, (f"{count:,}",)) for label, count in counts)
    return Chart(name=name, title=title, text=text, bars=tuple(bars), heads=heads, rows=rows)
