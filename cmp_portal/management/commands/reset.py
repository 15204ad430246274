import shutil
import sys
from typing import Any

from django.conf import settings

from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.services import postgres
from cmp_portal.lib.services.processes import Unavailable, sole_use_of

VAR = settings.BASE_DIR / "var"
EXIT_REFUSED = 2


class Command(BaseCommand):
    help = "Delete the demo: the embedded database, files, mail and logs. The next `make run` starts from scratch."
    exit_codes = {EXIT_REFUSED: "refused: the portal is running in this folder; nothing was deleted"}
    example = "manage.py reset"
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with sole_use_of(VAR / "up.lock", otherwise="The portal is running in this folder: stop it first."):
                drop()
        except Unavailable as refusal:
            self.stderr.write(str(refusal))
            sys.exit(EXIT_REFUSED)
        self.stdout.write("The demo is deleted. `make run` starts from scratch.")


def drop() -> None:
    """Delete everything `make run` has made, except lock files, which others may be waiting for."""
    with postgres.lock_on(VAR / "pg"):
        for path in VAR.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.suffix != ".lock":
                path.unlink()
