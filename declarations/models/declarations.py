"""Declarations, the attestation signed with them, and their moves."""

from functools import reduce
from operator import or_
from uuid import uuid4

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Holder, User
from cmp_portal.lib.history import track_history
from cmp_portal.lib.points import PointsField
from credentials.models import Cycle, RequirementSet
from declarations.enums import Move, State
from declarations.guards import append_only
from declarations.rules import DECIDED, LIVE, MOVES, transitions


def a_legal_move() -> Q:
    """The transition table as a condition on a step's move and its two states."""
    return reduce(
        or_,
        (Q(move=move, from_state__in=sorted(befores), to_state=after) for move, (befores, after) in MOVES.items()),
    )


class Attestation(models.Model):
    """A version of the statement that a holder signs."""

    version = models.CharField(max_length=16, unique=True)
    text = models.TextField()
    applies_from = models.DateField()
    verified = models.BooleanField(default=False)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        triggers = [
            pgtrigger.Trigger(
                name="keeps_its_words",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("version", "text"),
                func="""
                    IF (NEW.version, NEW.text) IS DISTINCT FROM (OLD.version, OLD.text)
                       AND EXISTS (SELECT 1 FROM declarations_declaration d WHERE d.attestation_id = OLD.id) THEN
                        RAISE EXCEPTION 'a wording that was signed is never rewritten: publish a new version'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"Attestation {self.version}"


@track_history()
class Declaration(models.Model):
    """A holder's declaration that they meet a cycle's requirements, and the Board's decision on it."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True, null=True, blank=True)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="declarations")
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="declarations")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField()
    # The first receipt; deadlines are measured by it even after a return.
    received_at = models.DateTimeField(null=True, blank=True)
    received_on = models.DateField(null=True, blank=True)
    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, null=True, blank=True)
    requirement_set = models.ForeignKey(RequirementSet, on_delete=models.PROTECT, null=True, blank=True)
    window_starts_on = models.DateField(null=True, blank=True)
    window_ends_on = models.DateField(null=True, blank=True)
    counted = PointsField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["cycle"], condition=Q(state__in=sorted(LIVE)), name="declaration_one_live_per_cycle"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="declaration_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.WITHDRAWN])
                | Q(
                    number__isnull=False,
                    received_at__isnull=False,
                    received_on__isnull=False,
                    attestation__isnull=False,
                    requirement_set__isnull=False,
                    window_starts_on__isnull=False,
                    window_ends_on__isnull=False,
                    counted__isnull=False,
                ),
                name="declaration_submitted_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, decided_on__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False, decided_on__isnull=False),
                name="declaration_decision_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True, received_at__isnull=True, received_on__isnull=True)
                | Q(number__isnull=False, received_at__isnull=False, received_on__isnull=False),
                name="declaration_receipt_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(counted__isnull=True) | Q(counted__gte=0), name="declaration_counted_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(window_starts_on__isnull=True) | Q(window_ends_on__gte=F("window_starts_on")),
                name="declaration_window_ends_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "received_at", "id"], name="declaration_queue"),
            models.Index(fields=["holder", "-id"], name="declaration_of_holder"),
        ]
        triggers = [
            pgtrigger.FSM(name="moves", field="state", transitions=transitions()),
            pgtrigger.Trigger(
                name="starts_as_draft",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.state <> 'draft' THEN
                        RAISE EXCEPTION 'a new declaration is a draft' USING ERRCODE = 'check_violation';
                    END IF;
                    IF NOT EXISTS (SELECT 1 FROM credentials_cycle y
                                    WHERE y.id = NEW.cycle_id AND y.holder_id = NEW.holder_id) THEN
                        RAISE EXCEPTION 'declaration and cycle have different holders'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="keeps_its_receipt",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF NEW.cycle_id <> OLD.cycle_id OR NEW.holder_id <> OLD.holder_id
                       OR (OLD.number IS NOT NULL AND NEW.number IS DISTINCT FROM OLD.number)
                       OR (OLD.received_at IS NOT NULL AND (NEW.received_at IS DISTINCT FROM OLD.received_at
                                                            OR NEW.received_on IS DISTINCT FROM OLD.received_on)) THEN
                        RAISE EXCEPTION 'a declaration keeps its cycle, number and first receipt'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # Deferred to commit, so that the move and the decision may be written in either order.
            pgtrigger.Trigger(
                name="decision_is_signed",
                level=pgtrigger.Row,
                when=pgtrigger.After,
                timing=pgtrigger.Deferred,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__state__in=sorted(DECIDED)),
                func="""
                    IF EXISTS (SELECT 1 FROM declarations_declaration d
                                WHERE d.id = NEW.id AND d.state = NEW.state AND d.decided_at IS NULL) THEN
                        RAISE EXCEPTION 'a decision says who made it and when' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Protect(name="is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.number or f"draft of {self.cycle}"

    def get_absolute_url(self) -> str:
        return reverse("declarations:detail", args=[self.uuid])


class Step(models.Model):
    """A move of a declaration, as shown in its history to the holder and the Board."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="steps")
    move = models.CharField(max_length=12, choices=Move)
    from_state = models.CharField(max_length=12, choices=State)
    to_state = models.CharField(max_length=12, choices=State)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True)
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    private_note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=a_legal_move(), name="step_is_a_legal_move"),
            models.UniqueConstraint(
                fields=["declaration"], condition=Q(move=Move.APPEAL), name="step_one_appeal_per_declaration"
            ),
        ]
        indexes = [models.Index(fields=["declaration", "id"], name="step_in_order")]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.from_state} to {self.to_state}"
