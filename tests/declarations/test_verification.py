"""Public verification: validity and dates; the same empty answer for everything that isn't public."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pyld import jsonld

from credentials.enums import Hold
from declarations import actions
from declarations.enums import Paper
from tests.factories import CredentialFactory, CycleFactory, HiddenFactory, HolderFactory, ProofFactory, UserFactory

pytestmark = pytest.mark.django_db
VERIFY = reverse("verification:verify")
LINKED = "application/ld+json"
NOTHING = "The Board can't confirm this"


@pytest.fixture
def cycle(now):
    holder = HolderFactory(first_name="Maren", last_name="Núñez-O'Brien")
    return CycleFactory(holder=holder, mls=True, credential__certificate_number="4711")


@pytest.fixture
def ask(client):
    def asked(number="4711", name="Nunez Obrien", accept="text/html"):
        return client.post(VERIFY, {"certificate_number": number, "last_name": name}, headers={"Accept": accept})

    return asked


def told(answer):
    return [(one["alternateName"], one["status"], one.get("expires")) for one in answer.json()["credentials"]]


def hold(cycle, how, now):
    credential = cycle.credential
    credential.hold, credential.hold_by, credential.hold_at = how, UserFactory(), now
    credential.hold_reason = "Why it is so."
    credential.save()


def test_number_and_name_tell_validity_and_dates(ask, cycle):
    assert told(ask(accept="application/json")) == [("MLS(ASCP)", "active", "2027-12-31")]


def test_of_several_cycles_the_newest_is_told(ask, cycle, now):
    past = {"starts_on": date(2022, 1, 1), "ends_on": date(2024, 12, 31), "closed_at": now, "shares_frozen_at": now}
    CycleFactory(credential=cycle.credential, requirement_set=cycle.requirement_set, **past)

    assert told(ask(accept="application/json")) == [("MLS(ASCP)", "active", "2027-12-31")]


def test_page_tells_nothing_of_its_holder(ask, cycle):
    page = ask().content.decode()

    assert "Active" in page and "31 December 2027" in page
    for secret in ("Maren", "Núñez", "O&#x27;Brien", "4711", cycle.holder.customer_number, cycle.holder.email):
        assert secret not in page


@pytest.mark.parametrize("how", [Hold.SUSPENDED, Hold.REVOKED])
def test_held_credential_has_no_end_to_rely_on(ask, cycle, now, how):
    hold(cycle, how, now)

    assert told(ask(accept="application/json")) == [("MLS(ASCP)", how.value, None)]


def test_expired_credential_says_since_when(ask, now):
    holder = HolderFactory(last_name="Halloran")
    CycleFactory(holder=holder, ended=True, mls=True, credential__certificate_number="1234")

    assert told(ask("1234", "HALLORAN", "application/json")) == [("MLS(ASCP)", "expired", "2024-12-31")]


def test_credential_without_a_cycle_is_for_life(ask, now):
    CredentialFactory(certificate_number="9", holder=HolderFactory(last_name="Old"))

    ((_code, status, end),) = told(ask("9", "old", "application/json"))

    assert (status, end) == ("lifetime", None)


def test_one_number_of_two_people_answers_by_the_name(ask, cycle):
    other = CredentialFactory(certificate_number="4711", holder=HolderFactory(last_name="Other"))

    ((code, _status, _end),) = told(ask(name="Other", accept="application/json"))

    assert code == other.credential_type.code


# --- Nothing is let out -----------------------------------------------------------------------------------------------


def nothing(ask, cycle):
    """The three ways of being told nothing, each with the answer and the questions it cost."""
    ways = {"unknown": {"number": "4712"}, "wrong name": {"name": "Nunes"}, "hidden": {}}
    for way, given in ways.items():
        if way == "hidden":
            HiddenFactory(holder=cycle.holder)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = ask(**given)
        yield way, answer, [one["sql"].replace("4712", "4711") for one in asked.captured_queries]


def test_unknown_wrong_name_and_hidden_answer_alike(ask, cycle):
    answers = [
        (answer.status_code, answer.content, sorted(answer.headers)) for _way, answer, _sql in nothing(ask, cycle)
    ]

    assert NOTHING in answers[0][1].decode()
    assert answers[1:] == answers[:1] * 2


def test_unknown_wrong_name_and_hidden_cost_the_same_questions(ask, cycle):
    asked = [sql for _way, _answer, sql in nothing(ask, cycle)]

    assert len(asked[0]) == 1
    assert asked[1:] == asked[:1] * 2


def test_code_of_nobody_and_of_whoever_hides_answer_alike(client, now):
    proof = ProofFactory()
    HiddenFactory(holder=proof.holder)
    answers = [
        client.get(reverse("verification:by_code", args=[uuid]))
        for uuid in (proof.uuid, "00000000-0000-0000-0000-000000000000")
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content == answers[1].content


def test_programs_are_told_nothing_alike(ask, cycle):
    given = [ask("4712", accept=LINKED), ask(name="Nunes", accept=LINKED)]
    HiddenFactory(holder=cycle.holder)
    given.append(ask(accept=LINKED))

    assert [answer.json()["credentials"] for answer in given] == [[], [], []]
    assert len({answer.content for answer in given}) == 1


def test_one_address_may_not_ask_without_end(ask, settings):
    settings.VERIFICATION_LIMITS = {"ask": "3/m/ip"}

    assert [ask(f"{number}").status_code for number in range(4)] == [200, 200, 200, 429]


def test_names_to_one_number_may_not_be_tried_without_end(client, settings):
    settings.VERIFICATION_LIMITS = {"number": "2/h/key"}
    asked = [
        client.post(VERIFY, {"certificate_number": number, "last_name": name}, REMOTE_ADDR=f"192.0.2.{place}")
        for place, (number, name) in enumerate([("1", "a"), ("1", "b"), ("1", "c"), ("2", "a")])
    ]

    assert [answer.status_code for answer in asked] == [200, 200, 429, 200]


@pytest.mark.parametrize(
    "given", [{}, {"certificate_number": "1"}, {"last_name": "a"}, {"certificate_number": "1" * 33}]
)
def test_what_is_missing_is_said(client, given, now):
    page, program = (client.post(VERIFY, given, headers={"Accept": kind}) for kind in ("text/html", "application/json"))

    assert (page.status_code, program.status_code) == (422, 422)
    assert program.json()["errors"]


# --- By code, and by file ---------------------------------------------------------------------------------------------


def test_code_leads_to_the_credential_as_it_is_now(client, now):
    proof = ProofFactory()
    hold(proof.cycle, Hold.REVOKED, now)

    answer = client.get(reverse("verification:by_code", args=[proof.uuid]), headers={"Accept": LINKED})

    assert (answer["Content-Type"], [one["status"] for one in answer.json()["credentials"]]) == (LINKED, ["revoked"])


@pytest.fixture
def check(client):
    def checked(content, accept=LINKED):
        upload = SimpleUploadedFile("certificate.pdf", content, "application/pdf")
        return client.post(reverse("verification:by_file"), {"file": upload}, headers={"Accept": accept})

    return checked


@pytest.mark.parametrize("paper", Paper)
def test_file_as_it_was_handed_out_is_recognised(check, now, paper):
    drawn = actions.hand_out(proof=ProofFactory(), paper=paper, at=now)

    assert len(check(drawn).json()["credentials"]) == 1
    assert "exactly as the Board issued it" in check(drawn, "text/html").content.decode()


def test_empty_file_says_what_to_do(check):
    answer = check(b"", "text/html")

    assert (answer.status_code, "Choose another one, or ask the person to send it again." in answer.text) == (422, True)


@pytest.mark.parametrize("place", [0, 1000, -1])
def test_file_with_one_changed_byte_is_recognised_as_changed(check, now, place):
    drawn = bytearray(actions.hand_out(proof=ProofFactory(), paper=Paper.CERTIFICATE, at=now))
    drawn[place] ^= 1

    assert check(bytes(drawn)).json()["credentials"] == []
    assert "does not match, byte for byte" in check(bytes(drawn), "text/html").content.decode()


def test_file_of_whoever_hides_is_as_good_as_a_changed_one(check, now):
    proof = ProofFactory()
    drawn = actions.hand_out(proof=proof, paper=Paper.LETTER, at=now)
    HiddenFactory(holder=proof.holder)

    assert check(drawn, "text/html").content == check(drawn + b"\n", "text/html").content


def test_file_that_is_too_large_is_not_read(check, settings, now):
    settings.VERIFICATION_MAX_BYTES = 1000

    assert check(b"0" * 2000).status_code == 413


# --- As linked data ---------------------------------------------------------------------------------------------------


def test_answer_reads_as_linked_data_that_names_what_is_required(ask, cycle):
    ((credential),) = jsonld.expand(ask(accept=LINKED).json())
    (required,) = [value for name, value in credential.items() if name == "https://purl.org/ctdl/terms/requires"]

    assert credential["@type"] == ["https://schema.org/EducationalOccupationalCredential"]
    assert {
        point["https://schema.org/propertyID"][0]["@value"]: point["https://schema.org/minValue"][0]["@value"]
        for point in required
    } == {"total": 36, **{area.code: float(area.minimum) for area in cycle.requirement_set.areas.all()}}


def test_answers_are_kept_by_nobody(ask, cycle):
    assert "no-store" in ask()["Cache-Control"]
    assert ask(accept=LINKED)["Vary"]
