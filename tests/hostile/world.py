"""A row behind every URL, and a user for every role."""

from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import ContentFile

from accounts.enums import Role
from accounts.models import User
from declarations.enums import State
from education.actions import refresh_status
from tests import factories
from tests.world import build


@dataclass
class World:
    people: dict[str, User]
    parts: dict[str, object]
    # query parameters that a page requires, by URL name
    queries: dict[str, list[tuple[str, bytes]]]


def make(at: datetime) -> World:
    """The consistent world, and a holder with a row for every form."""
    well = build(at)
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
    denied = factories.DeclarationFactory(cycle=factories.CycleFactory(holder=holder), state=State.DENIED)
    complete = factories.CycleFactory(holder=holder, requirement_set=factories.MlsRequirementSetFactory(), ending=True)
    factories.allocate_all(complete)
    refresh_status([complete.pk], at=at)
    factories.AttestationFactory()
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
        "appeal uuid": denied.uuid,
        "mail kind": "credit_posted",
        "mail form": "html",
    }
    parts |= {f"{step} cycle": complete.pk for step in ("declare", "attest", "confirm", "submit")}
    parts |= {f"evidence_{verb} uuid": evidence.uuid for verb in ("file", "picture", "remove")}
    charged = factories.DeclarationFactory(cycle=factories.CycleFactory(holder=holder), state=State.SUBMITTED)
    factories.FeeFactory(declaration=charged)
    factories.NoteFactory(declaration=charged, is_shared=True)
    parts |= {f"{name} uuid": charged.uuid for name in ("fee", "pay", "paid", "fee_document", "reply")}
    parts |= {"fee_document form": "invoice", "payment": well.fee.payments.get().pk}
    proof = factories.ProofFactory(holder=holder)
    parts |= {f"{name} uuid": proof.uuid for name in ("paper", "badge")} | {"paper": "letter"}
    parts |= {"revoke_link uuid": factories.ShareLinkFactory(holder=holder, credential=proof.cycle.credential).uuid}
    pair = factories.MatchFactory(holder=holder)
    parts |= {f"{verb} uuid": pair.uuid for verb in ("match", "mark_different", "unmatch")}
    newcomer = factories.UserFactory()
    return World({"holder": owner, **people, "newcomer": newcomer}, parts, {"confirm": [("attested", b"on")]})
