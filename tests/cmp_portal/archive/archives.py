"""A holder packed up, and all that was there gone but the reference data."""

import json
from io import BytesIO
from zipfile import ZipFile

import pgtrigger
from django.core import serializers
from django.db import transaction

from accounts.models import Holder
from cmp_portal.archive import archive_of
from cmp_portal.export import export_file
from credentials.models import ActivityKind, Area, CredentialType, KindUnit, RequirementSet, Rule, Subject
from declarations.models import Attestation
from education.models import Provider

REFERENCE = (Subject, ActivityKind, KindUnit, CredentialType, RequirementSet, Area, Rule, Provider, Attestation)


def opened(holder, at):
    return ZipFile(BytesIO(b"".join(archive_of(holder, at=at))))


def taken(holder, at):
    return json.loads("".join(export_file(holder, at=at)))


def packed_up(make, now):
    """What there was of a holder, and their archive; of all that was there the reference data alone is left."""
    before = transaction.savepoint()
    holder = make()
    told, archive = taken(holder, now), opened(holder, now)
    rows = serializers.serialize("json", (row for model in REFERENCE for row in model.objects.order_by("pk")))
    transaction.savepoint_rollback(before)
    with pgtrigger.ignore():  # a set that was declared under takes no areas
        for row in serializers.deserialize("json", rows):
            row.save()
    assert not Holder.objects.exists()
    return told, archive
