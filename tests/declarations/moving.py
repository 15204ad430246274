"""One declaration and every way it can be moved, each by who may, so that a process of its own may do it too."""

from datetime import date, timedelta

import time_machine

from accounts.enums import Role
from accounts.models import User
from cmp_portal.demo.history import audit
from cmp_portal.demo.stories import Act
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Grounds, Move
from declarations.models import Attestation, Declaration
from tests.factories import (
    AttestationFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
)
from tests.fixtures import NOON

AT = NOON - timedelta(days=20)
LETTER = {"grounds": Grounds.ILLNESS, "letter": "I was ill."}
# The last word of each is the move that is tried, the others lead there.
WAYS = [
    "submit",
    "submit withdraw",
    "submit audit",
    "submit approve",
    "submit send_back",
    "submit deny",
    "submit audit approve",
    "submit audit send_back",
    "submit audit deny",
    "submit deny appeal",
    "submit deny appeal uphold",
    "submit deny appeal overturn",
    "submit approve roll",
]


def prepare():
    """Complete, three weeks before its month of expiry; a reviewer, a colleague and an auditor."""
    with time_machine.travel(NOON, tick=False):
        cycle = CycleFactory(
            requirement_set=MlsRequirementSetFactory(), starts_on=date(2023, 4, 1), ends_on=date(2026, 3, 31)
        )
        allocate_all(cycle)
        HolderUserFactory(holder=cycle.holder)
        AttestationFactory()
        for role in (Role.REVIEWER, Role.REVIEWER, Role.AUDITOR):
            UserFactory(roles=[role])


def act(name):
    """Makes a move."""
    user = User.objects.get(holder__isnull=False)
    reviewer, colleague, auditor = User.objects.filter(holder=None).order_by("id")
    if name == "submit":
        return actions.submit(cycle=Cycle.objects.get(), attestation=Attestation.objects.get(), by=user, at=AT)
    if name == "roll":
        return actions.roll(on=date(2026, 3, 1), at=NOON)
    declaration = Declaration.objects.get()
    if name == "audit":
        return audit(declaration, Act(Move.AUDIT, 20), by=auditor, at=AT)
    said = LETTER if name == "appeal" else {} if name == "withdraw" else {"note": "As the file shows."}
    by = user if name in ("appeal", "withdraw") else colleague if name in ("uphold", "overturn") else reviewer
    return getattr(actions, name)(declaration=declaration, by=by, at=AT, **said)
