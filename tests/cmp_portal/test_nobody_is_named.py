"""No log line names a person: pages, forms and tasks run with marked data, including into errors."""

import json
import logging
from smtplib import SMTPRecipientsRefused
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import include, path, reverse

from accounts.models import Holder
from accounts.tasks import deliver_alerts
from cmp_portal.tasks import verify_ledger
from declarations.tasks import alert_ready, roll_cycles, send_reminders
from education.tasks import check_evidence, reconcile_status, sweep_evidence
from tests.factories import (
    AlertFactory,
    AttestationFactory,
    CreditFactory,
    CycleFactory,
    HolderFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
)

MARK = "zyxmara"
EMAIL = f"{MARK}@example.org"
PASSWORD = f"{MARK}-and-a-long-password"
TASKS = (
    alert_ready, send_reminders, roll_cycles, deliver_alerts, check_evidence, sweep_evidence, reconcile_status,
    verify_ledger,
)  # fmt: skip


def broken(request):
    """A page with an error that quotes a row."""
    with transaction.atomic():
        Holder.objects.create(customer_number=Holder.objects.get(email=EMAIL).customer_number)


urlpatterns = [path("broken/", broken, name="broken"), path("", include("cmp_portal.urls"))]


class RefusingBackend(EmailBackend):
    """A mail server that knows nobody, and says so by name."""

    def send_messages(self, messages):
        raise SMTPRecipientsRefused({to: (550, f"no {to} here".encode()) for one in messages for to in one.to})


@pytest.fixture(autouse=True)
def talkative():
    """Every logger says all it has to say."""
    loggers = [logging.getLogger(), *map(logging.getLogger, list(logging.root.manager.loggerDict))]
    before = [(one, one.level) for one in loggers]
    for one in loggers:
        one.setLevel(logging.INFO)
    yield
    for one, level in before:
        one.setLevel(level)


@pytest.fixture
def record(now):
    """A person of whom everything is marked."""
    holder = HolderFactory(first_name=f"{MARK}-first", last_name=f"{MARK}-last", email=EMAIL, customer_number=MARK)
    cycle = CycleFactory(
        credential__holder=holder, holder=holder, requirement_set=MlsRequirementSetFactory(),
        credential__certificate_number=f"{MARK}-7",
    )  # fmt: skip
    CreditFactory(holder=holder, self_recorded=True, title=f"{MARK} course", subjects=["chemistry"])
    AlertFactory(holder=holder, title=f"{MARK} alert")
    AttestationFactory()
    user = HolderUserFactory(holder=holder, email=EMAIL)
    user.set_password(PASSWORD)
    user.save()
    return cycle


def told(log_lines):
    """All that was logged, as one text, after a look whether there was anything."""
    lines = log_lines()
    assert lines
    return json.dumps(lines, ensure_ascii=False).lower()


@pytest.mark.django_db
def test_pages_and_forms_of_a_holder(client, record, log_lines):
    client.force_login(record.holder.user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    pages = ["account:dashboard", "education:progress", "education:credits", "education:credit_add",
             "declarations:transcripts", "account_email", "mfa_index"]  # fmt: skip
    form = {"uuid": str(uuid4()), "title": f"{MARK} course", "provider_name": MARK, "quantity": MARK,
            "files": SimpleUploadedFile(f"{MARK}.pdf", b"%PDF-1.7\n%%EOF\n")}  # fmt: skip

    answers = [client.get(f"{reverse(name)}?q={MARK}").status_code for name in pages]
    answers.append(client.post(reverse("education:credit_add"), form).status_code)
    answers.append(client.post(reverse("account_email"), {"action_add": "", "email": f"2{EMAIL}"}).status_code)
    answers.append(client.get(reverse("declarations:transcript", args=[record.pk])).status_code)

    assert [status for status in answers if status >= 400 and status != 422] == []
    assert MARK not in told(log_lines)


@pytest.mark.django_db
def test_signing_in_signing_up_and_claiming(client, record, log_lines):
    client.post(reverse("account_login"), {"login": EMAIL, "password": "wrong"})
    client.post(reverse("account_reset_password"), {"email": EMAIL})
    client.post(reverse("account_signup"), {"email": f"new-{EMAIL}", "password1": PASSWORD, "password2": PASSWORD})
    client.post(reverse("account_login"), {"login": EMAIL, "password": PASSWORD})
    client.post(
        reverse("credentials:claim"), {"certificate_number": f"{MARK}-7", "last_name": MARK, "birth_month": "2"}
    )

    assert MARK not in told(log_lines)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "visit",
    [
        pytest.param(lambda client: client.get(f"/{EMAIL}/"), id="no such page"),
        pytest.param(lambda client: client.get("/", headers={"Host": f"{MARK}.example.org"}), id="a strange host"),
        pytest.param(lambda client: client.post("/account/login/", {"login": EMAIL}), id="a forged form"),
        pytest.param(lambda client: client.get(f"/account/?q={EMAIL}"), id="not signed in"),
        pytest.param(lambda client: client.get("/", headers={"X-Request-ID": EMAIL}), id="a strange number"),
        pytest.param(
            lambda client: client.generic("POST", "/account/login/", f"login={EMAIL}&" * 9999), id="too large"
        ),
    ],
)
def test_requests_that_are_refused(record, log_lines, visit):
    visit(Client(enforce_csrf_checks=True, raise_request_exception=False))

    assert MARK not in told(log_lines)


@pytest.mark.django_db
def test_a_page_that_breaks(client, record, log_lines, settings):
    settings.ROOT_URLCONF = __name__
    client.raise_request_exception = False
    client.force_login(record.holder.user)

    assert client.get("/broken/").status_code == 500
    text = told(log_lines)
    assert ("integrityerror" in text, "in broken" in text, MARK in text) == (True, True, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])
def test_tasks(record, log_lines, task):
    task.apply()

    text = told(log_lines)
    assert (task.name in text, MARK in text) == (True, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("backend", [f"{__name__}.RefusingBackend", "django.core.mail.backends.smtp.EmailBackend"])
def test_mail_that_does_not_get_through(record, log_lines, settings, backend):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = backend, "127.0.0.1", 1

    deliver_alerts.apply()

    assert MARK not in told(log_lines)


@pytest.mark.django_db(transaction=True)
def test_a_task_that_breaks(record, log_lines):
    from celery import shared_task

    @shared_task(name="tests.break")
    def breaks():
        broken(None)

    with pytest.raises(IntegrityError, match=MARK):
        broken(None)
    breaks.apply()

    text = told(log_lines)
    assert ("integrityerror" in text, MARK in text) == (True, False)
