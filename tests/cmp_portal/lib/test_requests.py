"""The log line of each request, and its ID."""

import json
import os

import pytest
from django.test import RequestFactory

from cmp_portal.lib.requests import request_id
from tests.factories import CreditFactory, HolderUserFactory

NUMBER = "0af7651916cd43dd8448eb211c80319c"

pytestmark = pytest.mark.django_db


def test_a_request_is_one_line_that_names_the_page_and_not_its_address(client, log_lines):
    credit = CreditFactory(self_recorded=True)
    user = HolderUserFactory(holder=credit.holder)
    client.force_login(user)

    client.get(f"/education/credits/{credit.uuid}/?q=private", headers={"X-Request-ID": NUMBER})

    [line] = log_lines()
    told = {name: line[name] for name in ("event", "method", "route", "status", "user", "request_id")}
    assert told == {
        "event": "request", "method": "GET", "route": "education:credit", "status": 200, "user": user.pk,
        "request_id": NUMBER,
    }  # fmt: skip
    assert not {"q=private", str(credit.uuid), "127.0.0.1"} & set(json.dumps(line).replace("/", " ").split())


def test_addresses_are_told_where_the_board_wants_them(client, log_lines, settings):
    settings.LOG_ADDRESSES = True

    client.get("/")

    assert log_lines()[0]["address"] == "127.0.0.1"


def test_an_address_that_is_nobody_s_is_told_without_its_path(client, log_lines):
    client.get("/mara.holder@example.org/")

    assert [(line["route"], line["status"]) for line in log_lines()] == [("unknown", 404)]


def test_who_was_refused_is_told_with_the_page_they_asked_for(client, log_lines):
    theirs = CreditFactory(self_recorded=True)
    client.force_login(user := HolderUserFactory())

    client.get(f"/education/credits/{theirs.uuid}/")
    client.get("/gallery/")
    client.get("/api/v1/completions")

    told = [(line["route"], line["status"], line.get("user")) for line in log_lines() if line["event"] == "request"]
    assert told[:2] == [("education:credit", 404, user.pk), ("gallery", 403, user.pk)]
    assert told[2][1:] == (401, None)


def test_a_method_nobody_knows_is_not_repeated(client, log_lines):
    client.generic("MARA-HOLDER", "/")

    assert log_lines()[0]["method"] == "other"


def test_health_is_told_only_when_it_is_bad(client, log_lines):
    client.get("/healthz")
    client.post("/healthz")

    assert [line["status"] for line in log_lines()] == [405]


def test_a_well_formed_number_is_taken_over_and_echoed(client):
    answer = client.get("/", headers={"X-Request-ID": NUMBER})

    assert answer["X-Request-ID"] == NUMBER


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "mara.holder@example.org", "a b c d e f g h i j"])
def test_any_other_number_is_replaced(client, given):
    answer = client.get("/", headers={"X-Request-ID": given})

    assert (answer["X-Request-ID"] != given, len(answer["X-Request-ID"])) == (True, 32)


def test_ids_differ_from_each_other_and_from_those_of_a_process_that_is_forked():
    request = RequestFactory().get("/")
    ours = [request_id(request) for _id in range(100)]
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.write(writing, " ".join(request_id(request) for _id in range(100)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        theirs = pipe.read().split()
    os.waitpid(child, 0)
    ours += [request_id(request) for _id in range(100)]

    assert len({*ours, *theirs}) == 300
