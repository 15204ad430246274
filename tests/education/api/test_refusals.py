import json

import pytest
import time_machine
from django.db import connection
from django.test import Client

from education.models import Credit
from tests.education.api.system import GOOD
from tests.factories import HolderFactory
from tests.fixtures import NOON

DEEP = b'{"completions": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
LINE = json.dumps({"completions": [GOOD]}).encode()


def hostile(**changes):
    return json.dumps({"completions": [{**GOOD, **changes}]}).encode()


def refused(answer):
    """What a problem says, having the right media type."""
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.said["status"] == answer.status_code
    return answer.status_code, answer.said["title"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe\xfa", 400),
        (b'{"completions": "\xe9"}', 400),
        (DEEP, 400),
        (b'{"completions": NaN}', 400),
        (b'{"completions": ' + b"9" * 5_000 + b"}", 422),
        (b"[]", 422),
        (b"null", 422),
        (b'{"completions": []}', 422),
        (b'{"completions": [{}]}', 422),
        (b'{"completions": [1]}', 422),
        (hostile(external_id=1), 422),
        (hostile(points=True), 422),
        (hostile(subjects="chemistry"), 422),
        (hostile(status="gone"), 422),
        (b'{"completions": [' + b",".join([b'{"external_id": "a", "customer_number": "1"}'] * 10_001) + b"]}", 422),
    ],
    ids=range(17),
)
def test_body_that_is_none_is_refused_as_a_whole(system, body, status):
    answer = system.ask("POST", "completions", body)

    assert refused(answer)[0] == status
    assert Credit.objects.count() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "a\0b"},
        {"title": "\ud800"},
        {"external_id": "\x1f"},
        {"title": "x" * 100_000},
        {"points": 1e308},
        {"points": 10**30},
        {"points": "१२"},
        {"completed_on": "0000-00-00"},
        {"completed_on": "9999-12-31"},
        {"subjects": [";", "\0"]},
        {"subjects": []},
        {"updated_at": "9999-12-31T23:59:59-23:59"},
        {"birth_month": "13"},
        {"kind": "'; DROP TABLE education_credit; --"},
    ],
    ids=str,
)
def test_line_that_can_not_be_used_is_rejected_alone(system, changes):
    answer = system.deliver({"external_id": "A-0"}, changes)

    assert [one["outcome"] for one in answer.said["results"]] == ["posted", "rejected"]


def test_mistake_is_pointed_at_and_not_repeated(system):
    answer = system.deliver({}, {"title": 7, "customer_number": "Quillfeather"})

    assert answer.said["errors"] == [{"pointer": "#/completions/1/title", "detail": "Send text, in quotes."}]
    assert b"Quillfeather" not in answer.content


MISTAKES = {
    "extra": ({"pionts": "1"}, "pionts", "There is no such field. Check its spelling."),
    "neither": ({"points": True}, "points", "Send a number, or text in quotes."),
    "named like a type": ({"str": 1}, "str", "There is no such field. Check its spelling."),
    "list": ({"subjects": "chemistry"}, "subjects", "Send a list."),
    "choice": ({"status": "gone"}, "status", "Send 'completed' or 'withdrawn'."),
}


@pytest.mark.parametrize(("changes", "field", "detail"), MISTAKES.values(), ids=MISTAKES)
def test_mistake_says_what_to_send_instead(system, changes, field, detail):
    assert system.deliver(changes).said["errors"] == [{"pointer": f"#/completions/0/{field}", "detail": detail}]


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        ([], {"pointer": "#", "detail": "Send a JSON object."}),
        ({"completions": []}, {"pointer": "#/completions", "detail": "Send at least 1."}),
        ({"completions": [1]}, {"pointer": "#/completions/0", "detail": "Send a JSON object."}),
        ({}, {"pointer": "#/completions", "detail": "This is missing."}),
    ],
    ids=["no object", "no lines", "no line", "nothing"],
)
def test_body_says_what_to_send_instead(system, body, mistake):
    assert system.ask("POST", "completions", body).said["errors"] == [mistake]


def test_key_and_limit_say_what_to_send_instead(system):
    keyed = system.ask("POST", "completions", LINE, key="two words")
    limited = [system.get(f"completions?limit={limit}") for limit in ("x", "0", "501")]

    assert [answer.said["errors"][0]["detail"] for answer in (keyed, *limited)] == [
        "Use only letters, digits and signs of ASCII, without spaces.",
        "Send a whole number.",
        "Send 1 or more.",
        "Send 500 or less.",
    ]


def test_no_more_mistakes_than_one_reads(system):
    answer = system.deliver(*[{"title": 7}] * 100)

    assert len(answer.said["errors"]) == 20


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_other_media_types_are_refused(system, content_type):
    assert refused(system.ask("POST", "completions", LINE, content_type=content_type)) == (
        415,
        "Unsupported Media Type",
    )


def test_body_that_is_too_large_is_refused_unread(system, settings):
    settings.API_MAX_BYTES = 1_000

    answer = system.ask("POST", "completions", b" " * 1_001)

    assert refused(answer)[0] == 413


def test_body_may_be_larger_than_a_form(system, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    assert system.deliver().status_code == 200


@pytest.mark.parametrize("path", ["", "no-such", "completions/", "completions/1", "../v2/", "%00", "docs"])
def test_address_that_is_none_says_so(system, path):
    assert refused(system.get(path)) == (404, "Not Found")


def test_address_outside_the_version_says_so(db):
    answer = Client().post("/api/v2/completions")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(system, method):
    answer = system.ask(method, "completions")

    assert (answer.status_code, set(answer["Allow"].split(", "))) == (405, {"GET", "POST"})


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "limit=9999999999999999999999"])
def test_query_that_is_none_is_refused(system, query):
    answer = system.get(f"completions?{query}")

    assert (refused(answer)[0], answer.said["errors"][0]["pointer"]) == (422, "query limit")


def test_filter_that_is_none_is_refused(system):
    """Else a slip of the pen would list everything."""
    answer = system.get("completions?externalid=A-1")

    assert (refused(answer)[0], answer.said["errors"]) == (422, [{"pointer": "query", "detail": "externalid"}])


@pytest.mark.parametrize(
    ("field", "value"), [("statuss", "withdrawn"), ("lastname", "Other")], ids=["withdrawal", "check of the name"]
)
def test_a_misspelled_field_is_refused(system, field, value):
    """Else what is withdrawn would be posted, or a check would be skipped."""
    answer = system.ask("POST", "completions", hostile(**{field: value}))

    assert (refused(answer)[0], answer.said["errors"][0]["pointer"]) == (422, f"#/completions/0/{field}")
    assert Credit.objects.count() == 0


def test_a_misspelled_correction_is_refused(system):
    system.ask("POST", "completions", hostile())

    answer = system.ask("PATCH", f"completions/{Credit.objects.get().uuid}", {"pionts": "1"})

    assert (refused(answer)[0], answer.said["errors"][0]["pointer"]) == (422, "#/pionts")


@pytest.mark.parametrize("query", ["after=%00", "after=%ff", "external_id=%00", "external_id=" + "x" * 3_000])
def test_odd_identifiers_find_nothing_worse(system, query):
    assert system.get(f"completions?{query}").status_code == 200


def test_fault_of_ours_is_told_without_its_reason(system):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE education_credit RENAME TO gone")

    answer = system.get("completions")

    assert (refused(answer), set(answer.said)) == ((500, "Internal Server Error"), {"type", "title", "status"})


def test_busy_database_asks_to_come_again(system):
    with connection.cursor() as cursor:
        cursor.execute("CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
                       " $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '57014'; END $$")  # fmt: skip
        cursor.execute("CREATE TRIGGER slow BEFORE INSERT ON education_keyedrequest EXECUTE FUNCTION slow()")

    answer = system.deliver()

    assert (refused(answer)[0], answer["Retry-After"]) == (503, "5")


# --- Whether a number belongs to a name -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "match"),
    [
        ({}, True),
        ({"last_name": "ONEILL"}, True),
        ({"last_name": "O Neíll"}, True),
        ({"birth_month": "7"}, True),
        ({"birth_month": "1960-07"}, True),
        ({"birth_month": "8"}, False),
        ({"birth_month": "soon"}, False),
        ({"last_name": "Neill"}, False),
        ({"last_name": ""}, False),
        ({"last_name": "’"}, False),
        ({"last_name": "O’Neill\0"}, True),
        ({"customer_number": "999"}, False),
        ({"customer_number": ""}, False),
        ({"customer_number": "\0"}, False),
    ],
    ids=str,
)
def test_check_says_yes_or_no(system, question, match):
    answer = system.ask("POST", "holders/check", {"customer_number": "100", "last_name": "O’Neill", **question})

    assert (answer.status_code, answer.said) == (200, {"match": match})


def test_holder_without_a_birth_month_has_none_of_them(system):
    HolderFactory(customer_number="101", last_name="Doe", birth_month=None)

    answers = [
        system.ask("POST", "holders/check", {"customer_number": "101", "last_name": "Doe", "birth_month": month}).said
        for month in ("1", None)
    ]

    assert answers == [{"match": False}, {"match": True}]


def test_unknown_and_mismatched_are_asked_alike(system, django_assert_num_queries):
    system.get("completions")
    asked = []
    for question in ({"customer_number": "999"}, {"last_name": "Doe"}, {"birth_month": "soon"}):
        with django_assert_num_queries(2) as queries:
            system.ask("POST", "holders/check", {"customer_number": "100", "last_name": "O’Neill", **question})
        asked.append([query["sql"].partition("FROM (SELECT")[0] for query in queries][1])

    assert len(set(asked)) == 1


def test_number_is_asked_about_a_few_times_a_day(system, settings):
    settings.API_CHECKS_PER_NUMBER = 2
    with time_machine.travel(NOON):
        names = [system.ask("POST", "holders/check", {"customer_number": "100", "last_name": name}) for name in "abc"]
        other = system.ask("POST", "holders/check", {"customer_number": "999", "last_name": "a"})

    assert [answer.status_code for answer in [*names, other]] == [200, 200, 429, 200]
    assert names[2]["Retry-After"] == "86400"


def test_checks_have_a_limit_of_their_own(system, settings):
    settings.API_CHECKS_PER_HOUR = 1
    with time_machine.travel(NOON):
        answers = [
            system.ask("POST", "holders/check", {"customer_number": number, "last_name": "a"}) for number in ("1", "2")
        ]

    assert [answer.status_code for answer in [*answers, system.get("completions")]] == [200, 429, 200]
