"""Rounds in the back office: opened and drawn after a preview page."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from accounts.enums import Role
from audits.admin import rounds
from audits.models import Entry, Round
from audits.queries import moment_words
from tests.audits.lots import ALL, AT, DAY, DRAWN, opened, received
from tests.factories import (
    ColleagueFactory,
    CorrespondenceFactory,
    HolderFactory,
    MlsCredentialTypeFactory,
    RoundFactory,
    UserFactory,
)
from tests.pages import words_of

pytestmark = pytest.mark.django_db
GIVEN = {
    "cutoff": "2026-02-17T12:00:00",
    "rate": "50%",
    "credentials": "MLS(ASCP)=100%\n",
    "late": "0.75",
    "findings": "",
}
ADD = "/admin/audits/round/add/"


@pytest.fixture
def office(client, auditor):
    def ask(path, data=None, *, at=AT - DAY):
        with time_machine.travel(at, tick=False):
            client.force_login(auditor)
            return client.get(path) if data is None else client.post(path, data)

    return ask


def lines(answer):
    return [(line.rate, line.population, line.drawn) for line in answer.context["sizes"]]


def test_the_list_says_the_rate_as_it_is_entered(client, auditor):
    for more in ({}, {"drawn": True}):
        RoundFactory(rate="0.0250", **more)
    client.force_login(auditor)

    lists = [client.get("/admin/audits/round/", {"stage": stage}) for stage in ("", "drawn")]

    assert [answer.content.decode().count("2.5%") for answer in lists] == [2, 1]


@pytest.mark.parametrize(("round", "is_there"), [({}, False), ({"is_rolling": True}, True), ({"drawn": True}, True)])
def test_the_report_is_offered_once_there_are_figures(client, auditor, round, is_there):
    round = RoundFactory(**round)
    client.force_login(auditor)

    page = client.get(reverse("admin:audits_round_change", args=[round.pk])).text

    assert (reverse("admin:audits_round_report", args=[round.pk]) in page) == is_there


@pytest.mark.parametrize(("page", "also"), [("report", []), ("report_file", ["csv"]), ("report_file", ["pdf"])])
def test_a_round_without_figures_has_no_report(client, auditor, page, also):
    round = RoundFactory(opened_at=AT, cutoff_at=AT + DAY)
    client.force_login(auditor)

    answer = client.get(reverse(f"admin:audits_round_{page}", args=[round.pk, *also]), follow=True)

    assert answer.redirect_chain[-1][0] == reverse("admin:audits_round_change", args=[round.pk])
    assert words_of(answer) == [
        f"Audit round {round.pk} has not been drawn, so there is nothing to report."
        f" Its cut-off is {moment_words(round.cutoff_at)}."
    ]


def test_a_round_is_looked_at_before_it_is_opened(office):
    received(3, cycle__credential__credential_type=MlsCredentialTypeFactory())

    looked_at = office(ADD, GIVEN)

    assert lines(looked_at) == [("100%", "3", "3"), ("", "3", "3")]
    assert not Round.objects.exists()


def test_what_was_looked_at_is_opened(office, auditor):
    MlsCredentialTypeFactory()
    page = office(ADD, GIVEN).content.decode()
    assert all(text in page for text in ('value="50%"', 'value="2026-02-17T12:00:00"', "MLS(ASCP)=100%"))

    office(ADD, GIVEN | {"confirmed": "on"})

    round = Round.objects.get()
    assert (round.opened_by, float(round.rate), float(round.late_rate), round.findings_rate) == (
        auditor,
        0.5,
        0.75,
        None,
    )
    assert float(round.type_rates.get().rate) == 1


def test_a_cut_off_is_in_the_boards_time_zone_whoever_enters_it(office, auditor):
    MlsCredentialTypeFactory()
    auditor.holder = HolderFactory()
    auditor.save()
    CorrespondenceFactory(holder=auditor.holder, time_zone="Asia/Tokyo")

    office(ADD, GIVEN | {"cutoff": "2026-02-17T23:30:00", "confirmed": "on"})

    round = Round.objects.get()
    assert round.cutoff_at == datetime(2026, 2, 18, 5, 30, tzinfo=UTC)
    assert "17 February 2026, 23:30:00 CST" in office(reverse("audits:round", args=[round.pk])).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "500%"},
        {"rate": ""},
        {"late": "some"},
        {"cutoff": "soon"},
        {"cutoff": "2020-01-01T00:00:00"},
        {"credentials": "XYZ=1%"},
        {"credentials": "1%"},
        {"credentials": "MLS(ASCP)=much"},
    ],
)
@pytest.mark.parametrize("confirmed", [{}, {"confirmed": "on"}])
def test_what_is_wrong_is_said_and_nothing_opened(office, wrong, confirmed):
    MlsCredentialTypeFactory()

    answer = office(ADD, GIVEN | wrong | confirmed)

    assert (answer.status_code, Round.objects.count()) == (422, 0)


def test_a_draw_is_looked_at_first(office):
    received(4)
    round = opened(ALL)

    page = office(reverse("admin:audits_round_draw", args=[round.pk]), at=DRAWN)

    assert lines(page) == [("100%", "4", "4"), ("", "4", "4")]
    assert not Entry.objects.exists()


def test_a_round_is_drawn(office, auditor):
    received(4)
    round = opened(ALL)

    office(reverse("admin:audits_round_draw", args=[round.pk]), {}, at=DRAWN)

    round.refresh_from_db()
    assert (round.drawn_at, round.drawn_by, Entry.objects.count()) == (DRAWN, auditor, 4)
    assert round.seed in office(reverse("admin:audits_round_change", args=[round.pk]), at=DRAWN).content.decode()


def test_a_round_is_not_drawn_before_its_cutoff(office):
    round = opened(ALL)
    address = reverse("admin:audits_round_draw", args=[round.pk])

    office(address, {}, at=AT)

    page = office(reverse("admin:audits_round_change", args=[round.pk]), at=AT).content.decode()
    assert Round.objects.get().drawn_at is None
    assert "be drawn until its cut-off has passed" in page
    assert address not in page


@pytest.mark.parametrize(
    ("at", "words"), [(AT, "be drawn until its cut-off has passed"), (DRAWN, "Its seed has been published")]
)
def test_nobody_is_asked_whether_to_draw_what_cannot_be_drawn(office, at, words):
    round = opened(ALL)
    address = reverse("admin:audits_round_draw", args=[round.pk])
    if at == DRAWN:
        office(address, {}, at=at)
        office("/admin/", at=at)  # what was said of the draw is read

    page = office(address, at=at).text

    assert (words in page, "This can" in page) == (True, False)


def test_what_a_page_can_not_do_is_left_to_the_command(office, monkeypatch):
    monkeypatch.setattr(rounds, "MOST", 3)
    received(4)
    round = opened(ALL)

    page = office(reverse("admin:audits_round_draw", args=[round.pk]), {}, at=DRAWN).content.decode()

    assert f"manage.py audit_round draw --round {round.pk}" in page
    assert Round.objects.get().drawn_at is None


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.REGISTRAR, Role.ADMINISTRATOR])
def test_others_neither_open_nor_draw(client, role):
    round = opened(ALL)
    client.force_login(UserFactory(roles=[role]))

    answers = [
        client.post(path, GIVEN | {"confirmed": "on"})
        for path in (ADD, reverse("admin:audits_round_draw", args=[round.pk]))
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert Round.objects.get().drawn_at is None


def test_the_administrator_marks_colleagues(client):
    administrator, auditor, holder = (
        UserFactory(roles=[Role.ADMINISTRATOR]),
        ColleagueFactory().auditor,
        HolderFactory(),
    )
    client.force_login(administrator)

    client.post("/admin/audits/colleague/add/", {"auditor": auditor.pk, "colleague": holder.customer_number})

    assert auditor.colleagues.filter(colleague=holder).exists()


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("cutoff", "yesterday", "Choose a day and a time."),
        ("rate", "", "Enter a rate from 0% to 100%, such as 5% or 0.05. A percentage can have up to two decimals."),
        ("rate", "101%", "Enter a rate from 0% to 100%, such as 5% or 0.05. A percentage can have up to two decimals."),
        ("credentials", "MLS(ASCP)", "Enter “MLS(ASCP)” in the form MLS(ASCP)=10%."),
        ("credentials", "=5%", "Enter “=5%” in the form MLS(ASCP)=10%."),
        ("credentials", "MLS(ASCP)=5%\nMLS(ASCP)=7%", "There are two rates for MLS(ASCP). Keep only one."),
    ],
)
def test_what_was_mistyped_is_told_beside_it(office, name, typed, said):
    MlsCredentialTypeFactory()

    answer = office(ADD, GIVEN | {name: typed})

    assert answer.context["form"].errors == {name: [said]}


def test_what_became_of_a_round_is_told_in_the_readers_language(client, auditor):
    MlsCredentialTypeFactory()
    with time_machine.travel(AT - DAY, tick=False):
        client.force_login(auditor)
        said = client.post(ADD, GIVEN | {"confirmed": "on"}, follow=True, headers={"Accept-Language": "es"})

    number = Round.objects.get().pk
    assert words_of(said) == [f"Ronda de auditoría {number} está abierta; su resumen está publicado."]
