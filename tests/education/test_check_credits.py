"""`check_credits` without a database, and in a process of its own where needed."""

import json
import os
import subprocess
import sys

import pytest
from django.core.management import load_command_class

from tests.education.checking.files import CREDITS, DAYS, REQUIREMENTS, SHARES, written

NOWHERE = {"DATABASE_URL": "postgresql://127.0.0.1:1/nowhere"}


def arguments(folder, options, *, starts=DAYS["starts"], ends=DAYS["ends"], **texts):
    paths = written(folder, **texts)
    shares = ["--shares", paths.shares] if paths.shares else []
    files = ["--requirements", paths.requirements, "--credits", paths.credits, *shares]
    return [*files, "--starts", starts, "--ends", ends, *options]


@pytest.fixture
def typed(tmp_path):
    """Runs the command on these files and options; gives the finished process."""
    return lambda *options, machine=None, **changes: called(*arguments(tmp_path, options, **changes), **machine or {})


@pytest.fixture
def check(tmp_path, capsys):
    """The same in this process, where tests like these may not ask the database."""

    def run(*options, **changes):
        code, words = 0, map(str, arguments(tmp_path, options, **changes))
        try:
            load_command_class("education", "check_credits").run_from_argv(["manage.py", "check_credits", *words])
        except SystemExit as ended:
            code = ended.code
        return subprocess.CompletedProcess([], code, *capsys.readouterr())

    return run


def called(*arguments, columns="80", encoding="utf-8", database=NOWHERE):
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "HOME", "SYSTEMROOT")}
    environment = kept | {"COLUMNS": columns, "PYTHONIOENCODING": encoding, **database}
    return subprocess.run(
        [sys.executable, "manage.py", "check_credits", *map(str, arguments)],
        env=environment, capture_output=True, encoding=encoding, timeout=120,
    )  # fmt: skip


def test_json_is_all_there_is_on_standard_output(typed):
    done = typed("--json", shares=SHARES)

    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr, result["complete"]) == (0, "", True)
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("database", [{}, NOWHERE], ids=["none named", "none there"])
def test_no_database_is_needed(typed, database):
    done = typed("--json", "--suggest", machine={"database": database})

    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_missing_is_no_failure(check):
    done = check("--json")

    assert (done.returncode, json.loads(done.stdout)["complete"]) == (0, False)


def test_suggest_completes_the_allocation_and_keeps_what_is_pinned(check):
    done = check("--json", "--suggest", shares="credit,area,points\nc2,rest,1\n")

    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr, result["complete"]) == (0, "", True)
    assert next(share for share in result["shares"] if share["credit"] == "c2")["points"] >= "1.00"


def test_the_report_has_no_colour_codes_and_fits_the_terminal(check, monkeypatch):
    monkeypatch.setenv("COLUMNS", "72")

    done = check(shares=SHARES)

    assert (done.returncode, done.stderr, "\x1b" in done.stdout) == (0, "", False)
    assert done.stdout.startswith("X: Example (version 1, unverified)\n")
    assert max(map(len, done.stdout.splitlines())) <= 72


def test_the_report_is_written_in_any_encoding(typed):
    done = typed(machine={"encoding": "ascii"})

    assert (done.returncode, done.stderr) == (0, "")
    assert "NOT COMPLETE. You still need 6.00" in done.stdout


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"requirements": "nonsense"}, "requirements.toml: file: not TOML"),
        ({"credits": CREDITS.replace("points", "hours")}, "credits.csv: columns missing: points"),
        ({"credits": CREDITS.replace("c3", "c1")}, "credits.csv: line 4: id: “c1” is used twice"),
        ({"shares": SHARES.replace("safety", "saftey")}, "shares.csv: line 2: area: there is no area “saftey”"),
        ({"starts": "2023-02-29"}, "--starts: 2023-02-29 does not exist"),
        ({"ends": "99999-01-01"}, "--ends: “99999-01-01” is not a date"),
    ],
)
def test_bad_input_is_told_in_one_line(check, changes, complaint):
    done = check("--json", **changes)

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert complaint in done.stderr


def test_a_process_with_bad_input_says_so_too(typed):
    done = typed("--json", requirements="nonsense")

    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "requirements.toml: file: not TOML" in done.stderr


def test_years_up_to_the_end_of_the_calendar_have_an_answer(check):
    done = check("--json", starts="9997-01-01", ends="9999-12-31")

    assert (done.returncode, done.stderr) == (0, "")


def test_a_missing_option_is_named_with_the_usage():
    done = called("--json")

    usage, complaint = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (2, "")
    assert usage.startswith("usage: manage.py check_credits --requirements FILE.toml --credits FILE.csv")
    assert complaint.endswith("required: --requirements, --credits, --starts, --ends")


def test_help_has_an_example_that_works():
    words = called("--help").stdout.split("Example: manage.py check_credits ")[1].split("\n\n")[0]

    done = called(*words.replace("\\\n", " ").split(), "--json")

    assert (done.returncode, done.stderr) == (0, "")


def test_requirements_that_use_every_sort_of_rule_are_answered(check):
    done = check("--json", requirements=REQUIREMENTS, shares=SHARES)

    assert [rule["per"] for rule in json.loads(done.stdout)["rules"]] == ["cycle", "year", "item"]
