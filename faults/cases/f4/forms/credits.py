"""Forms about credits, their evidence and their allocation."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from accounts.enums import Role
from accounts.models import User
from cmp_portal.lib import clock
from education import actions as education_actions
from education.actions import refresh_status
from education.models import Allocation, AllocationUndo, Credit
from education.queries import proposal_for
from faults.cases.f4.forms.form import Form, document, of_holder
from tests import factories


def own(name: str, credit: Credit, *args: object, **data: object) -> Form:
    """A form about a credit, submitted by its holder."""
    user = User.objects.filter(holder=credit.holder).first() or factories.HolderUserFactory(holder=credit.holder)
    return of_holder(name, *(args or (credit.uuid,)), holder=credit.holder_id, user=user, **data)


def own_credit() -> Credit:
    factories.KindUnitFactory()
    factories.SubjectFactory()
    credit: Credit = factories.CreditFactory(self_recorded=True)
    return credit


def said(**changed: object) -> dict[str, object]:
    day = clock.today() - timedelta(days=40)
    words = {"title": "Anemias in ten cases", "provider_name": "County Hospital", "kind": "ce-course"}
    return words | {"subjects": ["chemistry"], "completed_on": day, "quantity": "1.5", "unit": "contact-hour"} | changed


def record() -> Form:
    own_credit()
    user = factories.HolderUserFactory()
    data = said(uuid=uuid4(), files=document())
    return of_holder("education:credit_add", holder=user.holder_id, user=user, **data)


def edit() -> Form:
    credit = own_credit()
    return own("education:credit_edit", credit, **said(uuid=credit.uuid))


def withdraw_credit() -> Form:
    share = a_share()
    return own("education:credit_withdraw", share.credit)


def restore() -> Form:
    own_credit()
    return own("education:credit_restore", factories.CreditFactory(self_recorded=True, withdrawn=True))


def dispute() -> Form:
    return own("education:dispute", factories.CreditFactory(), note="The certificate says three hours, not two.")


def answer() -> Form:
    """Answer a dispute: the Board corrects a credit delivered by a provider."""
    factories.SubjectFactory()
    asked = factories.DisputeFactory()
    registrar = factories.UserFactory(roles=[Role.REGISTRAR])
    words = {"outcome": "corrected", "answer": "As the certificate shows."}
    data = words | {
        "title": "Troponin",
        "completed_on": asked.credit.completed_on,
        "points": 3,
        "subjects": "chemistry",
    }
    name = "admin:education_dispute_decide"
    return of_holder(name, asked.pk, holder=asked.holder_id, user=registrar, **data)


def add_evidence() -> Form:
    return own("education:evidence_add", own_credit(), files=document())


def remove_evidence() -> Form:
    evidence = factories.EvidenceFactory(credit=own_credit())
    return own("education:evidence_remove", evidence.credit, evidence.uuid)


def a_share() -> Allocation:
    cycle = factories.CycleFactory(mls=True)
    share: Allocation = factories.AllocationFactory(cycle=cycle, credit__self_recorded=True)
    refresh_status([cycle.pk], at=clock.now())
    return share


def allocate() -> Form:
    cycle = factories.CycleFactory(mls=True)
    credit = factories.CreditFactory(holder=cycle.holder)
    return own("education:allocate", credit, cycle.pk, credit.uuid, area="chemistry", points="1.5")


def release() -> Form:
    share = a_share()
    return own("education:release", share.credit, share.cycle_id, share.credit.uuid, share.area.code)


def apply_suggestion() -> Form:
    cycle = factories.CycleFactory(mls=True)
    credit = factories.CreditFactory(holder=cycle.holder)
    digest = proposal_for(cycle, on=clock.today()).digest
    return own("education:suggest_apply", credit, cycle.pk, digest=digest)


def in_cycle(name: str, share: Allocation, **data: object) -> Form:
    """A form about all shares in a cycle."""
    return own(name, share.credit, share.cycle_id, **data)


def change() -> Form:
    share = a_share()
    field = f"share-{share.credit_id}-{share.area.code}-{int(share.points * 100)}"
    return in_cycle("education:change", share, **{field: "0.5"})


def clear() -> Form:
    return in_cycle("education:clear", a_share())


def undo() -> Form:
    """Undo an allocation; submitted twice, it must not undo the undo."""
    share = a_share()
    user = factories.HolderUserFactory(holder=share.holder)
    half = share.points / 2
    education_actions.allocate(
        credit=share.credit, cycle=share.cycle, area=share.area, points=half, by=user, at=clock.now()
    )
    return in_cycle("education:undo", share, digest=AllocationUndo.objects.get(cycle=share.cycle_id).result)


def everywhere() -> Form:
    cycle = factories.CycleFactory(mls=True)
    credit = factories.CreditFactory(holder=cycle.holder)
    ticked = {"cycle": cycle.pk, f"area-{cycle.pk}": "chemistry", f"points-{cycle.pk}": "1.5"}
    return own("education:apply_everywhere", credit, credit.uuid, **ticked)


def a_pair(name: str) -> Callable[[], Form]:
    def make() -> Form:
        pair = factories.MatchFactory()
        return own(name, pair.recorded, pair.uuid)

    return make


def part_again() -> Form:
    """Separate two credits that were merged as a match."""
    pair = factories.MatchFactory()
    user = factories.HolderUserFactory(holder=pair.holder)
    education_actions.match(match=pair, by=user, at=clock.now())
    return own("education:unmatch", pair.recorded, pair.uuid)


def synchronise() -> Form:
    """Request synchronization for a holder whose two cycles end on different days."""
    cycle = factories.CycleFactory(ending=True)
    factories.CycleFactory(holder=cycle.holder)
    user = factories.HolderUserFactory(holder=cycle.holder)
    return of_holder("education:synchronise", holder=cycle.holder_id, user=user)


def take_back_synchronisation() -> Form:
    asked = factories.SynchronisationRequestFactory()
    user = factories.HolderUserFactory(holder=asked.holder)
    return of_holder("education:synchronisation_withdraw", asked.uuid, holder=asked.holder_id, user=user)


FORMS = {
    "record a credit": record,
    "edit a credit": edit,
    "withdraw a credit": withdraw_credit,
    "restore a credit": restore,
    "dispute a credit": dispute,
    "answer a dispute": answer,
    "change a share": change,
    "clear a cycle": clear,
    "undo an allocation": undo,
    "allocate everywhere": everywhere,
    "match two credits": a_pair("education:match"),
    "keep two credits apart": a_pair("education:mark_different"),
    "unmatch two credits": part_again,
    "request to align cycles": synchronise,
    "withdraw the request to align cycles": take_back_synchronisation,
    "add evidence": add_evidence,
    "remove evidence": remove_evidence,
    "allocate": allocate,
    "release": release,
    "apply a suggestion": apply_suggestion,
}
