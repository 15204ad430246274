"""Erasure of personal data, table by table with one statement each; idempotent.

Three depths. CLOSED: the account and everything that only serves it; the Board still knows the holder, now without an
account. ERASED: also whatever no declaration needs, with its history, and the address and birth month on file.
FORGOTTEN: once RECORD_RETENTION_YEARS have passed, also the holder's identity; what was signed stays, without a name.
"""

import re
from collections import Counter
from datetime import date
from enum import IntEnum
from functools import partial
from typing import Any

import pgtrigger
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from accounts.enums import LetterKind
from accounts.models import (
    NOBODY,
    Alert,
    CalendarFeed,
    Change,
    ChangeDocument,
    Correspondence,
    Digest,
    Holder,
    Letter,
    Preference,
    StaffIdentity,
    User,
)
from accounts.queries import correspondence_of
from audits.models import Audit, AuditStep, Colleague, Finding, NotAvailable
from audits.rules.moves import OPEN
from credentials.models import Claim, Credential, HoldDecision, SynchronisationRequest
from credentials.rules import anniversary
from declarations.enums import OFFLINE, State
from declarations.models import (
    Appeal,
    AppealDocument,
    Declaration,
    DeclaredCredit,
    Note,
    Payment,
    Proof,
    Refund,
    Ruling,
    ShareLink,
    Step,
)
from education.models import Allocation, AllocationUndo, Credit, CycleStatus, Dispute, Evidence, IntakeRow, Match

GONE = "(erased)"
# While a declaration is pending, its holder must be reachable.
ON_ITS_WAY = {State.SUBMITTED, State.UNDER_AUDIT, State.RETURNED, State.ELIGIBLE, State.APPEALED}
Rows = QuerySet[Any]


class Depth(IntEnum):
    CLOSED = 1
    ERASED = 2
    FORGOTTEN = 3


class StillNeeded(Exception):
    """Something pending needs the record; nothing was erased."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


def needed_for(holder: Holder) -> list[str]:
    """What pending matters need the record: declarations by number, and their audits."""
    on_its_way = Declaration.objects.filter(holder=holder, state__in=ON_ITS_WAY).order_by("id")
    audited = Audit.objects.filter(holder=holder, state__in=OPEN).exclude(declaration__state=State.WITHDRAWN)
    return [
        *(
            _("declaration %(number)s: %(state)s") % {"number": one.number, "state": State(one.state).label.lower()}
            for one in on_its_way
        ),
        *(
            _("audit of declaration %(number)s") % {"number": one.declaration.number}
            for one in audited.select_related("declaration").order_by("id")
        ),
    ]


def keeps_until(holder: Holder) -> date | None:
    """The last day on which records must identify the holder.

    None if the Board has set no retention period, or if some credential has no end.
    """
    years = settings.RECORD_RETENTION_YEARS
    credentials = holder.credentials.annotate(ends_on=models.Max("cycles__ends_on")).values_list("ends_on", flat=True)
    ends = list(credentials)
    if years is None or not all(ends):
        return None
    last = max(ends, default=None)
    return anniversary(last, years) if last else date.min


def last_letters(holder: Holder) -> Rows:
    """Letters still to be sent after an account was closed, each to one address."""
    return Letter.objects.outliving().filter(holder=holder)


@transaction.atomic
def erase(holder: Holder, depth: Depth) -> Counter[str]:
    """Erase the holder's data to this depth; returns the number of rows deleted or emptied per table.

    Raises StillNeeded while something is pending.
    """
    holder = Holder.objects.select_for_update().get(pk=holder.pk)
    if reasons := needed_for(holder):
        raise StillNeeded(reasons)
    erasure = _Erasure(holder)
    with pgtrigger.ignore(*_written_once(), databases=[DEFAULT_DB_ALIAS]):
        erasure.close()
        if depth >= Depth.ERASED:
            erasure.erase()
        if depth >= Depth.FORGOTTEN:
            erasure.forget()
    return +erasure.counts


@transaction.atomic
def erase_login(login: User) -> Counter[str]:
    """Erase an account that has no record; returns the number of rows deleted or emptied per table."""
    accounts = _Accounts()
    with pgtrigger.ignore(*_written_once(), databases=[DEFAULT_DB_ALIAS]):
        accounts.close_logins(list(User.objects.select_for_update().filter(pk=login.pk, holder=None)))
    return +accounts.counts


def _written_once() -> list[str]:
    """The triggers that protect history and immutable texts."""
    guards = [(model._meta.label, one.name) for model, one in pgtrigger.registered()]
    return [f"{label}:{name}" for label, name in guards if name in {"append_only", "keeps_its_words"}]


class _Accounts:
    """Closes accounts, and counts the rows affected."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def close_logins(self, logins: list[User]) -> None:
        keys = UserSession.objects.filter(user__in=logins).values("session_key")
        self._delete(Session, session_key__in=keys)
        of_login: tuple[Any, ...] = (UserSession, Authenticator, EmailAddress, StaffIdentity, Claim)
        for model in of_login:
            self._delete(model, user__in=logins)
        for login in logins:
            self._empty_login(login)

    def _empty_login(self, login: User) -> None:
        """Anonymize the account's row, which stays for its actions; the holder may return with a new account."""
        nobody = {"email": f"{NOBODY}-{login.pk}@account.invalid"}
        closed: dict[str, Any] = {"is_active": False, "holder": None, "roles": [], "password": UNUSABLE_PASSWORD_PREFIX}
        self._empty(User.objects.filter(pk=login.pk), **nobody, **closed)
        self._empty(history_of(User).filter(id=login.pk).exclude(**nobody), **nobody)
        self._empty(named_in_the_log(login.email), object_repr=GONE)

    def _delete(self, model: Any, *conditions: Q, **where: Any) -> None:
        """Delete rows, their history and that of rows deleted earlier, and their files once committed."""
        rows = model.objects.filter(*conditions, **where)
        if model in (Evidence, ChangeDocument):
            self._remove_files(rows)
        self.counts[model.__name__] += rows.delete()[0]
        if hasattr(model, "pgh_event_model"):
            history = history_of(model).filter(*conditions, **where)
            self.counts[history.model.__name__] += history.delete()[0]

    def _remove_files(self, rows: Rows) -> None:
        """Delete files after commit; the nightly sweep of orphaned files finds any that could not be deleted."""
        for row in rows:
            for file in (row.file, getattr(row, "preview", None)):
                if file:
                    transaction.on_commit(partial(file.storage.delete, file.name), robust=True)

    def _empty(self, rows: Rows, **values: Any) -> None:
        self.counts[rows.model.__name__] += rows.update(**values)


class _Erasure(_Accounts):
    """Runs the statements about a holder."""

    def __init__(self, holder: Holder) -> None:
        super().__init__()
        self.holder = holder

    def close(self) -> None:
        self.close_logins(list(User.objects.filter(holder=self.holder)))
        self._close_letters()
        for model in (Alert, Digest, Preference, Correspondence, CalendarFeed, ShareLink):
            self._delete(model, holder=self.holder)

    def _close_letters(self) -> None:
        """Keep letters that tell the holder of the closure, and a previous address of its change; delete all others.

        Each kept row is deleted when it is sent; until then it stores its reader's language.
        """
        warnings = Letter.objects.waiting().filter(holder=self.holder, kind=LetterKind.ADDRESS_CHANGED, language="")
        warnings.update(language=correspondence_of(self.holder).written_in)
        self._delete(Letter, language="", holder=self.holder)

    def erase(self) -> None:
        mine = {"holder": self.holder}
        kept = list(signed_credits(self.holder).values_list("pk", flat=True))
        for model in (ChangeDocument, Change, SynchronisationRequest, AllocationUndo, CycleStatus):
            self._delete(model, **mine)
        self._delete(Match, ~Q(recorded__in=kept) & ~Q(delivered__in=kept), **mine)
        for one in (Dispute, Evidence, Allocation):
            self._delete(one, ~Q(credit__in=kept), Q(credit__isnull=False), **mine)
        self._delete(Credit, ~Q(id__in=kept), **mine)
        number = Q(resolved_to=self.holder) | Q(record__customer_number=self.holder.customer_number)
        self._empty(IntakeRow.objects.filter(number).exclude(record={}), record={})
        self._register({"email": "", "birth_month": None})

    def forget(self) -> None:
        """Erase the identity: names and numbers in the register, and all free text that anybody wrote."""
        mine, audited = {"holder": self.holder}, {"audit__holder": self.holder}
        declared = {"declaration__holder": self.holder}
        self._empty(named_in_the_log(self.holder.customer_number), object_repr=GONE)
        number = self.holder.number_of_nobody
        self._register({"first_name": "", "last_name": NOBODY, "customer_number": number})
        self._delete(AppealDocument, appeal__declaration__holder=self.holder)
        self._remove_files(Evidence.objects.filter(**mine))
        self.counts["Evidence"] += Evidence.objects.filter(**mine).delete()[0]
        self._words(history_of(Evidence).filter(**mine), "name")
        self._words(Credential.objects.filter(**mine), "hold_reason")
        self._words(history_of(Credential).filter(**mine), "hold_reason")
        self._words(HoldDecision.objects.filter(credential__holder=self.holder), "reason")
        self._words(Step.objects.filter(**declared), "note", "private_note")
        self._words(Appeal.objects.filter(**declared), "letter")
        self._words(Note.objects.filter(**mine), "text")
        self._words(Ruling.objects.filter(**mine), "reason")
        self._names(Proof.objects.filter(**mine))
        # References of offline payments are typed by staff; those of a payment service name nobody.
        self._words(Payment.objects.filter(fee__holder=self.holder), "note")
        self._words(Payment.objects.filter(fee__holder=self.holder, gateway=OFFLINE), "reference")
        refunds = Refund.objects.filter(payment__fee__holder=self.holder)
        for rows in (refunds, history_of(Refund).filter(payment__fee__holder=self.holder)):
            self._words(rows, "reason")
        self._words(AuditStep.objects.filter(**audited), "note")
        audits = Audit.objects.filter(**mine).values("pk")
        for model in (Finding, NotAvailable):
            self._words(model.objects.filter(**audited), "reason")
            self._words(history_of(model).filter(audit__in=audits), "reason")
        for rows in (Dispute.objects.filter(**mine), history_of(Dispute).filter(**mine)):
            self._words(rows, "note", "answer")
        self._words(Colleague.objects.filter(colleague=self.holder), "note")
        self._words(history_of(Colleague).filter(colleague=self.holder), "note")

    def _register(self, values: dict[str, Any]) -> None:
        """Set these values in the holder's row and its history."""
        for rows in (
            Holder.objects.filter(pk=self.holder.pk),
            history_of(Holder).filter(id=self.holder.pk),
        ):
            self._empty(rows.exclude(**values), **values)

    def _words(self, rows: Rows, *names: str) -> None:
        for name in names:
            self._empty(rows.exclude(**{f"{name}__in": ["", GONE]}), **{name: GONE})

    def _names(self, proofs: Rows) -> None:
        """Erase the name in proofs of renewal; the credential and its dates stay."""
        nobody = Func(F("content"), Value("{holder}"), Value(GONE, models.JSONField()), function="jsonb_set")
        self._empty(proofs.exclude(content__holder=GONE), content=nobody)


def history_of(model: Any) -> Any:
    """The history rows of a tracked model."""
    return model.pgh_event_model.objects


def named_in_the_log(name: str) -> Rows:
    """What staff did to rows that are called by this address or number, not by a longer one that contains it."""
    before, after = r"[[:alnum:]._%+-]", r"[[:alnum:]_%+-]|\.[[:alnum:]]"
    return LogEntry.objects.filter(object_repr__regex=f"(?<!{before}){re.escape(name)}(?!{after})")


def signed_credits(holder: Holder) -> Rows:
    """Credits that a declaration, a decision or a closed cycle refers to."""
    signed = DeclaredCredit.objects.filter(declaration__holder=holder).values(
        credit=Cast(KT("content__credit"), models.UUIDField())
    )
    spoken_of = Credit.objects.filter(holder=holder).filter(
        Q(uuid__in=signed)
        | Q(allocations__cycle__shares_frozen_at__isnull=False)
        | Q(pk__in=Ruling.objects.filter(holder=holder).values("credit"))
        | Q(pk__in=NotAvailable.objects.filter(audit__holder=holder).values("credit"))
    )
    return spoken_of.distinct()
