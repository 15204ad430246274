"""Every management command documents its exit codes, and an example that it accepts."""

import ast
import re
import shlex
import sys

import pytest
from django.conf import settings
from django.core.management import get_commands, load_command_class

from cmp_portal.lib.commands import EVERYWHERE, EXIT_RUNNING, USUALLY, Command

FILES = sorted(path for path in settings.BASE_DIR.glob("*/management/commands/*.py") if path.stem != "__init__")
OURS = {name: app for name, app in get_commands().items() if (settings.BASE_DIR / app.replace(".", "/")).is_dir()}
ENDING = ("accounts/management/jobs.py", "cmp_portal/lib/feeds/command.py")
commands = pytest.mark.parametrize("name", sorted(OURS))


def command(name):
    return load_command_class(OURS[name], name)


def help_of(name):
    return command(name).create_parser("manage.py", name).format_help()


def codes_named_in(module):
    """By its constants, and by the job whose lock it takes."""
    named = {code for name, code in vars(module).items() if name.startswith("EXIT_")}
    takes_a_lock = hasattr(module, "done_by_us") or hasattr(module, "run_by_hand")
    return named | ({EXIT_RUNNING} if takes_a_lock else set())


def test_all_commands_are_looked_at():
    assert OURS.keys() == {path.stem for path in FILES}
    assert len(OURS) > 25


@commands
def test_its_help_tells_what_its_exit_codes_mean(name):
    own = command(name)
    codes = USUALLY.keys() | own.exit_codes.keys() | EVERYWHERE.keys()

    told = re.findall(r"^  (\d+) +\S", help_of(name).partition("\nExit codes:\n")[2], re.MULTILINE)

    assert isinstance(own, Command)
    assert list(map(int, told)) == sorted(codes)
    assert codes_named_in(sys.modules[type(own).__module__]) - codes == set()


@commands
def test_its_help_ends_with_an_example_that_it_takes(name):
    example = help_of(name).partition("\nExample: ")[2]

    lines = [line.strip() for line in example.replace("\\\n", " ").splitlines()]

    assert lines
    for line in lines:
        before, words = line.split("manage.py ", 1)
        called, *arguments = shlex.split(words)
        assert (before in {"", "CMP_DEMO=1 "}, called) == (True, name)
        command(name).create_parser("manage.py", name).parse_args(arguments)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        *(("api_token", what) for what in ("make", "rotate", "revoke", "list")),
        *(("audit_round", what) for what in ("open", "draw", "report", "list")),
    ],
)
def test_help_of_a_subcommand_ends_with_an_example_that_it_takes(name, what, capsys):
    parser = command(name).create_parser("manage.py", name)
    with pytest.raises(SystemExit):
        parser.parse_args([what, "--help"])
    told, example = capsys.readouterr().out.split("\nExample: manage.py ")

    called, *arguments = shlex.split(example)

    assert "\nExit codes:\n  0 " in told
    assert (called, parser.parse_args(arguments).what) == (name, what)


@pytest.mark.parametrize("file", [*FILES, *(settings.BASE_DIR / name for name in ENDING)], ids=lambda path: path.stem)
def test_whatever_it_ends_with_has_a_name(file):
    """An error without a code of its own ends with 1, as a traceback does."""
    calls = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    refusals = [call for call in calls if ast.unparse(call.func) == "CommandError"]
    codes = [key.value for call in refusals for key in call.keywords if key.arg == "returncode"]
    codes += [call.args[0] for call in calls if ast.unparse(call.func) == "sys.exit"]

    assert len(codes) >= len(refusals)
    assert [ast.unparse(code) for code in codes if "EXIT_" not in ast.unparse(code)] == []
