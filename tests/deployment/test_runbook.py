"""All commands in the runbook and the README exist."""

import re
import shlex
from itertools import pairwise

import pytest
from django.core.management import get_commands

from tests.deployment.composed import COMPOSE, ROOT, SERVICES

RUNBOOK, README = ((ROOT / name).read_text() for name in ("docs/runbook.md", "README.md"))
ALL_WORDS = {"ps", "logs", "up", "stop", "build"}
FIRST_WORD = {"run", "exec"}  # what follows it runs inside
WITH_VALUE = {"--user", "--env", "--name", "--since", "--tail", "--scale"}
# A block, or words between backticks.
TYPED = re.findall(r"^ {4,}(.*docker compose .*)$|`(docker compose [^`]+)`", RUNBOOK + README, re.MULTILINE)
COMMANDS = [one for block, words in TYPED for one in re.findall(r"docker compose ([^|&#]+)", f"{block}{words}")]


@pytest.mark.parametrize("command", COMMANDS)
def test_services_and_commands_of_compose_exist(command):
    verb, *words = shlex.split(command)
    services = [
        word for before, word in pairwise([verb, *words]) if not word.startswith("-") and before not in WITH_VALUE
    ]

    assert verb in ALL_WORDS | FIRST_WORD
    assert set(services[:1] if verb in FIRST_WORD else services) <= set(SERVICES)


def test_commands_of_the_portal_exist():
    named = set(re.findall(r"manage\.py (\w+)", RUNBOOK))

    assert named and named <= set(get_commands())


def test_commands_of_the_backup_exist():
    script = (ROOT / "deploy" / "backup").read_text()
    known = set(re.findall(r"^    (\w+)\) \w+", script, re.MULTILINE))

    assert set(re.findall(r"/deploy/backup (\w+)", RUNBOOK)) <= known


def test_secrets_that_the_readme_makes_are_those_of_the_compose_file():
    made = [name for names in re.findall(r"for name in ([\w ]+); do", README) for name in names.split()]

    assert sorted(made) == sorted(COMPOSE["secrets"])


def test_every_value_that_the_compose_file_demands_is_told():
    demanded = set(re.findall(r"\$\{(\w+):\?\}", (ROOT / "docker-compose.yml").read_text()))
    dotenv = next(line for line in README.splitlines() if "> .env" in line)

    assert set(re.findall(r"([A-Z_]+)=%s", dotenv)) == demanded
