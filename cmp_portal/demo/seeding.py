"""Seeds the whole demo once, in a single transaction."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

import pghistory
from django.db import transaction
from django.db.models import F

from accounts.enums import AlertKind
from accounts.models import Alert, User
from cmp_portal.demo import deliveries
from cmp_portal.demo.days import ago, moment
from cmp_portal.demo.history import history_of
from cmp_portal.demo.people import PEOPLE
from cmp_portal.demo.register import write_register
from cmp_portal.demo.signins import SIGN_INS
from cmp_portal.demo.studies import write_documents, write_studies
from credentials.models import CredentialType, Cycle, RequirementSet
from declarations.models import Attestation
from education.actions import refresh_status
from education.models import Provider

HELD_AGO = 60
# Older alerts count as dismissed, except those that still require something.
READ_WITHIN = 14
LASTING = [AlertKind.EXPIRED]


class NotLoaded(Exception):
    """The reference data or the requirements are missing."""


def is_seeded() -> bool:
    """Whether the demo's people exist; they are created all at once or not at all."""
    return User.objects.filter(email__in=SIGN_INS).exists()


@transaction.atomic
def seed(*, on: date, at: datetime, say: Callable[[str], None] = lambda line: None) -> None:
    """Write the year before the Board's day `on`; `at` is the time on that day.

    Raises NotLoaded unless the reference data and the requirements have been loaded.
    """
    _refuse_unloaded()
    with pghistory.context(command="seed_demo"):
        say("people")
        register = write_register(PEOPLE, on=on, at=moment(ago(on, HELD_AGO), 11))
        say("credits")
        studies = write_studies(register)
        write_documents(studies)
        history = history_of(register, studies, on=on, at=at)
        delivered_at = moment(ago(on, deliveries.DELIVERED_AGO), 8)
        history.add(delivered_at, partial(deliveries.deliver, on=on, at=delivered_at))
        history.happen(say)
        say("alerts")
        _compute_missing_statuses(at=at)
        _put_away_alerts(on)


def _refuse_unloaded() -> None:
    types = {story.credential for person in PEOPLE for story in person.stories}
    known = CredentialType.objects.filter(code__in=types, requirement_sets__in=RequirementSet.objects.all())
    if known.distinct().count() < len(types) or not Provider.objects.exists() or not Attestation.objects.exists():
        raise NotLoaded("The reference data is missing: run load_reference and load_requirements first.")


def _compute_missing_statuses(*, at: datetime) -> None:
    refresh_status(Cycle.objects.filter(closed_at=None, status=None).values_list("pk", flat=True), at=at)


def _put_away_alerts(on: date) -> None:
    """Mark older alerts as emailed, so that the first delivery does not email everybody."""
    Alert.objects.filter(created_at__lt=moment(on, 0), emailed_at=None).update(
        emailed_at=F("created_at") + timedelta(minutes=1)
    )
    old = Alert.objects.filter(created_at__lt=moment(ago(on, READ_WITHIN), 0), dismissed_at=None)
    old.exclude(kind__in=LASTING).update(dismissed_at=F("created_at") + timedelta(days=2))
