"""Every page and its visitor; each page has a line here."""

from datetime import timedelta
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from accounts.enums import AlertKind, Role
from accounts.models import User
from accounts.queries import invitation_link, unsubscribe_path
from audits import actions as auditing
from audits.enums import Verdict
from audits.models import Round
from cmp_portal.demo.signins import PASSWORD
from cmp_portal.lib import clock
from cmp_portal.lib.uploads import FileCondition
from credentials.models import Cycle
from declarations import actions
from declarations.enums import Grounds, Ruled, Shown, State
from declarations.models import AppealDocument, Declaration, Proof
from declarations.queries import proof_url
from education.models import Credit, Evidence, IntakeRow
from tests.audits.auditing import find_all, spare
from tests.declarations.reviews import AT, submitted
from tests.factories import (
    AlertFactory,
    ApiTokenFactory,
    ChangeDocumentFactory,
    CorrespondenceFactory,
    CreditFactory,
    DeclarationFactory,
    DisputeFactory,
    FeeFactory,
    FeeRateFactory,
    HolderUserFactory,
    IntakeBatchFactory,
    JobRunFactory,
    LetterFactory,
    MatchFactory,
    NoteFactory,
    PaymentFactory,
    RefundFactory,
    RoundFactory,
    UserFactory,
    WebhookAttemptFactory,
)
from tests.factories.education import CERTIFICATE

PUBLIC = [
    "/",
    "/glossary/",
    "/verify/",
    "/api/",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/confirm-email/",
    "/no-such-page/",
]
HOLDER = [
    "/account/",
    "/education/progress/",
    "/education/credits/",
    "/education/credits/add/",
    "/account/email/",
    "/account/password/change/",
    "/account/sessions/",
    "/account/2fa/",
    "/account/calendar/",
    "/account/export/",
    "/account/closing/",
    "/declaration/transcripts/",
    "/declaration/proofs/",
    "/declaration/sharing/",
    "/account/preferences/",
    "/account/alerts/",
    "/account/2fa/webauthn/",
    "/account/reauthenticate/",
    "/account/logout/",
    "/account/record/",
    "/account/record/change/name/",
    "/account/record/change/address/",
    "/account/record/history/",
]
BOARD = [
    "/admin/",
    "/admin/declarations/declaration/",
    "/admin/declarations/declaration/?state=returned",
    "/admin/declarations/declaration/figures/",
    "/admin/education/dispute/",
    "/admin/accounts/holder/",
    "/admin/accounts/change/",
    "/admin/accounts/letter/",
    "/admin/credentials/synchronisationrequest/",
    "/gallery/",
    "/gallery/mail/digest.html",
    "/gallery/mail/security.html",
]


def demo(settings):
    settings.DEMO = True
    for command in ("load_reference", "load_requirements", "seed_demo"):
        call_command(command, verbosity=0)


def visits(settings):
    """Visitors and their pages, in the demo data and in additional states."""
    long_ago = clock.now() - timedelta(days=2)
    open_cycle = Cycle.objects.get(credential__holder__user__email="holder@example.org", closed_at=None)
    ready = Cycle.objects.get(credential__holder__user__email="several@example.org", status__is_complete=True)
    credit = Credit.objects.filter(holder__user__email="several@example.org").order_by("id").first()
    delivered = Credit.objects.filter(holder=credit.holder, provider__isnull=False).order_by("id").first()
    recorded = CreditFactory(holder=credit.holder, self_recorded=True)
    stranger = UserFactory(email="stranger@example.org", password=PASSWORD)
    dispute = DisputeFactory(credit=delivered, raised_by=credit.holder.user)
    duplicate = MatchFactory(holder=credit.holder)
    JobRunFactory(name="send_reminders", started_at=long_ago, ended_at=long_ago, error="OperationalError: gone")
    JobRunFactory(name="deliver_alerts", started_at=clock.now(), ended_at=clock.now(), rows=1234)
    submitted = Declaration.objects.filter(state=State.SUBMITTED).order_by("id").first()
    mailed = AlertFactory(kind=AlertKind.CREDIT_POSTED)
    CorrespondenceFactory(holder=credit.holder, unreachable_email=credit.holder.email, unreachable_at=clock.now())
    now = clock.now()
    asked = ChangeDocumentFactory(holder=credit.holder, change__was=credit.holder.name).change
    link, used = (invitation_link(LetterFactory(sent=True, written_at=now, accepted_at=at)) for at in (None, now))
    in_review = Declaration.objects.filter(state=State.SUBMITTED).order_by("id")
    judged, refused, appealed = _judged(in_review[3]), _denied(in_review[1]), _appealed(in_review[2])
    denied = DeclarationFactory(cycle=open_cycle, state=State.DENIED)
    told = WebhookAttemptFactory(status=None, error="certificate: self-signed certificate")
    round, opened = Round.objects.latest("id"), RoundFactory(late_rate="0.2", opened_at=long_ago, cutoff_at=now)
    waiting = IntakeRow.objects.waiting().earliest("id")
    feed, running = waiting.batch, IntakeBatchFactory(expected=400, lines=150, accepted=150)
    audits = _audits()
    proof = Proof.objects.latest("id")
    proof.holder.user.set_password(PASSWORD)
    proof.holder.user.save()
    shared = _shared(open_cycle)
    due, paid = _charged(settings)
    return {
        None: [
            *PUBLIC,
            shared,
            reverse("verification:shared", args=["a-secret-of-nobody"]),
            proof_url(proof).removeprefix(settings.SITE_URL),
            reverse("verification:by_code", args=[uuid4()]),
            unsubscribe_path(f"alert-{mailed.pk}"),
            link,
            used,
            "/audits/rounds/",
            f"/audits/rounds/{round.pk}/",
            f"/audits/rounds/{opened.pk}/",
        ],
        "holder@example.org": [
            *HOLDER,
            f"/education/progress/{open_cycle.pk}/suggestion/",
            f"/declaration/transcripts/{open_cycle.pk}/",
            f"/education/progress/{open_cycle.pk}/clearing/",
            f"/education/progress/{open_cycle.pk}/clear/",  # used by a button only
            f"/education/progress/{open_cycle.pk}/plan/?course=safety~ce-course~2~{open_cycle.ends_on}",
            denied.get_absolute_url(),
            f"{denied.get_absolute_url()}appeal/",
        ],
        "several@example.org": [
            f"/declaration/cycle/{ready.pk}/",
            f"/declaration/cycle/{ready.pk}/attest/",
            f"/declaration/cycle/{ready.pk}/confirm/",
            f"/declaration/cycle/{ready.pk}/confirm/?attested=on",
            f"/education/credits/{credit.uuid}/",
            f"/education/credits/{delivered.uuid}/dispute/",
            f"/education/credits/{credit.uuid}/everywhere/",
            f"/education/credits/{recorded.uuid}/edit/",
            "/education/synchronisation/",
            "/account/record/",
            "/account/record/history/",
            f"/education/credits/{duplicate.recorded.uuid}/",
            "/education/credits/",
            "/account/",
            "/account/alerts/",
            "/education/progress/",
        ],
        appealed.holder.user.email: [appealed.get_absolute_url()],
        refused.holder.user.email: [refused.get_absolute_url(), f"{refused.get_absolute_url()}appeal/"],
        "audited@example.org": [
            "/account/",
            f"/declaration/{audits[0].declaration.uuid}/audit/",
            f"/declaration/{audits[0].declaration.uuid}/audit/replace/",
        ],
        "auditor@example.net": [
            "/admin/audits/audit/",
            f"/admin/audits/audit/{audits[0].pk}/change/",
            f"/admin/audits/audit/{audits[1].pk}/change/",
        ],
        proof.holder.user.email: [reverse("declarations:proofs")],
        due.holder.user.email: ["/account/", *(page for fee in (due, paid) for page in _pages_of(fee))],
        "expired@example.org": ["/account/", "/education/progress/"],
        stranger.email: ["/account/", "/account/claim/"],
        "newcomer@example.org": ["/account/", "/education/progress/"],
        "reviewer@example.org": [
            *BOARD,
            f"/admin/accounts/change/{asked.pk}/change/",
            link,
            f"/admin/declarations/declaration/{submitted.pk}/change/",
            f"/admin/declarations/declaration/{judged.pk}/change/",
            f"/admin/declarations/declaration/{appealed.pk}/change/",
            reverse("declarations:transcript", args=[appealed.cycle_id]),
            "/admin/education/match/",
            f"/admin/education/match/{duplicate.pk}/change/",
        ],
        "auditor@example.org": [
            "/admin/audits/round/",
            "/admin/audits/round/add/",
            f"/admin/audits/round/{round.pk}/change/",
            f"/admin/audits/round/{opened.pk}/draw/",
            f"/admin/audits/round/{round.pk}/report/",
        ],
        "admin@example.org": [
            "/admin/education/intakebatch/",
            "/admin/education/intakebatch/add/",
            f"/admin/education/intakebatch/{feed.pk}/change/",
            f"/admin/education/intakebatch/{feed.pk}/undo/",
            f"/admin/education/intakebatch/{running.pk}/change/",
            "/admin/education/intakerow/?lines=waiting",
            f"/admin/education/intakerow/{waiting.pk}/change/?q=a",
            f"/admin/education/provider/{feed.provider_id}/change/",
            "/admin/education/apitoken/",
            "/admin/education/apitoken/add/",
            f"/admin/education/apitoken/{ApiTokenFactory().pk}/change/",
            "/admin/education/webhook/add/",
            f"/admin/education/webhook/{told.notice.webhook_id}/change/",
            "/admin/education/webhooknotice/",
            f"/admin/education/webhooknotice/{told.notice_id}/change/",
            "/admin/audits/colleague/",
            "/admin/declarations/fee/?declaration=missing",
            f"/admin/declarations/fee/{due.pk}/change/",
            f"/admin/declarations/fee/{paid.pk}/change/",
            "/admin/declarations/feerate/",
            f"/admin/education/dispute/{dispute.pk}/change/",
            *_runs(now),
            f"/admin/accounts/change/{asked.pk}/change/",
            f"/admin/education/dispute/{dispute.pk}/change/",
            "/admin/credentials/credential/",
            "/admin/credentials/cycle/",
            f"/admin/credentials/credential/{open_cycle.credential_id}/change/",
            f"/admin/credentials/credential/{open_cycle.credential_id}/history/",
        ],
    }


def _runs(now):
    """The list of job runs by year, by month and by day: which of them it opens with depends on the runs' dates."""
    for days in (1, 40, 400):
        JobRunFactory(started_at=now - timedelta(days=days), ended_at=now - timedelta(days=days))
    day = clock.board_day(now - timedelta(days=1))
    year, month = f"started_at__year={day.year}", f"started_at__month={day.month}"
    return [f"/admin/accounts/jobrun/{query}" for query in ("", f"?{year}", f"?{year}&{month}")]


def _shared(cycle):
    """A share link that shows everything."""
    shows = {"shows": Shown.values, "note": "Mercy Hospital, personnel office", "days": 30, "at": clock.now()}
    actions.share(holder=cycle.holder, credential=cycle.credential, secret="a-secret", **shows)
    return reverse("verification:shared", args=["a-secret"])


def _pages_of(fee):
    return fee.declaration.get_absolute_url(), fee.get_absolute_url()


def _charged(settings):
    """With fees enabled: a due fee, and one paid for a declaration that isn't submitted."""
    settings.FEES, settings.PAYMENT_GATEWAY = True, "stripe"
    FeeRateFactory(every=True)
    holder = HolderUserFactory(email="charged@example.org", password=PASSWORD).holder
    due = FeeFactory(declaration=DeclarationFactory(holder=holder, state=State.SUBMITTED))
    paid = FeeFactory(declaration=DeclarationFactory(holder=holder, state=State.RETURNED), paid=True)
    RefundFactory(payment=paid.payments.get())
    RefundFactory(payment=PaymentFactory(fee=paid, gateway="stripe", by=None), there=True, reason="duplicate")
    return due, paid


def _audits():
    """An audit with its holder, who may replace a credit, and one under review."""
    auditor = UserFactory(email="auditor@example.net", roles=[Role.AUDITOR])
    auditor.set_password(PASSWORD)
    auditor.save()
    audits = []
    for _time in range(2):
        audit = auditing.select(declaration=submitted(), by=auditor, at=AT)
        auditing.request_documents(audit=audit, by=auditor, at=AT)
        auditing.hand_in(audit=audit, by=audit.holder.user, at=AT)
        audits.append(auditing.begin(audit=audit, by=auditor, at=AT))
    for audit in audits:
        find_all(audit, auditor, ethics=Verdict.REFUSED, chemistry=Verdict.UNCLEAR)
        spare(audit, title="Ethics at the bench")
    auditing.ask_more(audit=audits[0], by=auditor, at=AT, note="The ethics course has no date.")
    for audit in audits:
        NoteFactory(declaration=audit.declaration, by=auditor, is_shared=True, text="Who taught the ethics course?")
        said = {"uuid": uuid4(), "text": "Professor Lindqvist, in Uppsala."}
        auditing.answer(audit=audit, by=audit.holder.user, at=clock.now(), **said)
    holder = audits[0].holder.user
    holder.set_password(PASSWORD)
    EmailAddress.objects.filter(user=holder).update(email="audited@example.org")
    holder.email = "audited@example.org"
    holder.save()
    return audits


def _judged(declaration):
    """A declaration with a rejected credit and notes."""
    credit = Credit.objects.get(uuid=declaration.declared.earliest("position").content["credit"])
    reviewer = User.objects.get(email="reviewer@example.org")
    said = {"outcome": Ruled.REFUSED, "reason": "It is a staff meeting.", "by": reviewer, "at": clock.now()}
    actions.rule(declaration=declaration, credit=credit, **said)
    NoteFactory(declaration=declaration, by=reviewer)
    return declaration


def _denied(declaration):
    """A declaration denied for a rejected credit; its holder can sign in."""
    reviewer = User.objects.get(email="reviewer@example.org")
    actions.deny(declaration=_judged(declaration), by=reviewer, at=clock.now(), note="It is not complete.")
    user = declaration.holder.user
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
    declaration.refresh_from_db()
    return declaration


def _appealed(declaration):
    """An appeal with an intact document, one that was replaced, and an unreadable one."""
    names = ["letter-of-the-physician.pdf", "orders.pdf", "certificate-of-the-hospital.pdf"]
    documents = [SimpleUploadedFile(name, CERTIFICATE + name.encode()) for name in names]
    letter = {"grounds": Grounds.ILLNESS, "letter": "I was ill.", "documents": documents}
    user, at = declaration.holder.user, clock.now()
    declaration = actions.appeal(declaration=_denied(declaration), by=user, at=at, **letter)
    Evidence.objects.filter(name__in=names[1:]).update(condition=FileCondition.UNREADABLE, checked_at=at)
    replaced = AppealDocument.objects.get(evidence__name=names[1])
    copy = SimpleUploadedFile("orders-scanned-again.pdf", CERTIFICATE)
    actions.replace_document(document=replaced, upload=copy, by=user, at=at + timedelta(seconds=1))
    return declaration
