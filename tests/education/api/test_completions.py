from decimal import Decimal
from uuid import uuid4

import pytest

from education.models import Credit, IntakeBatch, IntakeRow
from tests.education.api.system import System
from tests.factories import ApiTokenFactory, CreditFactory, IntakeBatchFactory, ProviderFactory


def outcomes(answer):
    return [(one["external_id"], one["outcome"], one["code"]) for one in answer.said["results"]]


def test_one_completion_is_posted(system):
    answer = system.deliver()

    assert (answer.status_code, answer.said["posted"], outcomes(answer)) == (200, 1, [("A-1", "posted", None)])
    assert Credit.objects.get().points == Decimal("2.00")


def test_every_line_has_its_result(system):
    system.deliver({"external_id": "A-0"})

    answer = system.deliver(
        {"external_id": "A-0"},
        {"external_id": "A-0", "points": 2.5},
        {"external_id": "A-2", "kind": "no-such", "title": ""},
        {"external_id": "A-3", "customer_number": "999"},
        {"external_id": "A-4", "last_name": "Nobody"},
        {"external_id": "A-5", "last_name": "oneill", "birth_month": "7"},
    )

    assert outcomes(answer) == [
        ("A-0", "duplicate", None),
        ("A-0", "corrected", None),
        ("A-2", "rejected", "unreadable"),
        ("A-3", "unmatched", "holder_not_found"),
        ("A-4", "unmatched", "holder_not_found"),
        ("A-5", "posted", None),
    ]


def test_refusal_says_what_to_mend(system):
    answer = system.deliver({"kind": "no-such", "points": -1})

    assert answer.said["results"][0]["reason"] == "kind: “no-such” is not known; points: “-1.0” is not greater than 0"


def test_unknown_and_other_name_are_told_alike(system):
    """Else whoever has numbers could find out names."""
    answer = system.deliver({"customer_number": "999"}, {"external_id": "A-2", "last_name": "Nobody"})

    first, second = answer.said["results"]
    assert {**first, "line": 2, "external_id": "A-2"} == second


def test_same_completion_again_is_a_duplicate(system):
    system.deliver()

    assert outcomes(system.deliver()) == [("A-1", "duplicate", None)]
    assert Credit.objects.count() == 1


def test_later_moment_wins_in_whatever_order(system):
    system.deliver({"points": "3", "updated_at": "2026-03-02T00:00:00Z"})
    system.deliver({"points": "1", "updated_at": "2026-03-01T00:00:00Z"})

    assert Credit.objects.get().points == Decimal("3.00")


def test_line_that_says_withdrawn_withdraws(system):
    system.deliver()

    answer = system.ask(
        "POST",
        "completions",
        {"completions": [{"external_id": "A-1", "customer_number": "100", "status": "withdrawn"}]},
    )

    assert (outcomes(answer), Credit.objects.standing().count()) == ([("A-1", "corrected", None)], 0)


def test_receipt_is_found_by_its_id(system):
    given = system.deliver({}, {"external_id": "A-2", "points": "many"}).said

    found = system.get(f"receipts/{given['id']}").said

    assert found == {**given, "results": [{**given["results"][0], "external_id": None}, given["results"][1]]}


def test_completion_is_read_without_its_holder(system):
    system.deliver({"updated_at": "2026-03-01T10:00:00Z"})
    credit = Credit.objects.get()

    assert system.get(f"completions/{credit.uuid}").said == {
        "id": str(credit.uuid),
        "external_id": "A-1",
        "title": "Troponin in practice",
        "kind": "ce-course",
        "subjects": ["chemistry", "safety"],
        "completed_on": "2026-02-01",
        "points": "2.00",
        "status": "completed",
        "updated_at": "2026-03-01T10:00:00+00:00",
        "receipt": str(IntakeBatch.objects.get().uuid),
    }


def test_list_goes_page_by_page(system):
    system.deliver(*({"external_id": f"A-{number}"} for number in range(5)))
    pages, after = [], ""
    while after is not None:
        page = system.get(f"completions?limit=2&after={after}").said
        pages.append([one["external_id"] for one in page["completions"]])
        after = page["next"]

    assert pages == [["A-0", "A-1"], ["A-2", "A-3"], ["A-4"]]


@pytest.mark.parametrize("lines", [1, 50])
def test_list_asks_the_same_number_of_times(system, lines, django_assert_num_queries):
    system.deliver(*({"external_id": f"A-{number}"} for number in range(lines)))

    with django_assert_num_queries(2):
        system.get("completions")


def test_list_finds_one_by_its_identifier(system):
    system.deliver({}, {"external_id": "A-2"})

    assert [one["external_id"] for one in system.get("completions?external_id=A-2").said["completions"]] == ["A-2"]


def test_correction_changes_what_it_says(system):
    system.deliver()
    credit = Credit.objects.get()

    answer = system.ask("PATCH", f"completions/{credit.uuid}", {"points": "1.5"})

    credit.refresh_from_db()
    assert (outcomes(answer), credit.points, credit.title) == (
        [("A-1", "corrected", None)],
        Decimal("1.50"),
        "Troponin in practice",
    )


def test_correction_is_newer_than_a_clock_that_is_ahead(system):
    system.deliver({"updated_at": "2026-03-11T12:00:00Z"})

    answer = system.ask("PATCH", f"completions/{Credit.objects.get().uuid}", {"points": "1.5"})

    assert outcomes(answer) == [("A-1", "corrected", None)]


def test_withdrawal_takes_it_out(system):
    system.deliver()
    credit = Credit.objects.get()

    answers = [system.ask("POST", f"completions/{credit.uuid}/withdraw") for _ in range(2)]

    assert [answer.said["results"][0]["outcome"] for answer in answers] == ["corrected", "duplicate"]
    assert system.get(f"completions/{credit.uuid}").said["status"] == "withdrawn"


def test_withdrawn_completion_is_not_corrected(system):
    credit = CreditFactory(withdrawn=True)

    answer = system.ask("PATCH", f"completions/{credit.uuid}", {"points": "1"})

    assert (answer.status_code, answer.said["status"]) == (409, 409)


# --- What is somebody else's ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "completions/{credit}", None),
        ("PATCH", "completions/{credit}", {"points": "1"}),
        ("POST", "completions/{credit}/withdraw", None),
        ("GET", "receipts/{batch}", None),
    ],
)
def test_what_is_anothers_is_as_what_is_not_there(system, method, path, body):
    other = ProviderFactory(code="other")
    ids = {"credit": CreditFactory(provider=other).uuid, "batch": IntakeBatchFactory(provider=other).uuid}

    answer = system.ask(method, path.format(**ids), body)
    nothing = system.ask(method, path.format(credit=uuid4(), batch=uuid4()), body)

    assert (answer.status_code, answer.content) == (404, nothing.content)


def test_self_recorded_credit_is_nobodys(system):
    assert system.get(f"completions/{CreditFactory(self_recorded=True).uuid}").status_code == 404


def test_list_has_only_ones_own(system):
    CreditFactory(provider=ProviderFactory(code="other"))

    assert system.get("completions").said == {"completions": [], "next": None}


def test_identifiers_of_two_providers_do_not_meet(system):
    system.deliver()
    ApiTokenFactory(provider=ProviderFactory(code="other"), secret="cmp_of-the-other-provider")

    answer = System("cmp_of-the-other-provider").deliver({"points": "9"})

    assert outcomes(answer) == [("A-1", "posted", None)]
    assert sorted(Credit.objects.values_list("points", flat=True)) == [Decimal("2.00"), Decimal("9.00")]


def test_unmatched_line_waits_for_the_board(system):
    system.deliver({"customer_number": "999"})

    assert IntakeRow.objects.waiting().count() == 1
