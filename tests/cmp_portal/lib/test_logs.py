"""The content of log lines, and what they omit."""

import json
import logging
from datetime import datetime, timedelta

import pytest
import structlog
import time_machine
from django.utils import timezone

from cmp_portal.celery import app
from cmp_portal.lib.logs import LEFT_OUT, more_context, set_context, write

MARA = "mara.holder@example.org"


def failing():
    secret = MARA
    raise ValueError(f"{secret} is not a number")


def test_our_own_lines_say_what_they_are_given(log_lines):
    structlog.stdlib.get_logger("accounts.tests").warning("refused", alert=7)

    [line] = log_lines()
    assert (line["event"], line["alert"], line["level"], line["logger"]) == ("refused", 7, "warning", "accounts.tests")


def test_line_of_a_request_is_like_any_other(log_lines):
    with time_machine.travel("2026-07-01T23:30:00-05:00", tick=False), more_context(request_id="abc"):
        structlog.stdlib.get_logger("accounts.tests").info("request", status=200)
        write(logging.getLogger("accounts.tests"), "request", status=200)

    [theirs, ours] = log_lines()
    assert {one["timestamp"][-1] for one in (theirs, ours)} == {"Z"}
    assert datetime.fromisoformat(theirs.pop("timestamp")) == datetime.fromisoformat(ours.pop("timestamp"))
    assert theirs == ours
    assert ours["request_id"] == "abc"


def test_line_of_a_request_can_be_switched_off(log_lines):
    logging.getLogger("accounts.tests").setLevel(logging.WARNING)
    write(logging.getLogger("accounts.tests"), "request", status=200)
    logging.getLogger("accounts.tests").setLevel(logging.NOTSET)

    assert log_lines() == []


def test_context_ends_with_what_it_was_for(log_lines):
    set_context(task="a")
    with more_context(job="b"):
        logging.getLogger("accounts.tests").warning("within")
    logging.getLogger("accounts.tests").warning("after")
    set_context()
    logging.getLogger("accounts.tests").warning("then")

    assert [{name: line[name] for name in ("task", "job") if name in line} for line in log_lines()] == [
        {"task": "a", "job": "b"}, {"task": "a"}, {},
    ]  # fmt: skip


def test_lines_of_a_task_name_it_and_those_after_it_do_not(log_lines):
    log = logging.getLogger("accounts.tests")

    @app.task(name="tests.say", shared=False)
    def say():
        log.warning("within")

    number = say.apply().id
    log.warning("after")

    [within, after] = [line for line in log_lines() if line["logger"] == "accounts.tests"]
    assert (within["task"], within["task_id"]) == ("tests.say", number)
    assert not {"task", "task_id"} & set(after)
    app.tasks.unregister("tests.say")


def test_moments_are_told_in_utc(log_lines):
    with time_machine.travel("2026-07-01T23:30:00-05:00", tick=False), timezone.override("America/Chicago"):
        structlog.stdlib.get_logger("accounts.tests").warning("ours")
        logging.getLogger("allauth").warning("a library's")

    moments = [datetime.fromisoformat(line["timestamp"]) for line in log_lines()]
    assert [(one.isoformat()[:16], one.utcoffset()) for one in moments] == [("2026-07-02T04:30", timedelta(0))] * 2


def test_our_own_old_lines_too(log_lines):
    logging.getLogger("accounts.tests").warning("alert %s is refused", 7)

    assert log_lines()[0]["event"] == "alert 7 is refused"


def test_a_library_is_told_without_its_arguments(log_lines):
    logging.getLogger("allauth").warning("mail to %s failed %d times", MARA, 3)

    assert log_lines()[0]["event"] == f"mail to {LEFT_OUT} failed 3 times"


def test_a_text_made_by_a_library_is_left_out_and_its_place_told(log_lines):
    logging.getLogger("django.security.SuspiciousFileOperation").warning(f"no access to {MARA}.pdf")

    [line] = log_lines()
    assert (line["event"], line["at"].startswith("test_logs:")) == (LEFT_OUT, True)


def test_a_task_is_told_by_its_name_and_number(log_lines):
    context = {"name": "declarations.tasks.roll_cycles", "id": "1-2", "exc": ValueError(MARA)}

    logging.getLogger("celery.app.trace").error("Task %(name)s[%(id)s] raised: %(exc)s", context)

    assert log_lines()[0]["event"] == f"Task declarations.tasks.roll_cycles[1-2] raised: {LEFT_OUT}"


@pytest.mark.parametrize(
    ("level", "event"), [("info", "Listening at: localhost"), ("warning", f"Listening at: {LEFT_OUT}")]
)
def test_gunicorn_is_believed_while_all_is_well(log_lines, level, event):
    logger = logging.getLogger("gunicorn.error")
    logger.setLevel(logging.INFO)

    getattr(logger, level)("Listening at: %s", "localhost")

    assert log_lines()[0]["event"] == event


@pytest.mark.parametrize("name", ["accounts.tests", "django.request"])
def test_an_exception_is_told_by_its_lines_and_not_by_its_message(log_lines, name):
    try:
        failing()
    except ValueError:
        logging.getLogger(name).exception("it failed")

    [line] = log_lines()
    assert ("in failing" in line["exception"], line["exception"].endswith("ValueError")) == (True, True)
    assert MARA not in json.dumps(line)


def test_structured_lines_tell_an_exception_the_same_way(log_lines):
    try:
        failing()
    except ValueError:
        structlog.stdlib.get_logger("accounts.tests").exception("it failed")

    assert log_lines()[0]["exception"].endswith("ValueError")


def test_where_an_exception_came_from_is_told_first(log_lines):
    try:
        try:
            failing()
        except ValueError as error:
            raise FileNotFoundError(2, "no such file", MARA) from error
    except OSError:
        logging.getLogger("accounts.tests").exception("it failed")

    told = log_lines()[0]["exception"]
    assert (told.index("ValueError") < told.index("FileNotFoundError errno 2"), MARA in told) == (True, False)


@pytest.mark.django_db
def test_the_database_s_complaint_is_told_by_its_code_and_constraint(log_lines):
    from django.db import IntegrityError, transaction

    from tests.factories import HolderFactory

    HolderFactory(customer_number=MARA[:20])
    try:
        with transaction.atomic():
            HolderFactory(customer_number=MARA[:20])
    except IntegrityError:
        logging.getLogger("accounts.tests").exception("it failed")

    told = log_lines()[0]["exception"]
    assert ("23505 accounts_holder_customer_number" in told, MARA[:20] in told) == (True, False)


def test_lines_carry_what_is_bound(log_lines):
    with more_context(request_id="abc"):
        logging.getLogger("django.request").error("it failed")

    assert log_lines()[0]["request_id"] == "abc"


def test_what_a_line_says_itself_is_not_replaced_by_what_is_bound(log_lines):
    with more_context(job="bound"):
        structlog.stdlib.get_logger("accounts.tests").info("ended", job="said")

    assert log_lines()[0]["job"] == "said"
