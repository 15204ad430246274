"""Pages served from a real standby with two seconds of replication lag."""

import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.urls import reverse

from cmp_portal.lib.services import postgres
from cmp_portal.lib.services.processes import socket_folder, unprivileged
from faults.web import filled, signed_in, start_web
from faults.world import a_world, until
from tests import database, factories

DELAY = 2.0  # seconds
BEHIND = {"recovery_min_apply_delay": f"{DELAY:g}s", "hot_standby_feedback": "on"}
pytestmark = pytest.mark.skipif(not database.OWN, reason="the server is not ours")


@pytest.fixture
def standby(transactional_db, tmp_path):
    """A standby of the server that the tests started, and a web server that knows both."""
    where, account = connection.settings_dict, unprivileged()
    host, user, name = quote(where["HOST"]), quote(where["USER"]), where["NAME"]
    with a_world(DATABASE_URL=f"postgresql:///{name}?host={host}&user={user}") as world:
        world.start_cache()
        data = world.folder / "standby"
        binaries = postgres.binaries_for(Path(database.OWN["data"]))
        copy = ["pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", f"--host={where['HOST']}"]
        command = [*account.prefix, binaries / copy[0], *copy[1:], f"--username={where['USER']}", f"--pgdata={data}"]
        account.own(data)
        subprocess.run(command, check=True, capture_output=True)
        with socket_folder(world.folder / "second", account=account) as sockets:
            log = world.folder / "log" / "standby.log"
            place = postgres.running(data, sockets=sockets, log=log, account=account, settings=BEHIND)
            world.enter("standby", place)
            address = f"postgresql:///{name}?host={quote(str(sockets))}&user={user}"
            yield Pages(world, address)


class Pages:
    """One holder who asks for everything held about them."""

    def __init__(self, world, address):
        self.world, self.address = world, address
        world.env["DATABASE_REPLICA_URL"] = address
        self.user = factories.HolderUserFactory()
        self.visitor = signed_in(self.user, start_web(world))
        until(lambda: self.tells(self.user.holder.last_name), "the standby")

    def tells(self, words, page="export_file"):
        answer = self.visitor.get(reverse(page))
        assert answer.status == 200, (answer.status, answer.body[:200])
        return words in answer.body.decode()

    def record(self, title):
        """Written by somebody else."""
        factories.CreditFactory(holder=self.user.holder, title=title)
        return time.monotonic()


def seconds_until_told(standby, title, page="export_file"):
    """From the moment in which somebody else has written it; an answer may take long itself."""
    at = standby.record(title)
    until(lambda: standby.tells(title, page), "the standby")
    return time.monotonic() - at


def test_a_page_that_may_be_old_is_two_seconds_old(standby):
    assert seconds_until_told(standby, "Anemias, slowly") >= DELAY - 0.1
    assert seconds_until_told(standby, "Anemias, in the history", "account:history") >= DELAY - 0.1


def test_who_has_written_reads_the_primary_until_the_standby_has_it(standby):
    standby.record("Anemias, at once")
    assert standby.visitor.post(reverse("calendar_make"), filled()).status == 302

    assert standby.tells("Anemias, at once")
    time.sleep(DELAY + 1)
    assert seconds_until_told(standby, "Anemias, slowly again") >= DELAY - 0.1


def test_other_pages_are_of_now(standby):
    standby.record("Anemias, listed")

    assert "Anemias, listed" in standby.visitor.get(reverse("education:credits")).body.decode()


def test_without_the_standby_pages_go_on(standby):
    standby.record("Anemias, alone")
    standby.world.kill("standby")

    assert standby.tells("Anemias, alone")
