"""Messages to holders are in their language, whoever caused them: the Board, someone else, or a job."""

import ast
import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.urls import reverse

import credentials.reference
import education.reference
from accounts import queries
from accounts.actions import deliver
from accounts.models import Alert, Correspondence
from audits import actions as auditing
from declarations import actions
from declarations.enums import State
from education.actions import refresh_status
from tests import importing
from tests.declarations.reviews import AT, submitted
from tests.factories import (
    PASSWORD,
    AllocationFactory,
    CalendarFeedFactory,
    CorrespondenceFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    EvidenceFactory,
    HolderFactory,
    HolderUserFactory,
    LetterFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
)
from tests.journeys.english import ENGLISH
from tests.test_translations import APPS, ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria():
    """A holder who prefers Spanish."""
    return CorrespondenceFactory(holder=HolderFactory(customer_number="100"), language="es", time_zone="").holder


@pytest.fixture(autouse=True)
def _each_alert_keeps_the_language_of_its_words():
    yield
    told = dict(Alert.objects.values_list("holder", "language"))
    assert told == dict.fromkeys(told, "en") | queries.languages_of(told)


def titles(holder):
    return list(Alert.objects.filter(holder=holder).order_by("id").values_list("title", flat=True))


def ending(holder, day, **more):
    days = {"starts_on": day - timedelta(days=1000), "ends_on": day}
    return CycleFactory(holder=holder, credential__holder=holder, **days, **more)


# --- Which language ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preferred", "browser", "language"),
    [
        ("es", "en", "es"),
        ("en", "es", "en"),
        ("", "es", "es"),
        ("", "", "en"),
        ("tlh", "es", "es"),
        ("tlh", "fr", "en"),
    ],
)
def test_the_preference_comes_before_what_the_browser_asks_for(preferred, browser, language):
    holder = CorrespondenceFactory(language=preferred, browser_language=browser).holder
    DeclarationFactory(cycle=CycleFactory(holder=holder, credential__holder=holder), state=State.ELIGIBLE)
    ending(holder, date(2026, 3, 13))

    actions.remind(on=date(2026, 2, 11), at=AT)

    assert queries.languages_of([holder.pk]) == {holder.pk: language}
    assert ("vence el" in titles(holder)[0]) == (language == "es")


def test_a_login_keeps_what_the_browser_asks_for(client, maria):
    user = HolderUserFactory(holder=maria)
    Correspondence.objects.all().delete()
    asked = []
    for languages in ("es-MX,es;q=0.9,en;q=0.5", "en-US", "fr,es;q=0.5"):
        said = {"login": user.email, "password": PASSWORD}
        client.post("/account/login/", said, headers={"Accept-Language": languages})
        client.post("/account/logout/")
        asked.append(Correspondence.objects.get().browser_language)

    assert asked == ["es", "", "es"]


def test_an_english_browser_needs_no_row(client):
    client.post("/account/login/", {"login": HolderUserFactory().email, "password": PASSWORD})

    assert not Correspondence.objects.exists()


# --- What is written --------------------------------------------------------------------------------------------------


def test_a_reviewer_tells_in_the_holders_language(maria):
    declaration = submitted(holder=maria, credential__holder=maria)
    actions.approve(declaration=declaration, by=UserFactory(roles=["reviewer"]), at=AT)

    assert titles(maria)[-1].startswith("Declaración de MLS(ASCP) aprobada")


def test_an_auditor_tells_in_the_holders_language(maria, settings):
    settings.AUDIT_DOCUMENTS_DAYS = 30
    auditor = UserFactory(roles=["auditor"])
    audit = auditing.select(declaration=submitted(holder=maria, credential__holder=maria), by=auditor, at=AT)
    auditing.request_documents(audit=audit, by=auditor, at=AT)

    body = Alert.objects.filter(holder=maria).latest("id").body
    assert body.startswith("La Junta pide un documento de cada crédito que usted declaró.")
    assert "12 de marzo de 2026." in body


def test_a_batch_tells_each_in_their_own(maria, now):
    for holder in (maria, HolderFactory()):
        cycle = CycleFactory(holder=holder, credential__holder=holder, ending=True)
        DeclarationFactory(cycle=cycle, state=State.ELIGIBLE)

    actions.roll(on=date(2026, 12, 31), at=now)

    assert sorted(alert.title.partition(" ")[2][:10] for alert in Alert.objects.all()) == ["está renov", "is renewed"]


def test_reminders_are_told_with_their_days(maria):
    for holder in (maria, HolderFactory()):
        ending(holder, date(2026, 3, 13))

    actions.remind(on=date(2026, 2, 11), at=AT)

    spanish, english = (alert.body for alert in Alert.objects.order_by("holder"))
    assert spanish.startswith("Su credencial vence el 13 de marzo de 2026. Vea qué falta")
    assert english.startswith("Your credential expires on 13 March 2026. Check what is still missing")


def test_who_can_declare_is_asked_to(maria, now):
    cycle = ending(maria, date(2026, 3, 31), requirement_set=MlsRequirementSetFactory())
    allocate_all(cycle)
    refresh_status([cycle.pk], at=now)
    Alert.objects.all().delete()

    actions.alert_ready(on=date(2026, 2, 11), at=now)

    assert titles(maria) == ["Todos los requisitos de MLS(ASCP) están asignados"]


def test_documents_that_may_go_are_told_with_their_day(maria, settings, now):
    settings.EVIDENCE_RETENTION_YEARS = 2
    cycle = ending(maria, date(2022, 3, 31))
    credit = CreditFactory(holder=maria, completed_on=cycle.starts_on, self_recorded=True)
    EvidenceFactory(credit=credit)
    AllocationFactory(cycle=cycle, credit=credit)
    type(cycle).objects.filter(pk=cycle.pk).update(closed_at=now, shares_frozen_at=now)

    actions.send_reminders(on=date(2026, 2, 11), at=now)

    alert = Alert.objects.get(kind="evidence_discardable")
    assert alert.body.startswith("El ciclo terminó el 31 de marzo de 2022, y los documentos se guardan 2 años.")


def test_a_feed_tells_in_the_holders_language(maria, tmp_path, now):
    credentials.reference.load()
    education.reference.load()
    HolderFactory(customer_number="101")
    head = "external_id,customer_number,title,kind,subjects,completed_on,points"
    lines = [f"A-{number},{number},Troponin,ce-course,chemistry,2026-02-01,2" for number in (100, 101)]
    importing.run("import_credits", importing.written(tmp_path / "feed.csv", head, *lines), provider="ascp")
    gone = ["A-100,100,Troponin,ce-course,chemistry,2026-02-01,1"]
    AllocationFactory(credit=maria.credits.get(), cycle=CycleFactory(holder=maria, credential__holder=maria), points=2)
    importing.run("import_credits", importing.written(tmp_path / "next.csv", head, *gone), provider="ascp")

    assert titles(maria) == ["ASCP entregó “Troponin” (2 puntos)", "Asignación reducida: “Troponin”"]
    assert Alert.objects.exclude(holder=maria).get().title == "ASCP posted “Troponin” (2 points)"


def test_mails_follow_the_language(maria, now):
    ending(maria, date(2026, 3, 13))
    actions.remind(on=date(2026, 2, 11), at=now)
    deliver(at=now)

    [sent] = mail.outbox
    assert sent.subject == "Board of Certification: Una credencial vence pronto"
    assert "vence el 13 de marzo de 2026" in sent.body
    assert "También lo encuentra en Mi cuenta:" in sent.body
    assert '<html lang="es"' in sent.alternatives[0].content


def test_letters_follow_the_language(now):
    letter = LetterFactory(holder=CorrespondenceFactory(browser_language="es", time_zone="").holder)
    deliver(at=now)

    [sent] = [one for one in mail.outbox if letter.email in one.to]
    assert sent.subject == "Board of Certification: elija su contraseña"
    assert "Este enlace sirve una vez, hasta el " in sent.body


def test_a_calendar_follows_the_language(client, maria, now):
    CycleFactory(holder=maria, credential__holder=maria, ending=True)
    answer = client.get(reverse("calendar", args=[CalendarFeedFactory(holder=maria).uuid]))

    assert "último día del ciclo" in answer.content.decode().replace("\r\n ", "")


def test_what_a_visitor_is_mailed_follows_their_browser(client):
    known = HolderUserFactory(email="known@example.org")
    spanish = {"headers": {"Accept-Language": "es"}}
    phrase = "una frase bastante larga"
    for email in ("new@example.org", known.email):
        client.post("/account/signup/", {"email": email, "password1": phrase, "password2": phrase}, **spanish)
    for email in ("nobody@example.org", known.email):
        client.post("/account/password/reset/", {"email": email}, **spanish)

    texts = [f"{sent.subject} {sent.body}".replace(settings.BOARD_NAME, "") for sent in mail.outbox]
    words = [re.sub(r"https?://|[^ ]*@|[^ ]*/[^ ]*", "", text) for text in texts]
    assert [found for text in words if (found := ENGLISH.findall(text))] == []
    assert len(words) == 4
    assert "Para confirmar que la dirección es suya, abra este enlace:" in mail.outbox[0].body


# --- Nobody forgets ---------------------------------------------------------------------------------------------------


def told_in_any_language(tree):
    """Lines that tell a holder something without asking for their language."""
    speaking = [
        node for node in ast.walk(tree) if isinstance(node, ast.With) and "in_language_of" in ast.dump(node.items[0])
    ]
    inside = {id(part) for node in speaking for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tell" and id(node) not in inside:
            yield node.lineno
        is_many = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tell_all"
        if is_many and "in_language_of_each" not in ast.dump(tree):
            yield node.lineno


def test_whoever_tells_asks_for_the_language():
    own = ROOT / "accounts" / "actions" / "alerts.py"
    paths = [path for app in APPS for path in (ROOT / app).rglob("*.py") if path != own and "demo" not in path.parts]

    found = {str(path): list(told_in_any_language(ast.parse(path.read_text()))) for path in paths}

    assert {path: lines for path, lines in found.items() if lines} == {}
    assert list(told_in_any_language(ast.parse("tell()\ntell_all([])\nwith in_language_of(1):\n    tell()"))) == [1, 2]
