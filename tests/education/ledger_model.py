"""Reference model of the ledger: credits, shares and their totals in a few dicts, independent of the engine."""

from dataclasses import dataclass, field
from decimal import Decimal

STEP = Decimal("0.25")
TOTAL = Decimal(4)
# Area -> (minimum, the one subject it accepts, or None for any); those with a minimum first.
AREAS = {"chemistry": (Decimal(2), "chemistry"), "safety": (Decimal(1), "safety"), "rest": (Decimal(0), None)}
COLLEGE_MOST = Decimal(2)


@dataclass
class Credit:
    points: Decimal
    subject: str
    is_college: bool
    is_delivered: bool
    is_withdrawn: bool = False

    def fits(self, area: str) -> bool:
        return AREAS[area][1] in (None, self.subject)


@dataclass
class Ledger:
    """Credits and shares in order of creation; for each cycle, whether it limits college courses."""

    is_limited: dict[str, bool]
    credits: dict[str, Credit] = field(default_factory=dict)
    shares: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)
    frozen: set[str] = field(default_factory=set)

    def may_allocate(self, cycle: str, name: str, area: str, points: Decimal) -> bool:
        """Whether a share may be allocated, as if the existing share in this area were released first."""
        credit = self.credits[name]
        others = {key: of for key, of in self.shares.items() if key != (cycle, name, area) and key[0] == cycle}
        left = credit.points - credit.points % STEP - sum(of for key, of in others.items() if key[1] == name)
        if credit.is_college and self.is_limited[cycle]:
            left = min(left, max(Decimal(0), COLLEGE_MOST - self._college(others)))
        is_possible = cycle not in self.frozen and not credit.is_withdrawn and credit.fits(area)
        return is_possible and points <= left and not points % STEP

    def _college(self, shares: dict[tuple[str, str, str], Decimal]) -> Decimal:
        of_college = {key: of for key, of in shares.items() if self.credits[key[1]].is_college}
        return sum((of for key, of in of_college.items() if self.credits[key[1]].fits(key[2])), Decimal(0))

    def may_change(self, name: str) -> bool:
        """Whether the holder may edit it: self-recorded, and not part of a declaration."""
        return not self.credits[name].is_delivered and not self.cycles_of(name) & self.frozen

    def cycles_of(self, name: str) -> set[str]:
        return {cycle for cycle, of, _area in self.shares if of == name}

    def most_allocated(self, name: str) -> Decimal:
        """The largest sum of a credit's shares in one cycle."""
        sums = dict.fromkeys(self.cycles_of(name), Decimal(0))
        for (cycle, of, _area), points in self.shares.items():
            if of == name:
                sums[cycle] += points
        return max(sums.values(), default=Decimal(0))

    def release_all(self, name: str) -> None:
        self.shares = {key: of for key, of in self.shares.items() if key[1] != name}

    def cut(self, cycle: str) -> None:
        """Reduce the newest shares to what the credit still covers."""
        left = {name: credit.points - credit.points % STEP for name, credit in self.credits.items()}
        for key in [key for key in self.shares if key[0] == cycle]:
            kept = min(self.shares[key], left[key[1]])
            left[key[1]] -= kept
            self.shares[key] = kept
        self.shares = {key: of for key, of in self.shares.items() if of}

    def counted(self, cycle: str) -> dict[str, Decimal]:
        """Points counted by area: minima first, oldest credit first, college courses up to their limit."""
        room, counted = COLLEGE_MOST, dict.fromkeys(AREAS, Decimal(0))
        for area in AREAS:
            for name, credit in self.credits.items():
                points = self.shares.get((cycle, name, area), Decimal(0)) if credit.fits(area) else Decimal(0)
                if credit.is_college and self.is_limited[cycle]:
                    points = min(points, room)
                    room -= points
                counted[area] += points
        return counted

    def standing(self, cycle: str) -> tuple[Decimal, Decimal]:
        """Counted points, and the total shortfall including that of each area."""
        counted = self.counted(cycle)
        total = sum(counted.values(), Decimal(0))
        lacking = [TOTAL - total, *(minimum - counted[area] for area, (minimum, _subject) in AREAS.items())]
        return total, sum((max(Decimal(0), one) for one in lacking), Decimal(0))
