"""Reminders of documents due for an audit: only the nearest step, each sent once."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import report, tell_all, withdraw_alerts
from accounts.enums import AlertKind, Withdrawal
from accounts.models import Alert
from accounts.queries import in_language_of_each
from audits.models import Audit
from audits.rules.moves import WITH_HOLDER, reminder
from cmp_portal.lib.dates import longdate
from declarations.enums import State

STEPS = (14, 7, 1)
BATCH = 500


def remind(*, on: date, at: datetime) -> int:
    """Remind holders of documents that are due or overdue; return how many. Idempotent within a day."""
    count = after = 0
    while True:
        told, last = _remind_some(after, on=on, at=at)
        count += told
        report(count)
        if last is None:
            return count
        after = last


@transaction.atomic
def _remind_some(after: int, *, on: date, at: datetime) -> tuple[int, int | None]:
    """Remind one batch after the ID `after`; skips audits locked by others, such as one just being handed in."""
    due = Audit.objects.filter(
        pk__gt=after, state__in=sorted(WITH_HOLDER), due_on__isnull=False, declaration__state=State.UNDER_AUDIT
    )
    due = due.select_for_update(of=("self",), skip_locked=True)
    audits = list(due.select_related("declaration__cycle__credential__credential_type").order_by("pk")[:BATCH])
    alerts = list(_alerts(audits, on=on, at=at))
    for alert in alerts:
        _overtake(alert, at=at)
    tell_all(alerts)
    return len(alerts), audits[-1].pk if audits else None


def _alerts(audits: Sequence[Audit], *, on: date, at: datetime) -> Iterator[Alert]:
    known = Alert.objects.filter(holder__in={one.holder_id for one in audits}, kind=AlertKind.AUDIT_DUE)
    told = set(known.values_list("key", flat=True))
    for audit in in_language_of_each(audits, lambda audit: audit.holder_id):
        assert audit.due_on is not None  # noqa: S101 (they were chosen by it)
        step = reminder(on, audit.due_on, STEPS)
        if step is None:
            continue
        # A nearer reminder already sent stands, even if the job is run by hand for an earlier day.
        nearer = [one for one in (-1, *STEPS) if one <= step]
        if told.isdisjoint(_key(audit, one) for one in nearer):
            yield _alert(audit, step, at=at)


def _key(audit: Audit, step: int) -> str:
    return f"{AlertKind.AUDIT_DUE}:{audit.pk}:{audit.due_on}:{step}"


def _alert(audit: Audit, step: int, *, at: datetime) -> Alert:
    words = {
        "credential": audit.declaration.cycle.credential.credential_type.code,
        "day": longdate(audit.due_on) if audit.due_on else "",
    }
    if step < 0:
        title = _("Audit of your declaration for %(credential)s: your documents are overdue")
        body = _("They were due on %(day)s. Submit what you have now, or ask the Board for more time.")
    else:
        title = _("Audit of your declaration for %(credential)s: documents due by %(day)s")
        body = _("Add what is still missing, and submit it by %(day)s. If there is no document, explain why.")
    return Alert(
        holder_id=audit.holder_id,
        kind=AlertKind.AUDIT_DUE,
        key=_key(audit, step),
        title=title % words,
        body=body % words,
        link=audit.get_absolute_url(),
        created_at=at,
    )


def _overtake(alert: Alert, *, at: datetime) -> None:
    """Withdraw the earlier reminders that a nearer one supersedes."""
    prefix = alert.key.rpartition(":")[0]
    standing = Alert.objects.filter(holder=alert.holder_id, key__startswith=f"{prefix}:", withdrawn_at=None)
    keys = standing.values_list("key", flat=True)
    withdraw_alerts(holder_id=alert.holder_id, keys=keys, at=at, because=Withdrawal.OVERTAKEN)
