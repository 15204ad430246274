"""Forms for declaring, and for the Board's reviews and holds."""

from collections.abc import Callable
from datetime import date
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from cmp_portal.lib import clock
from cmp_portal.lib.clock import board_day
from cmp_portal.lib.uploads import FileCondition
from credentials import actions as credential_actions
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Grounds
from declarations.models import AppealDocument, AtWork, Declaration
from declarations.queries import seen_with_fee, to_sign
from education.actions import refresh_status
from education.models import Evidence
from faults.cases.f4.forms.form import Form, document, of_holder
from faults.web import filled
from tests import factories
from tests.declarations.reviews import credit_in, submitted
from tests.factories.education import CERTIFICATE


def ready_cycle(**days: date) -> Cycle:
    """A complete cycle whose declaration window is open."""
    factories.AttestationFactory()
    cycle: Cycle = factories.CycleFactory(mls=True, ending=True, **days)
    factories.allocate_all(cycle)
    refresh_status([cycle.pk], at=clock.now())
    return cycle


def declared(**days: date) -> tuple[Declaration, User]:
    cycle = ready_cycle(**days)
    user = factories.HolderUserFactory(holder=cycle.holder)
    attestation = factories.AttestationFactory()
    return actions.submit(cycle=cycle, attestation=attestation, by=user, at=clock.now()), user


def submit() -> Form:
    cycle = ready_cycle()
    user = factories.HolderUserFactory(holder=cycle.holder)
    return of_holder("declarations:submit", cycle.pk, holder=cycle.holder_id, user=user, **signed(cycle))


def signed(cycle: Cycle) -> dict[str, object]:
    """The form of the last declaration step, as the page fills it in."""
    attestation = factories.AttestationFactory()
    cycle = Cycle.objects.get(pk=cycle.pk)
    digest = to_sign(cycle, attestation).digest
    return {"attested": "on", "seen": seen_with_fee(digest, cycle, on=board_day(clock.now()))}


def denied() -> tuple[Declaration, User]:
    declaration, user = declared()
    reviewer = factories.UserFactory(roles=[Role.REVIEWER])
    return actions.deny(declaration=declaration, by=reviewer, at=clock.now(), note="The courses are too old."), user


def appeal(**more: object) -> Form:
    declaration, user = denied()
    words = {"grounds": "illness", "letter": "I was ill for more than a year.", **more}
    return of_holder("declarations:appeal", declaration.uuid, holder=declaration.holder_id, user=user, **words)


def replace_document() -> Form:
    """Replace an unreadable document with an intact copy."""
    declaration, user = denied()
    sent = [SimpleUploadedFile("scan.pdf", CERTIFICATE)]
    actions.appeal(
        declaration=declaration, grounds=Grounds.ILLNESS, letter="I was ill.", documents=sent, by=user, at=clock.now()
    )
    damaged = AppealDocument.objects.get(appeal__declaration=declaration).evidence
    Evidence.objects.filter(pk=damaged.pk).update(condition=FileCondition.UNREADABLE, checked_at=clock.now())
    copy = document(CERTIFICATE + b"%")
    where = (declaration.uuid, damaged.uuid)
    return of_holder("declarations:replace_document", *where, holder=declaration.holder_id, user=user, file=copy)


def decide_appeal(move: str) -> Callable[[], Form]:
    def make() -> Form:
        declaration, user = denied()
        actions.appeal(declaration=declaration, grounds=Grounds.ILLNESS, letter="I was ill.", by=user, at=clock.now())
        reviewer = factories.UserFactory(roles=[Role.REVIEWER])
        name, where = "admin:declarations_declaration_decide", (declaration.pk, move)
        return of_holder(name, *where, holder=declaration.holder_id, user=reviewer, note="As the file shows.")

    return make


def withdraw_declaration() -> Form:
    declaration, user = declared()
    return of_holder("declarations:withdraw", declaration.uuid, holder=declaration.holder_id, user=user)


def decide(move: str) -> Callable[[], Form]:
    def make() -> Form:
        declaration, _user = declared()
        reviewer = factories.UserFactory(roles=[Role.REVIEWER])
        name, where = "admin:declarations_declaration_decide", (declaration.pk, move)
        return of_holder(name, *where, holder=declaration.holder_id, user=reviewer, note="As the file shows.")

    return make


def in_review() -> tuple[Declaration, User]:
    """A declaration in review without flags, and its reviewer."""
    # A credential type of its own: the requirement sets of the other forms are unverified, which raises a flag.
    requirements = factories.MlsRequirementSetFactory(credential_type__code="reviewed", verified=True)
    return submitted(requirement_set=requirements), factories.UserFactory(roles=[Role.REVIEWER])


def judge(of: str, **said: object) -> Callable[[], Form]:
    def make() -> Form:
        declaration, reviewer = in_review()
        where = (declaration.pk, credit_in(declaration, of).uuid)
        name = "admin:declarations_declaration_rule"
        return of_holder(name, *where, holder=declaration.holder_id, user=reviewer, reason="As the file shows.", **said)

    return make


def hold(decision: str) -> Callable[[], Form]:
    def make() -> Form:
        credential = factories.CycleFactory(mls=True).credential
        registrar = factories.UserFactory(roles=[Role.REGISTRAR])
        if decision == "lift_from_suspended":
            credential_actions.suspend(credential=credential, by=registrar, at=clock.now(), note="To be looked into.")
        name, said = "admin:credentials_credential_change", {"decision": decision, "note": "As the file shows."}
        return of_holder(name, credential.pk, holder=credential.holder_id, user=registrar, **said)

    return make


def at_work(name: str, *, taken_by_other: bool = False, taken: bool = False) -> Callable[[], Form]:
    """A form of the reviewers' working marks; its effect is no row of a holder's record."""

    def make() -> Form:
        declaration, reviewer = in_review()
        other = factories.UserFactory(roles=[Role.REVIEWER])
        if taken or taken_by_other:
            actions.claim(declaration=declaration, by=other if taken_by_other else reviewer, at=clock.now())
        path = reverse(f"admin:declarations_declaration_{name}", args=[declaration.pk])
        held = AtWork.objects.filter(waiting=declaration.pk)
        return Form(
            path, filled(seen=other.pk), reviewer, lambda: [one.taken_by_id == reviewer.pk for one in held.all()]
        )

    return make


def write_note() -> Form:
    declaration, reviewer = in_review()
    name, data = "admin:declarations_declaration_note", {"uuid": uuid4(), "text": "Please send the syllabus."}
    return of_holder(name, declaration.pk, holder=declaration.holder_id, user=reviewer, **data, **{"for": "holder"})


def approve_unflagged() -> Form:
    declaration, reviewer = in_review()
    name = "admin:declarations_declaration_approve_unflagged"
    return of_holder(name, holder=declaration.holder_id, user=reviewer, pk=declaration.pk)


FORMS = {
    "declare": submit,
    "withdraw a declaration": withdraw_declaration,
    "approve": decide("approve"),
    "return": decide("return"),
    "deny": decide("deny"),
    "accept a credit": judge("ethics", outcome="accepted"),
    "refuse a credit": judge("ethics", outcome="refused"),
    "move a credit": judge("chemistry", outcome="moved", area="rest"),
    "take a declaration": at_work("claim"),
    "give back a declaration": at_work("release", taken=True),
    "take over a declaration": at_work("take_over", taken_by_other=True),
    "write a note": write_note,
    "approve several": approve_unflagged,
    "appeal": appeal,
    "appeal with a document": lambda: appeal(files=document()),
    "replace an appeal document": replace_document,
    "uphold": decide_appeal("uphold"),
    "overturn": decide_appeal("overturn"),
    "suspend": hold("suspend_from_none"),
    "revoke": hold("revoke_from_none"),
    "lift": hold("lift_from_suspended"),
}
