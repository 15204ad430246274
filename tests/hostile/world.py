"""A row behind every address, and somebody for every role."""

from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile

from accounts.enums import Role
from accounts.models import User
from tests import factories
from tests.world import build


@dataclass
class World:
    people: dict[str, User]
    parts: dict[str, object]


def make(at: datetime) -> World:
    """The world in which everything is as it must be, and one holder with a row for every form."""
    build(at)
    cycle = factories.CycleFactory(mls=True, ending=True)
    holder = cycle.holder
    owner = factories.HolderUserFactory(holder=holder)
    credit = factories.CreditFactory(holder=holder, self_recorded=True, subjects=["chemistry"])
    factories.AllocationFactory(cycle=cycle, credit=credit)
    delivered = factories.CreditFactory(holder=holder)
    factories.DisputeFactory(credit=factories.CreditFactory(holder=holder), raised_by=owner)
    factories.CycleFactory(holder=holder)
    factories.ClaimFactory()
    factories.JobRunFactory()
    declaration = factories.DeclarationFactory(cycle=factories.CycleFactory(holder=holder))
    evidence = factories.EvidenceFactory(credit=credit, preview=ContentFile(b"a picture", "scan.jpg"))
    people = {role.value: factories.UserFactory(roles=[role]) for role in Role if role != Role.HOLDER}
    parts = {
        "cycle": cycle.pk,
        "credit": credit.uuid,
        "uuid": credit.uuid,
        "area": "chemistry",
        "form": "csv",
        "move": "approve",
        "wanted": "match",
        "app_label": "credentials",
        "url": "no-such-place/",
        "key": "a-key",
        "uidb36": "a",
        "pk": factories.AlertFactory(holder=holder).pk,
        "dispute uuid": delivered.uuid,
        "credit_restore uuid": factories.CreditFactory(holder=holder, self_recorded=True, withdrawn=True).uuid,
        "synchronisation_withdraw uuid": factories.SynchronisationRequestFactory(holder=holder).uuid,
        "detail uuid": declaration.uuid,
        "withdraw uuid": declaration.uuid,
    }
    parts |= {f"evidence_{verb} uuid": evidence.uuid for verb in ("file", "picture", "remove")}
    pair = factories.MatchFactory(holder=holder)
    parts |= {f"{verb} uuid": pair.uuid for verb in ("match", "tell_apart", "unmatch")}
    newcomer = factories.UserFactory()
    return World({"holder": owner, **people, "newcomer": newcomer}, parts)
