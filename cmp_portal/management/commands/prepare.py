from argparse import ArgumentParser
from hashlib import sha256
from io import StringIO
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

VAR = settings.BASE_DIR / "var"
SIGN_INS = VAR / "sign-ins.txt"
COLLECTED = VAR / "collected-static"


class Command(BaseCommand):
    help = "Bring the database, the reference data, the demo and the static files up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-seed", action="store_false", dest="seed", help="leave the demo out")

    def handle(self, *args: Any, seed: bool, **options: Any) -> None:
        for command in ("migrate", "load_reference", "load_requirements"):
            call_command(command, verbosity=0)
        if seed:
            seed_demo()
        collect_static()


def seed_demo() -> None:
    """Keeps what it says, the sign-ins, for whoever looks for them later."""
    said = StringIO()
    call_command("seed_demo", stdout=said)
    SIGN_INS.write_text(said.getvalue(), encoding="utf-8")


def collect_static() -> None:
    """Only when a file has changed: compressing them all takes longer than the rest of a start."""
    state = state_of_static()
    if not (COLLECTED.exists() and settings.STATIC_ROOT.exists() and COLLECTED.read_text() == state):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        COLLECTED.write_text(state)


def state_of_static() -> str:
    """A fingerprint of the name, size and time of every static file."""
    found = (storage.path(path) for finder in get_finders() for path, storage in finder.list([]))
    files = [(path, settings.BASE_DIR.joinpath(path).stat()) for path in sorted(found)]
    return sha256(repr([(path, at.st_size, at.st_mtime_ns) for path, at in files]).encode()).hexdigest()
