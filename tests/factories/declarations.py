import hashlib
from collections import deque
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import factory

from accounts.enums import Role
from accounts.models import User
from cmp_portal.lib import clock
from cmp_portal.lib.uploads import FileCondition
from credentials.models import Cycle
from declarations.actions.queue import enter
from declarations.enums import Grounds, Move, Ruled, State
from declarations.models import (
    Appeal,
    AppealDocument,
    Attestation,
    AtWork,
    Declaration,
    DeclaredCredit,
    Note,
    Ruling,
    Seal,
    Step,
    Terms,
    Waiting,
)
from declarations.rules import LIVE, MOVES, chained, digest_of
from tests.factories.accounts import HolderFactory, UserFactory
from tests.factories.credentials import CycleFactory, freeze
from tests.factories.education import CreditFactory, EvidenceFactory
from tests.factories.following import FollowingFactory

DECISIONS = {Move.APPROVE, Move.DENY, Move.UPHOLD, Move.OVERTURN}


class AttestationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Attestation
        django_get_or_create = ["version"]

    version = "1"
    text = "The entries are true, were completed in the window, may be audited, and I keep the documents."
    applies_from = date(2004, 1, 1)


class DeclarationFactory(FollowingFactory):
    """A draft for a cycle that can be declared; `state=State.X` moves it there by legal moves."""

    class Meta:
        model = Declaration

    _follows = {"holder": ["cycle.holder"]}

    holder = factory.SubFactory(HolderFactory)
    cycle = factory.SubFactory(CycleFactory, holder=factory.SelfAttribute("..holder"), ending=True)
    created_at = factory.LazyFunction(clock.now)

    @classmethod
    def _create(cls, model_class: type[Declaration], *args: Any, **kwargs: Any) -> Declaration:
        state = kwargs.pop("state", State.DRAFT)
        return in_state(super()._create(model_class, *args, **kwargs), state)


def in_state(declaration: Declaration, state: State, *, by: User | None = None, at: datetime | None = None) -> Any:
    """Move the declaration to the state by the shortest legal path, with a step for each move."""
    for move in _path(State(declaration.state), state):
        _apply(declaration, move, by=by, at=at or clock.now())
    return declaration


def _path(start: State, goal: State) -> list[Move]:
    paths: deque[tuple[State, list[Move]]] = deque([(start, [])])
    seen = {start}
    while paths:
        state, path = paths.popleft()
        if state == goal:
            return path
        for move, (befores, after) in MOVES.items():
            if state in befores and after not in seen:
                seen.add(after)
                paths.append((after, [*path, move]))
    raise AssertionError(f"no way from {start} to {goal}")


def _apply(declaration: Declaration, move: Move, *, by: User | None, at: datetime) -> None:
    before, after = declaration.state, MOVES[move][1]
    if move == Move.APPEAL:
        AppealFactory(declaration=declaration, at=at)
    if move in DECISIONS:
        by = by or UserFactory(roles=[Role.REVIEWER])
    fields = _receipt(declaration, at) if move == Move.SUBMIT else {}
    fields |= {"decided_by": by, "decided_at": at, "decided_on": clock.board_day(at)} if move in DECISIONS else {}
    Declaration.objects.filter(pk=declaration.pk).update(state=after, **fields)
    StepFactory(declaration=declaration, move=move, from_state=before, to_state=after, by=by, at=at)
    declaration.refresh_from_db()
    _mark_cycle(declaration, at)
    AtWork.objects.filter(waiting=declaration.pk).delete()
    Waiting.objects.filter(pk=declaration.pk).delete()
    enter([declaration.pk])


def _receipt(declaration: Declaration, at: datetime) -> dict[str, Any]:
    cycle = declaration.cycle
    return {
        "number": declaration.number or f"CMP-{at.year}-{declaration.pk:06}",
        "received_at": declaration.received_at or at,
        "received_on": declaration.received_on or clock.board_day(at),
        "attestation": AttestationFactory(),
        "requirement_set": freeze(cycle.requirement_set, at),
        "window_starts_on": cycle.starts_on,
        "window_ends_on": cycle.ends_on,
        "counted": cycle.requirement_set.total,
    }


def _mark_cycle(declaration: Declaration, at: datetime) -> None:
    is_live = declaration.state in LIVE
    Cycle.objects.filter(pk=declaration.cycle_id).update(
        declared_on=declaration.received_on if is_live else None,
        shares_frozen_at=at if declaration.state in LIVE - {State.DRAFT, State.RETURNED} else None,
        closed_at=at if declaration.state == State.RENEWED else None,
    )
    declaration.cycle.refresh_from_db()


class StepFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Step

    declaration = factory.SubFactory(DeclarationFactory)
    move = Move.SUBMIT
    from_state = State.DRAFT
    to_state = State.SUBMITTED
    at = factory.LazyFunction(clock.now)


class DeclaredCreditFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DeclaredCredit

    declaration = factory.SubFactory(DeclarationFactory, state=State.SUBMITTED)
    submission = 1
    position = factory.Sequence(lambda n: n + 1)
    content = factory.LazyAttribute(lambda o: signed_share())
    hash = factory.LazyAttribute(lambda o: hashlib.sha256(f"{o.position}{o.content}".encode()).hexdigest())


def signed_share() -> dict[str, Any]:
    """The signed content of a share whose credit no longer exists."""
    return {
        "title": "Carbapenemase detection in the routine laboratory",
        "area": "rest",
        "area_title": "Any",
        "points": "2.00",
        "credit": str(uuid4()),
        "provider": "ASCP",
        "provider_code": "ascp",
        "kind": "ce-course",
        "completed_on": "2025-05-05",
        "credit_points": "2.00",
        "evidence": [],
    }


class TermsFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Terms

    content = factory.Sequence(lambda n: {"version": f"{n}", "text": "The entries are true."})
    digest = factory.LazyAttribute(lambda o: digest_of(o.content))


class SealFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Seal

    declaration = factory.SubFactory(DeclarationFactory, state=State.SUBMITTED)
    submission = 1
    content = factory.LazyAttribute(lambda o: {"submission": o.submission, "shares": 0})
    hash = factory.LazyAttribute(lambda o: chained("", o.content))


class AppealFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Appeal

    declaration = factory.SubFactory(DeclarationFactory, state=State.DENIED)
    grounds = Grounds.ILLNESS
    letter = "I was unable to work from March of last year to June of this year; the physician's letter is enclosed."
    at = factory.LazyFunction(clock.now)


class AppealDocumentFactory(factory.django.DjangoModelFactory):
    """Uploaded with its appeal, by the same holder at the same time."""

    class Meta:
        model = AppealDocument

    appeal = factory.SubFactory(AppealFactory)
    evidence = factory.SubFactory(
        EvidenceFactory,
        credit=None,
        holder=factory.SelfAttribute("..appeal.declaration.holder"),
        uploaded_at=factory.SelfAttribute("..appeal.at"),
    )

    class Params:
        damaged = factory.Trait(
            appeal=factory.LazyFunction(lambda: DeclarationFactory(state=State.APPEALED).appeal),
            evidence__condition=FileCondition.UNREADABLE,
            evidence__checked_at=factory.SelfAttribute("..appeal.at"),
        )


class RulingFactory(factory.django.DjangoModelFactory):
    """A ruling on the first credit of a declaration in review."""

    class Meta:
        model = Ruling

    declaration = factory.SubFactory(DeclarationFactory, state=State.SUBMITTED)
    holder = factory.SelfAttribute("declaration.holder")
    submission = 1
    credit = factory.LazyAttribute(lambda o: declared_credit(o.declaration))
    outcome = Ruled.ACCEPTED
    by = factory.SubFactory(UserFactory, roles=[Role.REVIEWER])
    at = factory.LazyFunction(clock.now)


def declared_credit(declaration: Declaration) -> Any:
    """A credit of the holder that is part of the first submission."""
    credit = CreditFactory(holder=declaration.holder)
    DeclaredCreditFactory(
        declaration=declaration,
        content={
            **signed_share(),
            "title": credit.title,
            "provider": str(credit.provider),
            "kind": credit.kind.code,
            "completed_on": credit.completed_on.isoformat(),
            "credit": str(credit.uuid),
        },
    )
    return credit


class NoteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Note

    declaration = factory.SubFactory(DeclarationFactory, state=State.SUBMITTED)
    holder = factory.SelfAttribute("declaration.holder")
    is_shared = False
    text = "Compare the date with the one of last year's meeting."
    by = factory.SubFactory(UserFactory, roles=[Role.REVIEWER])
    at = factory.LazyFunction(clock.now)


class WaitingFactory(factory.django.DjangoModelFactory):
    """A declaration's row in the queue, created on submission."""

    class Meta:
        model = Waiting
        django_get_or_create = ["declaration"]

    declaration = factory.SubFactory(DeclarationFactory, state=State.SUBMITTED)
    holder = factory.SelfAttribute("declaration.holder")


class AtWorkFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AtWork

    waiting = factory.SubFactory(WaitingFactory)
    taken_by = factory.SubFactory(UserFactory, roles=[Role.REVIEWER])
    taken_at = factory.LazyFunction(clock.now)
