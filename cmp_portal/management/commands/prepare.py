from argparse import ArgumentParser
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from cmp_portal.lib.commands import Command as BaseCommand

VAR = settings.BASE_DIR / "var"
SIGN_INS = VAR / "sign-ins.txt"
COLLECTED = VAR / "collected-static"


class Command(BaseCommand):
    help = "Bring the database, the reference data, the demo and the static files up to date."
    exit_codes = {2: "migrate, load_reference, load_requirements or seed_demo refused, for the reason printed"}
    example = "manage.py prepare --no-seed"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-seed", action="store_false", dest="seed", help="without the demo data")

    def handle(self, *args: Any, seed: bool, **options: Any) -> None:
        for command in ("migrate", "load_reference", "load_requirements"):
            call_command(command, verbosity=0)
        if seed:
            seed_demo()
        collect_static()


def seed_demo() -> None:
    """Seed the demo, and keep its list of logins in a file."""
    said = StringIO()
    call_command("seed_demo", stdout=said)
    SIGN_INS.write_text(said.getvalue(), encoding="utf-8")


def collect_static() -> None:
    """Collect static files only when one has changed: hashing them takes longer than the rest of a second start."""
    state = state_of_static()
    if not (COLLECTED.exists() and settings.STATIC_ROOT.exists() and COLLECTED.read_text() == state):
        call_command("collectstatic", interactive=False, verbosity=0)
        COLLECTED.parent.mkdir(exist_ok=True)
        COLLECTED.write_text(state)


def state_of_static() -> str:
    """A fingerprint of the names and contents of all static files."""
    state = sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            state.update(name.encode())
            state.update(Path(storage.path(name)).read_bytes())
    return state.hexdigest()
