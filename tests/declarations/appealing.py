"""Helpers for appeals: a denied declaration and the appeal against it."""

from datetime import timedelta

from declarations import actions
from declarations.enums import Grounds
from tests.factories import AttestationFactory, HolderUserFactory, complete_cycle
from tests.fixtures import NOON

AT = NOON
LATER = AT + timedelta(days=1)
WORDS = {"grounds": Grounds.ILLNESS, "letter": "I was in hospital from May 2024 to August 2025."}
PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"


def cycle_of_a_user():
    """A cycle that can be declared at AT and expires three weeks later."""
    cycle = complete_cycle(at=AT)
    HolderUserFactory(holder=cycle.holder)
    return cycle


def denied(cycle, by):
    """A declaration, submitted by its holder and denied."""
    declaration = actions.submit(cycle=cycle, attestation=AttestationFactory(), by=cycle.holder.user, at=AT)
    return actions.deny(declaration=declaration, by=by, at=AT, note="The courses are not related.")


def appealed(declaration):
    return actions.appeal(declaration=declaration, by=declaration.holder.user, at=LATER, **WORDS)
