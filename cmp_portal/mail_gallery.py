"""Previews of every email with sample data: one of each kind, and a digest."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256

from csp.constants import SELF
from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.actions import Mail, MailedAlert, compose
from accounts.enums import SUBJECTS, AlertKind, Permission
from accounts.permissions import permission_required
from cmp_portal.lib import clock

DIGEST = "digest"
# Sample texts per kind; the real ones are in the code that sends them.
BODIES = {
    AlertKind.ONE_MONTH_LEFT: (
        "MLS(ASCP): submit your declaration by 28 February 2027",
        "Everything is allocated. Your credential expires on 31 March 2027; submitted by 28 February, the Board has "
        "the time it needs.",
    ),
    AlertKind.EXPIRES_SOON: (
        "MLS(ASCP) expires on 31 March 2027",
        "Your credential expires on 31 March 2027. Check what is still missing, and submit your declaration a month"
        " before that day.",
    ),
    AlertKind.EXPIRED: (
        "MLS(ASCP) has expired",
        "Your credential expired on 31 March 2027. To be reinstated, allocate credits completed within the last three "
        "years and submit a declaration.",
    ),
    AlertKind.CREDIT_POSTED: (
        "ASCP posted 2 credits (3.5 points)",
        "They are in your record. Allocate them to a requirement under Check Progress.",
    ),
    AlertKind.RENEWED: (
        "MLS(ASCP) is renewed until 31 March 2030",
        "Based on your declaration 2027-00000815, your credential is renewed for 3 years."
        " The next cycle runs from 1 April 2027 to 31 March 2030.",
    ),
    AlertKind.SECURITY: (
        "Someone logged in on a new device",
        "If this was you, you do not need to do anything. If not, change your password now and write to the Board.",
    ),
}


@require_GET
@permission_required(Permission.BACK_OFFICE)
def mail(request: HttpRequest, kind: str, form: str) -> HttpResponseBase:
    """One email, for staff, as HTML or as text."""
    if kind not in {DIGEST, *AlertKind.values} or form not in {"html", "txt"}:
        raise Http404
    message = compose(mail_of(kind))
    if form == "txt":
        head = "".join(f"{name}: {value}\n" for name, value in message.message().items())
        return HttpResponse(f"{head}\n{message.body}", content_type="text/plain; charset=utf-8")
    html, _type = message.alternatives[0]
    show: Callable[[HttpRequest], HttpResponseBase] = csp_update(_policy())(lambda _request: HttpResponse(str(html)))
    return show(request)


def mail_of(kind: str) -> Mail:
    """A sample email of one kind, or a digest of three kinds."""
    kinds = list(BODIES)[1:4] if kind == DIGEST else [AlertKind(kind)]
    alerts = tuple(_alert(one) for one in kinds)
    return Mail(f"{'digest' if kind == DIGEST else 'alert'}-0", "mara.holder@example.org", alerts, kind == DIGEST)


def mails() -> list[dict[str, str]]:
    """Links to all previews, for the gallery."""
    kinds = {**SUBJECTS, DIGEST: compose(mail_of(DIGEST)).subject.partition(": ")[2]}
    return [
        {"label": str(label), "html": reverse("mail", args=[kind, "html"]), "text": reverse("mail", args=[kind, "txt"])}
        for kind, label in kinds.items()
    ]


def _alert(kind: AlertKind) -> MailedAlert:
    title, body = BODIES.get(kind, (str(SUBJECTS[kind]), "What happened, and what there is to do about it."))
    return MailedAlert(kind, title, body, reverse("account:dashboard"), clock.now())


def _policy() -> dict[str, list[str]]:
    """A policy that allows exactly the email's inline style sheet, by hash."""
    style = render_to_string("accounts/mail/_style.html").strip().removeprefix("<style>").removesuffix("</style>")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return {"style-src": [SELF, f"'sha256-{digest}'"]}
