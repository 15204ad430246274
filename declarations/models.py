from functools import reduce
from operator import or_
from uuid import uuid4

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models import Holder, User
from cmp_portal.lib.history import track_history
from cmp_portal.lib.points import PointsField
from credentials.models import Area, CredentialType, Cycle, RequirementSet
from declarations.enums import Flag, Grounds, Move, Ruled, State
from declarations.guards import append_only, note_guards, ruling_guards
from declarations.rules import LIVE, MOVES, UNDECIDED, transitions
from education.models import Credit

DECIDED = {State.ELIGIBLE, State.DENIED, State.APPEALED, State.RENEWED}


def a_legal_move() -> Q:
    """What the table of moves allows, for a step's move and its two states."""
    return reduce(
        or_,
        (Q(move=move, from_state__in=sorted(befores), to_state=after) for move, (befores, after) in MOVES.items()),
    )


class Attestation(models.Model):
    """The wording a holder signs, version by version."""

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
    """A holder's word that a cycle's requirements are met, and what the Board made of it."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True, null=True, blank=True)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="declarations")
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="declarations")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    created_at = models.DateTimeField()
    # The first receipt; deadlines are judged by it, also after a return.
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
            # At commit, so that the move and the decision may be written one after the other.
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
    """One move of a declaration: the history its holder and the Board see."""

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


class DeclaredCredit(models.Model):
    """One share as it was signed; each row's hash covers the row before it."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="declared")
    submission = models.PositiveSmallIntegerField()
    position = models.PositiveIntegerField()
    content = models.JSONField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "submission", "position"], name="declared_credit_in_order"),
            models.CheckConstraint(condition=Q(hash__regex=r"^[0-9a-f]{64}$"), name="declared_credit_hash_is_sha256"),
            models.CheckConstraint(
                condition=Q(previous_hash="") | Q(previous_hash__regex=r"^[0-9a-f]{64}$"),
                name="declared_credit_previous_hash_is_sha256",
            ),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.declaration} {self.position}"


class Terms(models.Model):
    """Requirements, or a wording, as they were signed: kept once, by their digest, for all who signed them."""

    digest = models.CharField(max_length=64, unique=True)
    content = models.JSONField()

    class Meta:
        verbose_name_plural = "terms"
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="terms_digest_is_sha256")
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return self.digest


class Seal(models.Model):
    """What a submission says as a whole. It closes the chain of its shares, and covers the seal before it."""

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="seals")
    submission = models.PositiveSmallIntegerField()
    content = models.JSONField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["declaration", "submission"], name="seal_once_per_submission"),
            models.CheckConstraint(condition=Q(hash__regex=r"^[0-9a-f]{64}$"), name="seal_hash_is_sha256"),
            models.CheckConstraint(
                condition=Q(previous_hash="") | Q(previous_hash__regex=r"^[0-9a-f]{64}$"),
                name="seal_previous_hash_is_sha256",
            ),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"{self.declaration}, submission {self.submission}"


class Appeal(models.Model):
    """A letter against a denial; once per declaration."""

    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, related_name="appeal")
    grounds = models.CharField(max_length=12, choices=Grounds)
    letter = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(letter=""), name="appeal_has_letter"),
            models.CheckConstraint(condition=Q(grounds__in=Grounds.values), name="appeal_grounds_are_known"),
        ]
        triggers = [append_only()]

    def __str__(self) -> str:
        return f"appeal of {self.declaration}"


class Ruling(models.Model):
    """What a reviewer says of one declared credit; the newest of a submission holds, the frozen copy stays."""

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="rulings", db_index=False)
    submission = models.PositiveSmallIntegerField()
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="rulings")
    outcome = models.CharField(max_length=12, choices=Ruled)
    # Where all of its declared points count instead.
    area = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Ruled.values), name="ruling_outcome_is_known"),
            models.CheckConstraint(
                condition=Q(outcome=Ruled.MOVED, area__isnull=False) | (~Q(outcome=Ruled.MOVED) & Q(area__isnull=True)),
                name="ruling_moved_says_where",
            ),
            models.CheckConstraint(condition=Q(outcome=Ruled.ACCEPTED) | ~Q(reason=""), name="ruling_against_says_why"),
        ]
        indexes = [models.Index(fields=["declaration", "submission", "credit", "-id"], name="ruling_newest")]
        triggers = ruling_guards()

    def __str__(self) -> str:
        return f"{self.credit}: {self.get_outcome_display()}"


class Note(models.Model):
    """A word about a declaration, for the Board's staff or for its holder too."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="notes")
    is_shared = models.BooleanField()
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="note_has_text")]
        triggers = note_guards()

    def __str__(self) -> str:
        return self.text[:60]


class Waiting(models.Model):
    """A declaration that waits for the Board, for its queue: derived, written with each move, reconciled hourly."""

    declaration = models.OneToOneField(Declaration, on_delete=models.PROTECT, primary_key=True, related_name="waiting")
    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="+")
    credential_type = models.ForeignKey(CredentialType, on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=12, choices=State)
    due_on = models.DateField()
    flags = ArrayField(models.CharField(max_length=16, choices=Flag), default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=sorted(UNDECIDED)), name="waiting_is_undecided"),
            models.CheckConstraint(condition=Q(flags__contained_by=Flag.values), name="waiting_flags_are_known"),
        ]
        indexes = [
            models.Index(fields=["due_on", "declaration"], name="waiting_in_order"),
            models.Index(fields=["credential_type", "due_on", "declaration"], name="waiting_of_type"),
            GinIndex(fields=["flags"], name="waiting_by_flag"),
        ]

    def __str__(self) -> str:
        return f"{self.declaration} due on {self.due_on}"


class AtWork(models.Model):
    """Who is at work on a declaration, so that two reviewers do not collide; it lapses after a while."""

    waiting = models.OneToOneField(Waiting, on_delete=models.CASCADE, primary_key=True, related_name="at_work")
    taken_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.waiting}: {self.taken_by}"
