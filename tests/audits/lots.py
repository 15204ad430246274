"""Audit rounds and the declarations that take part in them."""

from datetime import timedelta
from decimal import Decimal

from audits import actions, rules
from audits.models import Entry
from declarations.actions import submit
from declarations.enums import State
from tests.declarations.reviews import AT
from tests.factories import (
    AttestationFactory,
    CycleFactory,
    DeclarationFactory,
    MlsCredentialTypeFactory,
    in_state,
)

DAY = timedelta(days=1)
CUTOFF = AT + 7 * DAY
DRAWN = CUTOFF + DAY
ALL, NONE = Decimal(1), Decimal(0)


def opened(rate=ALL, *, cutoff=CUTOFF, at=AT - DAY, is_rolling=False, **more):
    return actions.open_round(rates=rules.Rates(rate, **more), cutoff=cutoff, at=at, is_rolling=is_rolling)


def received(count=1, *, at=AT, state=State.SUBMITTED, **of):
    """Declarations received at a given time for one credential type, each by a different holder."""
    if "cycle" not in of:
        of = {"cycle__credential__credential_type": MlsCredentialTypeFactory()} | of
    made = [DeclarationFactory(**of) for _one in range(count)]
    for one in made:
        in_state(one, State.SUBMITTED, at=at)
        in_state(one, state, at=at)
    return made


def of_kind(**of):
    return CycleFactory(credential__credential_type=MlsCredentialTypeFactory(), **of)


def drawn_numbers(round):
    return set(Entry.objects.filter(stratum__round=round, is_drawn=True).values_list("declaration__number", flat=True))


def population(round):
    return set(Entry.objects.filter(stratum__round=round).values_list("declaration__number", flat=True))


def again(declaration, *, at):
    """Resubmit it, or submit a new declaration for the same cycle."""
    user = declaration.holder.user
    return submit(cycle=declaration.cycle, attestation=AttestationFactory(), by=user, at=at)
