"""`deploy/backup`: everything is lost, and the database of a chosen moment is restored on a new server."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager

import psycopg2
import pytest

from cmp_portal.lib.services import postgres
from cmp_portal.lib.services.processes import unprivileged
from faults.world import ROOT, a_world
from tests import database
from tests.deployment.composed import SERVICES, until

SAID = [word.removeprefix("-c").split("=", 1) for word in SERVICES["db"]["command"] if word.startswith("-c")]
JOURNAL = {name: value.replace("/deploy/", f"{ROOT}/deploy/") for name, value in SAID}
# The columns of everything that people see of the ledger, in the order of their keys.
LEDGER = "SELECT md5(string_agg(t::text, '|' ORDER BY t.id)) FROM {} t"
TABLES = ("education_credit", "education_allocation", "declarations_declaration", "credentials_cycle")


class Rehearsal:
    """Servers over folders of one world, one at a time, all with the same backups."""

    def __init__(self, world):
        self.world, self.account = world, unprivileged()
        self.backups = world.folder / "backups"
        self.account.own(self.backups)

    @contextmanager
    def server(self, name, **settings):
        log = self.world.folder / "log" / f"{name}.log"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BACKUPS", str(self.backups))
            place = {"sockets": self.world.sockets, "log": log, "account": self.account}
            with postgres.running(self.world.folder / name, **place, settings=settings) as (address, _):
                self.world.env["DATABASE_URL"] = address
                yield address

    def backup(self, *arguments, shell=()):
        """The script as the database's own user runs it."""
        binaries = postgres.binaries_for(self.world.folder / "pg").folder
        own = {
            "BACKUPS": str(self.backups),
            "PGHOST": str(self.world.sockets),
            "PATH": f"{binaries}:{os.environ['PATH']}",
        }
        command = [*self.account.prefix, "sh", *shell, ROOT / "deploy" / "backup", *arguments]
        return subprocess.run(command, env=os.environ | own, capture_output=True, text=True)

    def ledger(self):
        return [self.ask(LEDGER.format(table)) for table in TABLES]

    def ask(self, query):
        with psycopg2.connect(self.world.env["DATABASE_URL"]) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0] if cursor.description else None

    def manage(self, *command):
        assert self.world.finish_command(*command) == 0, self.world.children["manage"].last_words()


@pytest.fixture(scope="module")
def rehearsed():
    """The demo and its base backup; after that more is recorded, and then titles are lost to a mistake."""
    with a_world(CMP_DEMO="1", REDIS_URL="redis://127.0.0.1:1/0") as world:
        rehearsal = Rehearsal(world)
        with rehearsal.server("pg", **JOURNAL) as address:
            assert not database.is_kept() or database.fill(address)
            rehearsal.manage("migrate", "--verbosity=0")
            for command in ("load_reference", "load_requirements", "seed_demo"):
                rehearsal.manage(command)
            made = rehearsal.backup("base")
            assert made.returncode == 0, made.stderr
            rehearsal.ask("UPDATE education_credit SET title = title || ', second edition'")
            rehearsal.good = rehearsal.ledger()
            rehearsal.moment = moment_after(rehearsal)
            rehearsal.ask("UPDATE education_credit SET title = 'lost'")
            rehearsal.bad = rehearsal.ledger()
            last = rehearsal.ask("SELECT pg_walfile_name(pg_switch_wal())")
            assert until(lambda: (rehearsal.backups / "wal" / last).exists(), 30)
        yield rehearsal


def moment_after(rehearsal):
    """A whole second, since that is how people name a moment, after which nothing of before is under way."""
    time.sleep(1.1)
    moment = rehearsal.ask("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
    time.sleep(1.1)
    return moment


def restored(rehearsal, name, *moment):
    done = rehearsal.backup("restore", rehearsal.world.folder / name, *moment)
    assert done.returncode == 0, done.stderr
    return rehearsal.server(name, archive_mode="off")


def has_ended_recovery(rehearsal):
    return until(lambda: not rehearsal.ask("SELECT pg_is_in_recovery()"), 60)


def test_restore_goes_to_the_moment_before_the_mistake(rehearsed):
    with restored(rehearsed, "then", rehearsed.moment):
        assert has_ended_recovery(rehearsed)

        assert rehearsed.ledger() == rehearsed.good != rehearsed.bad
        assert rehearsed.world.finish_command("verify_ledger") == 0


def test_restore_without_a_moment_goes_to_the_end_of_the_journal(rehearsed):
    with restored(rehearsed, "last"):
        assert has_ended_recovery(rehearsed)

        assert rehearsed.ledger() == rehearsed.bad


def test_what_lay_in_the_folder_is_moved_aside(rehearsed):
    folder = rehearsed.world.folder / "again"
    for _time in range(2):
        assert rehearsed.backup("restore", folder).returncode == 0

    assert len(list(folder.parent.glob("again.before-*"))) == 1


def test_a_restore_on_an_empty_disk_starts_afresh_after_an_interrupted_one(rehearsed):
    folder = rehearsed.world.folder / "volume" / "18" / "docker"
    rehearsed.account.own(rehearsed.world.folder / "volume")
    assert rehearsed.backup("restore", folder).returncode == 0
    folder.rename(folder.with_name("docker.part"))

    assert rehearsed.backup("restore", folder).returncode == 0
    assert (folder / "PG_VERSION").exists()
    assert list(folder.parent.iterdir()) == [folder]


def test_a_restore_forgets_the_moment_of_an_earlier_one(rehearsed):
    with restored(rehearsed, "earlier", rehearsed.moment):
        assert has_ended_recovery(rehearsed)
    kept = settings_of(rehearsed.world.folder / "earlier")
    (base,) = (rehearsed.backups / "base").iterdir()
    with (base / "postgresql.auto.conf").open("a") as settings:  # as restores left it before
        settings.write("recovery_target_time = '2020-01-01 00:00:00+00'\n")

    with restored(rehearsed, "later"):
        assert has_ended_recovery(rehearsed)

        assert rehearsed.ledger() == rehearsed.bad
    assert [line for line in kept if line.startswith("recovery_")] == []


def settings_of(folder):
    return (folder / "postgresql.auto.conf").read_text().splitlines()


def test_a_base_backup_starts_afresh_after_an_interrupted_one(rehearsed):
    """Which had the same number as a process: in a container that was started again, numbers come back."""
    left = 'mkdir -p "$BACKUPS/base/$$.part" && touch "$BACKUPS/base/$$.part/left" && exec sh "$0" base'
    with rehearsed.server("pg", **JOURNAL):
        made = rehearsed.backup("base", shell=("-c", left))

    assert made.returncode == 0, made.stderr
    shutil.rmtree(made.stdout.strip())


def test_a_moment_before_all_backups_is_refused(rehearsed):
    done = rehearsed.backup("restore", rehearsed.world.folder / "nothing", "2020-01-01T00:00:00Z")

    assert (done.returncode, done.stderr) == (2, "backup: no base backup ended before 2020-01-01T00:00:00Z\n")
    assert not (rehearsed.world.folder / "nothing").exists()


def test_a_moment_that_cannot_be_read_is_refused(rehearsed):
    assert rehearsed.backup("restore", rehearsed.world.folder / "nothing", "yesterday").returncode == 2


def test_a_piece_of_the_journal_is_never_replaced_by_another(rehearsed, tmp_path):
    piece = next((rehearsed.backups / "wal").glob("0000*"))
    other = rehearsed.backups / "other"
    other.write_bytes(b"other")

    assert rehearsed.backup("keep", piece, piece.name).returncode == 0
    assert rehearsed.backup("keep", other, piece.name).returncode == 1


def test_pruning_keeps_the_newest_base_backup_and_the_journal_since(rehearsed):
    (base,) = (rehearsed.backups / "base").iterdir()
    label = (base / "backup_label").read_text()
    first = label.split("(file ")[1][:24]

    assert rehearsed.backup("prune", "0").returncode == 0
    kept = sorted(file.name for file in (rehearsed.backups / "wal").iterdir() if "." not in file.name)
    assert rehearsed.backup("list").stdout == f"{base.name}\n"
    assert kept[0] == first
    with restored(rehearsed, "pruned"):
        assert has_ended_recovery(rehearsed)
