"""Each run starts its own servers and stops them at the end, unless DATABASE_URL and REDIS_URL name existing ones."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import django
import pytest

from cmp_portal.lib.services import postgres, valkey
from cmp_portal.lib.services.processes import Unavailable, socket_folder, unprivileged
from tests import browser, database, flush

# Collection creates thousands of objects that live on: collect no garbage meanwhile, then freeze them.
gc.disable()

# Allow bytecode caching whatever the environment says: workers and commands would recompile everything each time.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

pytest_plugins = ["tests.fixtures"]
SERVERS = pytest.StashKey[ExitStack]()
# The slowest tests run first, so that no worker is left with them at the end.
LONG = ("journeys/test_every_page", "deployment", "journeys", "faults", "cmp_portal/test_up", "documents", "hostile")
# Autovacuum would find most tables empty between tests, and record that: queries of a test with a few thousand rows
# would then be planned for none, and take seconds instead of milliseconds.
DATABASE = database.NOT_DURABLE | {"autovacuum": "off"}
COMPOSED = [f"tests/deployment/test_{name}.py" for name in ("faults", "processes")]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than the number of CPUs, since many tests wait for services of their own."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """Distribute by file, but run all tests of the composed services in one worker, which starts them once."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return COMPOSED[0] if file in COMPOSED else file

    return Scheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Start servers here rather than in a fixture, since settings read their addresses on import.

    With several workers, each has its own servers; the controller needs none.
    """
    if config.option.help or config.option.version or "DJANGO_SETTINGS_MODULE" in os.environ:
        return
    config.option.loadscopereorder = False  # xdist would start with the files that have the most tests
    if not hasattr(config, "workerinput"):
        collect_static()
    if hands_out(config):
        return
    config.stash[SERVERS] = ExitStack()
    try:
        start_servers(config.stash[SERVERS])
    except Unavailable as refusal:
        pytest.exit(str(refusal), returncode=2)
    os.environ["DJANGO_SETTINGS_MODULE"] = "cmp_portal.settings"
    django.setup()
    make_quick()


def hands_out(config: pytest.Config) -> bool:
    return bool(config.getoption("tx", None)) and not hasattr(config, "workerinput")


def collect_static() -> None:
    """Collect static files up front: a test's web server would do so while other tests read the folder."""
    collect = (
        "import django; django.setup(); from cmp_portal.management.commands import prepare; prepare.collect_static()"
    )
    settings = {"DJANGO_SETTINGS_MODULE": "cmp_portal.settings"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", collect], env=os.environ | settings, check=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash:
        config.stash[SERVERS].close()


def start_servers(stack: ExitStack) -> None:
    """Start what is missing, and export its addresses."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="cmp-tests-", ignore_cleanup_errors=True)))
    account = unprivileged()
    sockets = stack.enter_context(socket_folder(folder / "sockets", account=account))
    if account.uid is not None:
        folder.chmod(0o711)
    if not os.environ.get("DATABASE_URL"):
        server = postgres.running(
            folder / "pg", sockets=sockets, log=folder / "pg.log", account=account, settings=DATABASE
        )
        os.environ["DATABASE_URL"], _ = stack.enter_context(server)
        database.OWN.update(url=os.environ["DATABASE_URL"], data=str(folder / "pg"))
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"], _ = stack.enter_context(valkey.running(sockets=sockets, log=folder / "valkey.log"))
    os.environ["EVIDENCE_ROOT"] = str(folder / "evidence")


def make_quick() -> None:
    """Replace what is deliberately slow in production: password hashing and static file manifests."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.WHITENOISE_AUTOREFRESH = True  # instead of scanning all files for every client


# --- The database, migrated once for all runs with the same migrations ---------------------------------------------


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    return bool(database.OWN)


@pytest.fixture(scope="session")
def django_db_modify_db_settings_parallel_suffix() -> None:
    """Disable the suffix: workers don't share a server, so all use the same name."""


@pytest.fixture(scope="session")
def turn() -> Iterator[ExitStack]:
    """Holds the lock from looking for the kept database dump until one has been written."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, turn: ExitStack) -> None:
    if database.OWN:
        database.restore(turn)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, turn: ExitStack) -> None:
    if database.OWN:
        database.keep()
    turn.close()
    flush.use()


# --- A real browser -----------------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_when)
    if browser.executable():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=browser.MISSING))


def _when(item: pytest.Item) -> int:
    """Position among the slow tests; all others follow in their original order."""
    path = item.path.relative_to(Path(__file__).parent).as_posix()
    return next((place for place, start in enumerate(LONG) if path.startswith(start)), len(LONG))


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()
    gc.set_threshold(10_000)  # Tests make many objects and few cycles.
    gc.enable()
    # Playwright keeps an event loop running in this thread, in which Django would refuse to query.
    if any(item.get_closest_marker("browser") for item in session.items):
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Warn when browser tests were skipped, so that the run isn't taken for a complete one."""
    skipped = terminalreporter.stats.get("skipped", [])
    if number := sum(browser.MISSING in str(report.longrepr) for report in skipped):
        terminalreporter.write_sep("!", f"{number} BROWSER TESTS WERE SKIPPED: {browser.MISSING}", red=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    return browser_type_launch_args | {"executable_path": browser.executable(), "args": browser.FLAGS}
