"""Forms of the back office's queues: claims, cycles to align, matches, feeds and their lines."""

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from cmp_portal.lib import clock
from credentials.enums import ClaimState
from credentials.models import Claim, Cycle
from education import actions
from education.enums import MatchState
from education.models import IntakeBatch, IntakeRow, Provider
from faults.cases.f4.forms.form import Form, kept, of_holder, read_from, staff
from faults.cases.f4.twins import holder_sums
from faults.web import filled
from tests import factories
from tests.education.sending import send_to

NOTE = "As the passport shows."
HEAD = "external_id,customer_number,title,kind,subjects,completed_on,points"


def contested() -> Claim:
    """A claim on a record that is linked to another account."""
    owner = factories.HolderUserFactory()
    claim: Claim = factories.ClaimFactory(holder=owner.holder, state=ClaimState.CONTESTED)
    return claim


def linked() -> Claim:
    owner = factories.HolderUserFactory()
    claim: Claim = factories.ClaimFactory(user=owner, holder=owner.holder, state=ClaimState.LINKED)
    return claim


def decide_claim(decision: str, prepared: Callable[[], Claim]) -> Callable[[], Form]:
    def make() -> Form:
        claim = prepared()
        page = reverse("admin:credentials_claim_change", args=[claim.pk])
        owner = User.objects.get(holder=claim.holder_id)
        said = {"decision": decision.format(owner=owner.pk), "note": NOTE}
        return read_from(page, staff(Role.REGISTRAR), said, effect=kept(claim, "state", "note"))

    return make


def ending(ends_on: date, **of: object) -> Cycle:
    """A cycle of three years that ends on a given day."""
    after = ends_on + timedelta(days=1)
    cycle: Cycle = factories.CycleFactory(starts_on=after.replace(year=after.year - 3), ends_on=ends_on, **of)
    return cycle


def align(answer: str) -> Callable[[], Form]:
    def make() -> Form:
        year = clock.today().year + 1
        cycle = ending(date(year, 6, 30))
        ending(date(year, 12, 31), holder=cycle.holder)
        user = factories.HolderUserFactory(holder=cycle.holder)
        wanted = actions.request_synchronisation(holder=cycle.holder, by=user, at=clock.now())
        name, said = f"admin:credentials_synchronisationrequest_{answer}", {"ends_on": cycle.ends_on, "note": NOTE}
        return of_holder(name, wanted.pk, holder=cycle.holder_id, user=staff(Role.REGISTRAR), **said)

    return make


def decide_pair(wanted: MatchState) -> Callable[[], Form]:
    def make() -> Form:
        pair, registrar = factories.MatchFactory(), staff(Role.REGISTRAR)
        if wanted == MatchState.UNDONE:
            actions.match(match=pair, by=registrar, at=clock.now())
        name = "admin:education_match_decide"
        return of_holder(name, pair.pk, wanted.value, holder=pair.holder_id, user=registrar)

    return make


# --- Feeds ------------------------------------------------------------------------------------------------------------


def a_provider() -> Provider:
    """A new provider, whose feeds and systems are used by no other form."""
    provider: Provider = factories.ProviderFactory(code=f"provider-{uuid4()}"[:30], title="County Laboratory Network")
    return provider


def upload() -> Form:
    file = BytesIO(f"{HEAD}\n{uuid4()},100,Troponin,ce-course,chemistry,2026-02-01,2\n".encode())
    file.name = "march.csv"
    page = reverse("admin:education_intakebatch_add")
    return read_from(page, staff(Role.REGISTRAR), {"provider": a_provider().pk, "file": file})


def undo_feed() -> Form:
    batch = factories.IntakeBatchFactory(provider=a_provider(), ended_at=clock.now())
    undone = IntakeBatch.objects.filter(pk=batch.pk, undo_asked_at__isnull=False)
    page = reverse("admin:education_intakebatch_undo", args=[batch.pk])
    return read_from(page, staff(Role.REGISTRAR), effect=undone.count)


def waiting_line() -> IntakeRow:
    factories.KindUnitFactory()
    factories.SubjectFactory()
    row = {"customer_number": "no-such", "subjects": ["chemistry"]}
    batch = send_to(a_provider(), row, at=clock.now()).batch
    return IntakeRow.objects.get(batch=batch)


def resolve() -> Form:
    row, holder = waiting_line(), factories.HolderFactory()
    path = reverse("admin:education_intakerow_resolve", args=[row.pk])
    return Form(path, filled(holder=holder.pk), staff(Role.REGISTRAR), lambda: holder_sums(holder.pk))


def dismiss() -> Form:
    row = waiting_line()
    page, to = (reverse(f"admin:education_intakerow_{name}", args=[row.pk]) for name in ("change", "dismiss"))
    return read_from(page, staff(Role.REGISTRAR), {"note": NOTE}, to=to, effect=kept(row, "note"))


FORMS = {
    "grant a claim": decide_claim("grant_from_{owner}", contested),
    "turn a claim down": decide_claim("turn_down", contested),
    "undo a claim": decide_claim("undo", linked),
    "align cycles": align("grant"),
    "decline to align cycles": align("decline"),
    "match two records": decide_pair(MatchState.MATCHED),
    "keep two records apart": decide_pair(MatchState.DIFFERENT),
    "unmatch two records": decide_pair(MatchState.UNDONE),
    "upload a feed": upload,
    "undo a feed": undo_feed,
    "assign a line to a holder": resolve,
    "dismiss a line": dismiss,
}
