"""Selection by a draw, at submission or by hand leads to an audit that can proceed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.enums import AlertKind, Role
from accounts.models import Alert, User
from audits import actions
from audits.enums import AuditState
from audits.models import Audit, AuditStep
from declarations.actions.moves import MoveRefused, move_many
from declarations.enums import Flag, Move, State
from declarations.models import AtWork, Declaration, Step, Waiting
from declarations.queries import noted_on_page
from tests.audits.lots import ALL, DRAWN, opened, received
from tests.declarations.reviews import AT, submitted
from tests.factories import AtWorkFactory, ColleagueFactory, CorrespondenceFactory, UserFactory

pytestmark = pytest.mark.django_db


def by_a_draw(auditor):
    declaration = submitted()
    actions.draw(round=opened(ALL), at=DRAWN)
    return declaration


def at_submission(auditor):
    opened(ALL, is_rolling=True)
    return submitted()


def greedy_best(auditor):
    return actions.select(declaration=submitted(), by=auditor, at=AT).declaration


ways = pytest.mark.parametrize("select", [by_a_draw, at_submission, greedy_best])


@ways
def test_a_selected_declaration_has_an_audit_that_is_the_boards_turn(settings, auditor, select):
    settings.AUDIT_REVIEW_DAYS = 10

    select(auditor)

    audit = Audit.objects.get()
    assert (audit.state, audit.auditor) == (AuditState.SELECTED, None)
    assert audit.due_on == audit.selected_at.date() + timedelta(days=10)


@ways
def test_without_a_period_nothing_is_due(auditor, select):
    select(auditor)

    assert Audit.objects.get().due_on is None


@ways
def test_its_holder_is_told_once_and_led_to_the_audit(auditor, select):
    declaration = select(auditor)

    alert = Alert.objects.get(kind=AlertKind.AUDIT_MOVED)
    assert (alert.holder, alert.link) == (declaration.holder, Audit.objects.get().get_absolute_url())
    assert alert.body.startswith("The Board will ask for documents for the credits you declared. Have them ready.")


def test_whoever_is_drawn_reads_in_which_round(auditor):
    by_a_draw(auditor)

    assert Audit.objects.get().round.get_absolute_url() in Alert.objects.get(kind=AlertKind.AUDIT_MOVED).body


def test_pages_say_in_their_readers_language_in_which_round(client, auditor):
    declaration = by_a_draw(auditor)
    client.force_login(User.objects.get(holder=declaration.holder))
    pages = [declaration.get_absolute_url(), reverse("account:history")]

    shown = [client.get(url, headers={"Accept-Language": "es"}).text for url in pages]

    assert Step.objects.get(move=Move.AUDIT).note.startswith("Selected by chance in round")
    assert [("Selected by chance" in text, "Seleccionada al azar en la ronda" in text) for text in shown] == [
        (False, True)
    ] * 2


def test_pages_lead_to_the_round(client, auditor):
    declaration = by_a_draw(auditor)
    round_url = Audit.objects.get().round.get_absolute_url()
    link = f'<a href="{settings.SITE_URL}{round_url}">{settings.SITE_URL}{round_url}</a>'
    pages = [
        (User.objects.get(holder=declaration.holder), declaration.get_absolute_url()),
        (User.objects.get(holder=declaration.holder), reverse("account:history")),
        (auditor, reverse("admin:declarations_declaration_change", args=[declaration.pk])),
    ]

    for user, url in pages:
        client.force_login(user)
        assert link in client.get(url).text, url


def test_an_address_in_somebodys_own_words_is_no_link():
    assert noted_on_page(Move.RETURN, "See https://somewhere.example") == "See https://somewhere.example"


@ways
def test_an_auditor_goes_on_with_it(auditor, select):
    select(auditor)

    actions.request_documents(audit=Audit.objects.get(), by=auditor, at=DRAWN)

    assert (AuditStep.objects.get().from_state, Audit.objects.get().auditor) == (AuditState.SELECTED, auditor)


def taken(audit, who):
    return actions.take(audit=audit, by=who, at=AT)


def asked_for(audit, who):
    return actions.request_documents(audit=audit, by=who, at=AT)


def reviewed(audit, who):
    somebody = UserFactory(roles=[Role.AUDITOR])
    actions.request_documents(audit=audit, by=somebody, at=AT)
    actions.hand_in(audit=audit, by=audit.holder.user, at=AT)
    Audit.objects.update(auditor=None)
    return actions.begin(audit=audit, by=who, at=AT)


assignments = pytest.mark.parametrize("assigned", [taken, asked_for, reviewed])


@assignments
def test_no_auditor_gets_a_marked_colleague(auditor, assigned):
    audit = actions.select(declaration=submitted(), by=auditor, at=AT)
    ColleagueFactory(auditor=auditor, colleague=audit.holder)

    with pytest.raises(actions.MoveRefused, match="You are not allowed to audit this declaration"):
        assigned(audit, auditor)

    assert Audit.objects.get().auditor != auditor


@assignments
def test_no_auditor_gets_themselves(auditor, assigned):
    audit = actions.select(declaration=submitted(), by=auditor, at=AT)
    own = audit.holder.user
    own.roles = [Role.HOLDER, Role.AUDITOR]
    own.save()

    with pytest.raises(actions.MoveRefused, match="You are not allowed to audit this declaration"):
        assigned(audit, own)

    assert Audit.objects.get().auditor != own


@assignments
def test_another_auditor_gets_it(auditor, assigned):
    audit = actions.select(declaration=submitted(), by=auditor, at=AT)

    assigned(audit, auditor)

    assert Audit.objects.get().auditor == auditor


def test_a_rate_of_nothing_selects_nobody(auditor):
    opened(Decimal(0), is_rolling=True)

    submitted()

    assert not Audit.objects.exists()


def test_each_of_the_drawn_is_told_in_their_own_language(auditor):
    spanish, english = received(2)
    CorrespondenceFactory(holder=spanish.holder, language="es")

    actions.draw(round=opened(ALL), at=DRAWN)

    titles = dict(Alert.objects.filter(kind=AlertKind.AUDIT_MOVED).values_list("holder", "title"))
    assert titles[english.holder_id] == "Declaration for MLS(ASCP) selected for an audit"
    assert titles[spanish.holder_id] not in {"", titles[english.holder_id]}


def test_what_is_drawn_keeps_its_place_and_its_flags_and_is_nobodys_work(auditor):
    (declaration,) = received()
    Waiting.objects.filter(pk=declaration.pk).update(flags=[Flag.UNUSUAL])
    AtWorkFactory(waiting=Waiting.objects.get())

    actions.draw(round=opened(ALL), at=DRAWN)

    assert Waiting.objects.values_list("state", "flags").get() == (State.UNDER_AUDIT, [Flag.UNUSUAL])
    assert not AtWork.objects.exists()


def test_who_had_no_place_in_the_queue_has_one_after_the_draw(auditor):
    (declaration,) = received()
    Waiting.objects.all().delete()

    actions.draw(round=opened(ALL), at=DRAWN)

    assert Waiting.objects.values_list("pk", "state").get() == (declaration.pk, State.UNDER_AUDIT)


def test_many_are_moved_all_or_none(auditor):
    submitted_one, withdrawn = received()[0], received(state=State.WITHDRAWN)[0]

    with pytest.raises(MoveRefused), transaction.atomic():
        move_many([submitted_one.pk, withdrawn.pk], Move.AUDIT, by=auditor, at=DRAWN)

    assert set(Declaration.objects.values_list("state", flat=True)) == {State.SUBMITTED, State.WITHDRAWN}
