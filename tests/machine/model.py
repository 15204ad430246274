"""Reference model of a holder's record in plain dicts, with which the portal is compared step by step.

Chemistry requires 2.00 points, safety 1.00, all areas together 4.00; every credit lies in the window.
"""

from dataclasses import dataclass, field
from decimal import Decimal

STEP = Decimal("0.25")
TOTAL = Decimal(4)
MINIMA = {"chemistry": Decimal(2), "safety": Decimal(1), "rest": Decimal(0)}
ACCEPTS = {"chemistry": {"chemistry"}, "safety": {"safety"}, "rest": {"chemistry", "safety", "management"}}

# State of the declaration -> possible moves and the states they lead to.
MOVES = {
    "submitted": {
        "audit": "under_audit",
        "return": "returned",
        "approve": "eligible",
        "deny": "denied",
        "withdraw": "withdrawn",
    },
    "under_audit": {"return": "returned", "approve": "eligible", "deny": "denied"},
    "returned": {"withdraw": "withdrawn"},
    "denied": {"appeal": "appealed"},
    "appealed": {"uphold": "denied", "overturn": "eligible"},
    "eligible": {"renew": "renewed"},
}
FROZEN = {"submitted", "under_audit", "appealed", "eligible", "renewed"}


class Refused(Exception):
    """The portal must refuse this and change nothing."""


@dataclass
class Credit:
    subject: str
    points: Decimal
    is_delivered: bool = False
    is_withdrawn: bool = False
    # The recorded credit that a provider has delivered as this one.
    recorded_as: str = ""
    recorded_points: Decimal = Decimal(0)
    recorded_subject: str = ""
    was_matched: bool = False


@dataclass
class Model:
    """Credits by name, shares by credit and area in order of creation."""

    credits: dict[str, Credit] = field(default_factory=dict)
    shares: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    state: str = "none"
    # The shares as last signed, and whether the declaration was appealed before.
    signed: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    was_appealed: bool = False

    @property
    def is_frozen(self) -> bool:
        return self.state in FROZEN

    def counted(self, area: str | None = None) -> Decimal:
        """Points that count: a share whose credit has since changed its subject remains but doesn't count."""
        fitting = {
            key: points for key, points in self.shares.items() if self.credits[key[0]].subject in ACCEPTS[key[1]]
        }
        return sum((points for (_credit, where), points in fitting.items() if area in (None, where)), Decimal(0))

    @property
    def shortfall(self) -> Decimal:
        short = [minimum - self.counted(area) for area, minimum in MINIMA.items()]
        return sum((missing for missing in [TOTAL - self.counted(), *short] if missing > 0), Decimal(0))

    def used(self, credit: str) -> Decimal:
        return sum((points for (name, _area), points in self.shares.items() if name == credit), Decimal(0))

    # --- What a holder does -------------------------------------------------------------------------------------------

    def record(self, name: str, subject: str, points: Decimal) -> None:
        self.credits[name] = Credit(subject, points)

    def edit(self, name: str, points: Decimal) -> None:
        self._refuse_unless_own(name)
        if points < self.used(name):
            raise Refused("more is allocated")
        self.credits[name].points = points

    def withdraw(self, name: str) -> None:
        self._refuse_unless_own(name)
        self.credits[name].is_withdrawn = True
        self.shares = {key: points for key, points in self.shares.items() if key[0] != name}

    def allocate(self, name: str, area: str, points: Decimal) -> None:
        self._refuse_frozen()
        credit = self.credits[name]
        others = self.used(name) - self.shares.get((name, area), Decimal(0))
        if credit.is_withdrawn or credit.subject not in ACCEPTS[area] or points > credit.points - others:
            raise Refused("it would not count")
        self.shares[name, area] = points

    def release(self, name: str, area: str) -> None:
        self._refuse_frozen()
        self.shares.pop((name, area), None)

    def declare(self) -> None:
        if self.state in FROZEN:
            return
        if self.shortfall:
            raise Refused("incomplete")
        if self.state != "returned":
            self.was_appealed = False
        self.state, self.signed = "submitted", dict(self.shares)

    # --- What a provider does -----------------------------------------------------------------------------------------

    def deliver(self, name: str, subject: str, points: Decimal) -> None:
        self.credits[name] = Credit(subject, points, is_delivered=True)

    def correct(self, name: str, subject: str, points: Decimal) -> None:
        """Always accepted; shares beyond the new points are reduced, newest first, unless frozen."""
        self.credits[name].subject, self.credits[name].points = subject, points
        if not self.is_frozen:
            self._cut(name)

    def match(self, name: str, key: str) -> None:
        """A provider delivers a recorded credit: the two become one under the provider's key, keeping its shares."""
        credit = self.credits.pop(name)
        credit.is_delivered, credit.recorded_as = True, name
        credit.recorded_points, credit.recorded_subject = credit.points, credit.subject
        self.credits[key] = credit
        self._rename(name, key)

    def unmatch(self, key: str) -> None:
        """Separate the credits again; the shares stay with the recorded one, as far as its own points cover them."""
        credit = self.credits[key]
        if self.is_frozen and self.used(key):
            raise Refused("declared")
        self.credits[credit.recorded_as] = Credit(credit.recorded_subject, credit.recorded_points, was_matched=True)
        self.credits[key] = Credit(credit.subject, credit.points, is_delivered=True)
        self._rename(key, credit.recorded_as)
        if not self.is_frozen:
            self._cut(credit.recorded_as)

    def _rename(self, old: str, new: str) -> None:
        self.shares = self._renamed(self.shares, old, new)
        self.signed = self._renamed(self.signed, old, new)

    def _renamed(self, shares: dict[tuple[str, str], Decimal], old: str, new: str) -> dict[tuple[str, str], Decimal]:
        return {(new if name == old else name, area): points for (name, area), points in shares.items()}

    # --- What the Board does ------------------------------------------------------------------------------------------

    def move(self, move: str) -> None:
        if move not in MOVES.get(self.state, {}):
            raise Refused(f"no {move} from {self.state}")
        if move == "approve" and self._is_incomplete_now():
            raise Refused("complete or returned")
        self.state = MOVES[self.state][move]
        if not self.is_frozen:
            for name in self.credits:
                self._cut(name)

    def _is_incomplete_now(self) -> bool:
        """Whether it is incomplete with the credits as corrected since; frozen shares remain as signed."""
        signed = self.shares
        order = list(MINIMA)
        self.shares = dict(sorted(signed.items(), key=lambda share: order.index(share[0][1])))
        for name in self.credits:
            self._cut(name)
        found, self.shares = self.shortfall > 0, signed
        return found

    def appeal(self) -> None:
        """Restore the signed shares, as far as the credits still cover them."""
        if self.state == "appealed":
            return  # a repeated appeal has no effect
        if self.was_appealed:
            raise Refused("appealed before")
        self.move("appeal")
        self.was_appealed = True
        self.shares = dict(sorted(self.signed.items()))
        for name in self.credits:
            self._cut(name)

    def _cut(self, name: str) -> None:
        left = Decimal(0) if self.credits[name].is_withdrawn else self.credits[name].points
        for key in [key for key in self.shares if key[0] == name]:
            kept = min(self.shares[key], left)
            left -= kept
            if kept:
                self.shares[key] = kept
            else:
                del self.shares[key]

    def _refuse_frozen(self) -> None:
        if self.is_frozen:
            raise Refused("declared")

    def _refuse_unless_own(self, name: str) -> None:
        if self.credits[name].is_delivered:
            raise Refused("of a provider")
        if self.is_frozen and self.used(name):
            raise Refused("declared")
