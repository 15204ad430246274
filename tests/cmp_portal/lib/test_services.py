import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from tempfile import gettempdir

import psycopg2
import pytest

from cmp_portal.lib.services import postgres, processes, valkey
from cmp_portal.lib.services.processes import (
    Refused,
    Unavailable,
    socket_folder,
    sole_use_of,
    start,
    stop,
    unprivileged,
)
from tests.database import NOT_DURABLE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A short path that a lower-privilege account may pass."""
    folder = tmp_path_factory.mktemp("pg")
    folder.chmod(0o711)
    return folder


@contextmanager
def database(folder, account=None, settings=NOT_DURABLE):
    """The address and the process of a server over the module's data folder."""
    account = account or unprivileged()
    log = folder / "pg.log"
    with (
        socket_folder(folder / "sockets", account=account) as sockets,
        postgres.running(folder / "pg", sockets=sockets, log=log, account=account, settings=settings) as server,
    ):
        yield server


def answer(url, query):
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


def python(code):
    return [sys.executable, "-c", code]


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


def test_database_has_the_extensions_and_knows_letters(folder):
    with database(folder) as (url, _):
        answer(url, "CREATE EXTENSION IF NOT EXISTS btree_gist; CREATE EXTENSION IF NOT EXISTS pg_trgm")

        assert answer(url, "SELECT lower('ÉÀ')") == "éà"


def test_database_listens_on_a_private_socket_only(folder):
    with database(folder) as (url, _):
        assert answer(url, "SHOW listen_addresses") == ""
        assert (folder / "sockets").stat().st_mode & 0o777 == 0o700


def test_database_keeps_its_data(folder):
    with database(folder) as (url, _):
        answer(url, "CREATE TABLE kept AS SELECT 7 AS n")

    with database(folder) as (url, _):
        assert answer(url, "SELECT n FROM kept") == 7


def test_killed_database_recovers(folder):
    with database(folder, settings={}) as (url, server):
        answer(url, "CREATE TABLE survived AS SELECT 7 AS n")
        server.process.kill()
        server.process.wait()

    with database(folder) as (url, _):
        assert answer(url, "SELECT n FROM survived") == 7


def test_orphaned_database_is_ended_before_the_next_start(folder):
    starter = f"""
from pathlib import Path
from tempfile import gettempdir
from tests.cmp_portal.lib.test_services import database
import os, signal
with database(Path({str(folder)!r})) as (url, server):
    print(server.process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(python(starter), capture_output=True, text=True)

    with database(folder) as (url, server):
        assert killed.returncode == -signal.SIGKILL
        assert server.process.pid != int(killed.stdout)
        assert answer(url, "SELECT 1") == 1


def test_stale_pid_of_a_living_stranger_does_no_harm(folder):
    with database(folder):
        pass
    (folder / "pg" / "postmaster.pid").write_text(f"{os.getpid()}\n{folder / 'pg'}\n")

    with database(folder) as (url, _):
        assert answer(url, "SELECT 1") == 1


def test_interrupted_first_start_is_begun_anew(tmp_path):
    (tmp_path / "pg.new").mkdir()
    (tmp_path / "pg.new" / "PG_VERSION").write_text("18\n")

    with database(tmp_path) as (url, _):
        assert answer(url, "SELECT current_database()") == "cmp"
        assert not (tmp_path / "pg.new").exists()


def test_database_starts_in_a_deep_folder(folder, tmp_path):
    deep = tmp_path / ("deep-" * 12) / ("deeper-" * 10)

    with (
        socket_folder(deep, account=unprivileged()) as sockets,
        postgres.running(folder / "pg", sockets=sockets, log=folder / "pg.log") as (url, _),
    ):
        assert answer(url, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become less")
@pytest.mark.parametrize("account", processes.LESS_THAN_ROOT, ids=["namespace", "reader", "nobody"])
def test_root_runs_the_database_as_somebody_less(account, tmp_path):
    for folder in (tmp_path, *takewhile(lambda parent: parent != Path(gettempdir()), tmp_path.parents)):
        folder.chmod(0o711)
    server = postgres.binaries_for(tmp_path / "pg") / "postgres"
    if subprocess.run([*account.prefix, server, "--version"]).returncode:
        pytest.skip("not possible here")

    with database(tmp_path, account) as (url, _):
        assert answer(url, "SELECT 1") == 1


def test_data_of_a_version_that_is_gone_is_refused(tmp_path):
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text("7\n")

    with pytest.raises(Unavailable, match="created by PostgreSQL 7, which is not installed"):
        postgres.binaries_for(tmp_path / "pg")


def test_local_server_opens_the_data_it_has_made(tmp_path):
    embedded = postgres.binaries_for(tmp_path / "pg").major
    others = [found for found in postgres._local() if found.is_complete and found.major != embedded]
    if not others:
        pytest.skip("no other server is installed here")
    (tmp_path / "pg").mkdir()
    (tmp_path / "pg" / "PG_VERSION").write_text(f"{others[0].major}\n")

    assert postgres.binaries_for(tmp_path / "pg") == others[0]


# --- Valkey ---------------------------------------------------------------------------------------------------------


def test_valkey_answers_on_a_private_socket(tmp_path):
    with valkey.running(sockets=tmp_path, log=tmp_path / "valkey.log") as (url, _):
        address = Path(url.removeprefix("unix://"))

        assert address.stat().st_mode & 0o777 == 0o700


def test_valkey_starts_over_the_socket_of_a_killed_one(tmp_path):
    with valkey.running(sockets=tmp_path, log=tmp_path / "valkey.log") as (url, server):
        server.process.kill()
        server.process.wait()

    with valkey.running(sockets=tmp_path, log=tmp_path / "valkey.log") as (again, _):
        assert again == url


def test_valkey_that_cannot_start_says_why(tmp_path):
    sockets = tmp_path / ("x" * 120)
    sockets.mkdir()

    with (
        pytest.raises(Unavailable, match="Valkey did not start"),
        valkey.running(sockets=sockets, log=tmp_path / "log"),
    ):
        pass


# --- Processes ------------------------------------------------------------------------------------------------------


def test_stubborn_child_is_killed_with_its_children(tmp_path):
    stubborn = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid, flush=True)
time.sleep(60)
"""
    child = start("stubborn", python(stubborn), log=tmp_path / "log")
    grandchild = int(eventually(child.last_words))

    stop([child], patience=0.1)

    assert child.process.returncode == -signal.SIGKILL
    assert eventually(lambda: not is_running(grandchild))


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells a child of its parent's death")
def test_child_ends_with_its_parent(tmp_path):
    parent = f"""
from pathlib import Path
from tempfile import gettempdir
from cmp_portal.lib.services.processes import start
import os, signal
print(start("sleeper", ["sleep", "60"], log=Path({str(tmp_path / "log")!r})).process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run(python(parent), capture_output=True, text=True)

    assert eventually(lambda: not is_running(int(killed.stdout)))


def test_failed_program_is_told_with_its_last_words(tmp_path):
    with pytest.raises(Unavailable, match="try failed:\nno luck"):
        processes.finish("try", python("import sys; sys.exit('no luck')"), log=tmp_path / "log")


def test_second_user_of_a_lock_is_refused(tmp_path):
    first, second = (sole_use_of(tmp_path / "lock", otherwise="taken") for _ in range(2))

    with first, pytest.raises(Refused, match="taken"), second:
        pass


def test_socket_folder_of_a_usual_path_is_itself(tmp_path):
    with socket_folder(tmp_path / "sockets", account=processes.Account()) as sockets:
        assert sockets == tmp_path / "sockets"


def test_socket_folder_of_a_long_path_is_short_enough(tmp_path):
    with (
        socket_folder(tmp_path / ("x" * 100), account=processes.Account()) as sockets,
        socket.socket(socket.AF_UNIX) as s,
    ):
        s.bind(str(sockets / ".s.PGSQL.5432"))

        assert sockets.stat().st_mode & 0o777 == 0o700


def eventually(happens, patience=10):
    deadline = time.monotonic() + patience
    while not (result := happens()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return result


def is_running(pid):
    """A process that has ended but was not buried yet does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
