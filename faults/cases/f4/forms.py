"""The forms of the portal, each about to be sent, with everything it needs made anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.urls import reverse

from accounts.enums import AlertKind, Role
from accounts.models import User
from accounts.queries import invitation_link, unsubscribe_path
from cmp_portal.lib import clock
from credentials import actions as credential_actions
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Grounds
from declarations.models import AtWork, Declaration
from declarations.queries import to_sign
from education import actions as education_actions
from education.actions import refresh_status
from education.models import Allocation, AllocationUndo, Credit
from education.queries import proposal_for
from faults.cases.f4.twins import holder_sums
from faults.web import Answer, Visitor, at_once, filled, signed_in
from tests import factories
from tests.declarations.reviews import credit_in, submitted
from tests.factories.education import CERTIFICATE


@dataclass(frozen=True)
class Form:
    """A form about to be sent, and what shows its effect."""

    path: str
    body: bytes
    user: User | None
    effect: Callable[[], object]

    def send(self, port: int, times: int) -> list[Answer]:
        visitor = signed_in(self.user, port) if self.user else Visitor(port)
        return at_once([lambda: visitor.post(self.path, self.body)] * times)


def of_holder(name: str, *args: object, holder: int, user: User, **data: object) -> Form:
    return Form(reverse(name, args=args), filled(**data), user, lambda: holder_sums(holder))


def own(name: str, credit: Credit, *args: object, **data: object) -> Form:
    """A form about a credit, sent by its holder."""
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


def document() -> BytesIO:
    file = BytesIO(CERTIFICATE)
    file.name = "certificate.pdf"
    return file


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
    """The Board corrects what a provider delivered."""
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
    """A form about all shares of a cycle."""
    return own(name, share.credit, share.cycle_id, **data)


def change() -> Form:
    share = a_share()
    field = f"share-{share.credit_id}-{share.area.code}-{int(share.points * 100)}"
    return in_cycle("education:change", share, **{field: "0.5"})


def clear() -> Form:
    return in_cycle("education:clear", a_share())


def undo() -> Form:
    """Of what was just allocated: the undo is undone by nobody who sends it twice."""
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


def ready_cycle() -> Cycle:
    """Complete and open: it can be declared now."""
    factories.AttestationFactory()
    cycle: Cycle = factories.CycleFactory(mls=True, ending=True)
    factories.allocate_all(cycle)
    refresh_status([cycle.pk], at=clock.now())
    return cycle


def declared() -> tuple[Declaration, User]:
    cycle = ready_cycle()
    user = factories.HolderUserFactory(holder=cycle.holder)
    attestation = factories.AttestationFactory()
    return actions.submit(cycle=cycle, attestation=attestation, by=user, at=clock.now()), user


def submit() -> Form:
    cycle = ready_cycle()
    user = factories.HolderUserFactory(holder=cycle.holder)
    return of_holder("declarations:submit", cycle.pk, holder=cycle.holder_id, user=user, **signed(cycle))


def signed(cycle: Cycle) -> dict[str, object]:
    """The last step of declaring, as its page fills it in."""
    attestation = factories.AttestationFactory()
    return {"attested": "on", "seen": to_sign(Cycle.objects.get(pk=cycle.pk), attestation).digest}


def denied() -> tuple[Declaration, User]:
    declaration, user = declared()
    reviewer = factories.UserFactory(roles=[Role.REVIEWER])
    return actions.deny(declaration=declaration, by=reviewer, at=clock.now(), note="The courses are too old."), user


def appeal() -> Form:
    declaration, user = denied()
    words = {"grounds": "illness", "letter": "I was ill for more than a year."}
    return of_holder("declarations:appeal", declaration.uuid, holder=declaration.holder_id, user=user, **words)


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
    """Without anything to note, and who reviews it."""
    # Of a type of its own: that of the other forms has rules that are not verified, which is something to note.
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
        if decision == "lift":
            credential_actions.suspend(credential=credential, by=registrar, at=clock.now(), note="To be looked into.")
        name, said = "admin:credentials_credential_change", {"decision": decision, "note": "As the file shows."}
        return of_holder(name, credential.pk, holder=credential.holder_id, user=registrar, **said)

    return make


def at_work(name: str, *, taken_by_other: bool = False, taken: bool = False) -> Callable[[], Form]:
    """Who is at work is a row of nobody's record."""

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


def dismiss() -> Form:
    user = factories.HolderUserFactory()
    alert = factories.AlertFactory(holder=user.holder)
    return of_holder("accounts:dismiss_alert", alert.pk, holder=user.holder_id, user=user)


def of_alert(name: str) -> Callable[[], Form]:
    def make() -> Form:
        user = factories.HolderUserFactory()
        alert = factories.AlertFactory(holder=user.holder, read_at=None if name == "mark_read" else clock.now())
        return of_holder(f"accounts:{name}", alert.pk, holder=user.holder_id, user=user)

    return make


def ask_for(kind: str) -> Callable[[], Form]:
    def make() -> Form:
        user = factories.HolderUserFactory()
        data = {"first_name": "Mara", "last_name": "Holder-Lind", "files": document()}
        wanted = data if kind == "name" else {"email": "new@example.org"}
        return of_holder("accounts:change", kind, holder=user.holder_id, user=user, **wanted)

    return make


def dismiss_all() -> Form:
    user = factories.HolderUserFactory()
    until = max(alert.pk for alert in factories.AlertFactory.create_batch(2, holder=user.holder))
    return of_holder("accounts:dismiss_all", holder=user.holder_id, user=user, until=until)


def preferences() -> Form:
    user = factories.HolderUserFactory()
    said = {kind.value: "daily" for kind in AlertKind} | {"time_zone": "Pacific/Honolulu"}
    return of_holder("accounts:preferences", holder=user.holder_id, user=user, **said)


def mail_again() -> Form:
    user = factories.HolderUserFactory()
    factories.CorrespondenceFactory(holder=user.holder, unreachable_email=user.holder.email, unreachable_at=clock.now())
    return of_holder("accounts:mail_again", holder=user.holder_id, user=user)


def unsubscribe() -> Form:
    """A click in a mail program: nobody is signed in."""
    alert = factories.AlertFactory()
    path = unsubscribe_path(f"alert-{alert.pk}")
    return Form(path, b"List-Unsubscribe=One-Click", None, lambda: holder_sums(alert.holder_id))


def take_back_change() -> Form:
    user = factories.HolderUserFactory()
    change = factories.ChangeFactory(holder=user.holder)
    return of_holder("accounts:withdraw_change", change.uuid, holder=user.holder_id, user=user)


def decide_change(decision: str) -> Callable[[], Form]:
    def make() -> Form:
        change = factories.ChangeFactory(address=True)
        registrar = factories.UserFactory(roles=[Role.REGISTRAR])
        name, data = "admin:accounts_change_change", {"decision": decision, "note": "As the document shows."}
        return of_holder(name, change.pk, holder=change.holder_id, user=registrar, **data)

    return make


def invite() -> Form:
    holder = factories.HolderFactory()
    registrar = factories.UserFactory(roles=[Role.REGISTRAR])
    data = {"action": "invite", "_selected_action": holder.pk}
    return of_holder("admin:accounts_holder_changelist", holder=holder.pk, user=registrar, **data)


def accept() -> Form:
    """Whoever was invited chooses a password."""
    letter = factories.LetterFactory(sent=True)
    logins = User.objects.filter(holder=letter.holder_id)
    form = filled(new_password1=factories.PASSWORD, new_password2=factories.PASSWORD)
    return Form(invitation_link(letter), form, None, lambda: (logins.count(), holder_sums(letter.holder_id)))


def accept_as() -> Form:
    """Whoever was invited links the record to the login they have."""
    letter = factories.LetterFactory(sent=True)
    logins = User.objects.filter(holder=letter.holder_id)
    user = factories.UserFactory()
    return Form(invitation_link(letter), filled(), user, lambda: (logins.count(), holder_sums(letter.holder_id)))


def address(action: str, *, verified: bool) -> Callable[[], Form]:
    """A second address of a login: added, made the primary one, removed."""

    def make() -> Form:
        user = factories.HolderUserFactory()
        email = f"second-{uuid4()}@example.org"
        if action != "add":
            EmailAddress.objects.create(user=user, email=email, verified=verified)
        found = EmailAddress.objects.filter(user=user).order_by("id")
        form = filled(email=email, **{f"action_{action}": ""})
        return Form(reverse("account_email"), form, user, lambda: list(found.values_list("verified", "primary")))

    return make


def end_session() -> Form:
    user = factories.HolderUserFactory()
    key = uuid4().hex
    session = UserSession.objects.create(user=user, ip="192.0.2.1", session_key=key, user_agent="")
    left = UserSession.objects.filter(session_key=key)
    return Form(reverse("accounts:end_session", args=[session.pk]), filled(), user, left.count)


def log_in() -> Form:
    user = factories.HolderUserFactory()
    # As the server hashes, whatever this process does.
    User.objects.filter(pk=user.pk).update(password=Argon2PasswordHasher().encode(factories.PASSWORD, "salt" * 4))
    form = filled(login=user.email, password=factories.PASSWORD)
    return Form(reverse("account_login"), form, None, lambda: holder_sums(user.holder_id))


def log_out() -> Form:
    user = factories.HolderUserFactory()
    return of_holder("account_logout", holder=user.holder_id, user=user)


def sign_up() -> Form:
    email, password = f"new-{uuid4()}@example.org", factories.PASSWORD
    people, addresses = User.objects.filter(email=email), EmailAddress.objects.filter(email=email)
    form = filled(email=email, password1=password, password2=password)
    return Form(reverse("account_signup"), form, None, lambda: (people.count(), addresses.count()))


FORMS = {
    "record": record,
    "edit": edit,
    "withdraw a credit": withdraw_credit,
    "restore": restore,
    "dispute": dispute,
    "answer a dispute": answer,
    "change": change,
    "clear": clear,
    "undo": undo,
    "everywhere": everywhere,
    "match": a_pair("education:match"),
    "tell apart": a_pair("education:tell_apart"),
    "add evidence": add_evidence,
    "remove evidence": remove_evidence,
    "allocate": allocate,
    "release": release,
    "apply a suggestion": apply_suggestion,
    "declare": submit,
    "withdraw a declaration": withdraw_declaration,
    "approve": decide("approve"),
    "return": decide("return"),
    "deny": decide("deny"),
    "accept a credit": judge("ethics", outcome="accepted"),
    "refuse a credit": judge("ethics", outcome="refused"),
    "move a credit": judge("chemistry", outcome="moved", area="rest"),
    "take a declaration": at_work("claim"),
    "give a declaration back": at_work("release", taken=True),
    "take a declaration over": at_work("take_over", taken_by_other=True),
    "write a note": write_note,
    "approve many": approve_unflagged,
    "appeal": appeal,
    "uphold": decide_appeal("uphold"),
    "overturn": decide_appeal("overturn"),
    "suspend": hold("suspend"),
    "revoke": hold("revoke"),
    "lift": hold("lift"),
    "dismiss": dismiss,
    "dismiss all": dismiss_all,
    "read": of_alert("mark_read"),
    "keep as new": of_alert("mark_unread"),
    "preferences": preferences,
    "mail again": mail_again,
    "unsubscribe": unsubscribe,
    "ask for a name": ask_for("name"),
    "ask for an address": ask_for("address"),
    "take a change back": take_back_change,
    "grant a change": decide_change("granted"),
    "decline a change": decide_change("declined"),
    "invite": invite,
    "accept an invitation": accept,
    "link an invitation": accept_as,
    "make an address primary": address("primary", verified=True),
    "end a session": end_session,
    "log in": log_in,
    "log out": log_out,
    "sign up": sign_up,
}
# They change a session only.
NO_EFFECT = {"log in", "log out"}
