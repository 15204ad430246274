import json

import pytest
from django.http import HttpResponse, HttpResponseNotAllowed
from django.test import RequestFactory

from cmp_portal.lib.problems import MEDIA_TYPE, Problem, ProgramsMiddleware, problem


def answered(path, answer):
    """What comes out where this is answered, and the request as it went in."""
    seen = []
    request = RequestFactory(headers={"Cookie": "session=one"}).get(path)
    return ProgramsMiddleware(lambda one: seen.append(one.COOKIES) or answer)(request), seen[0]


def test_problem_leaves_out_what_is_not_said():
    assert json.loads(problem(404).content) == {"type": "about:blank", "title": "Not Found", "status": 404}


def test_status_without_a_name_is_a_refusal():
    assert json.loads(problem(599).content)["title"] == "Refused"


def test_problem_that_is_raised_keeps_headers_and_more():
    answer = Problem(
        429, "Later.", headers={"Retry-After": "5"}, errors=[{"pointer": "#", "detail": "Too much"}]
    ).answer()

    assert (answer["Retry-After"], answer["Content-Type"], answer.status_code) == ("5", MEDIA_TYPE, 429)
    assert json.loads(answer.content)["errors"] == [{"pointer": "#", "detail": "Too much"}]


@pytest.mark.parametrize("status", [400, 404, 413, 500, 503])
def test_page_of_an_error_becomes_a_problem(status):
    page = HttpResponse("<h1>No</h1>", status=status, headers={"Retry-After": "5", "ETag": "one"})

    answer, _cookies = answered("/api/v1/completions", page)

    assert json.loads(answer.content)["status"] == status
    assert (answer["Content-Type"], answer["Retry-After"], "ETag" in answer) == (MEDIA_TYPE, "5", False)


def test_allowed_methods_stay():
    answer, _cookies = answered("/api/v1/completions", HttpResponseNotAllowed(["GET"]))

    assert answer["Allow"] == "GET"


@pytest.mark.parametrize("answer", [HttpResponse("[]"), problem(404, "Nothing.")])
def test_what_is_right_already_is_left_alone(answer):
    assert answered("/api/v1/completions", answer)[0] is answer


@pytest.mark.parametrize(
    ("path", "cookies"), [("/api/v1/completions", {}), ("/api/", {"session": "one"}), ("/", {"session": "one"})]
)
def test_cookies_count_for_people_alone(path, cookies):
    assert answered(path, HttpResponse())[1] == cookies


def test_page_that_explains_keeps_its_errors():
    page = HttpResponse("<h1>No</h1>", status=500)

    assert answered("/api/", page)[0] is page
