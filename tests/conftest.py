"""Every run has servers of its own, gone when it ends, unless DATABASE_URL and REDIS_URL name some."""

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

# Thousands of tests are found, and all of them stay: until then nothing is thrown away, and later not looked through.
gc.disable()

# Workers, and the many commands that tests run, need not compile everything again, whatever the machine's setting.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

pytest_plugins = ["tests.fixtures"]
SERVERS = pytest.StashKey[ExitStack]()
# What takes longest comes first, so that no worker has it left when the others are done.
LONG = ("journeys/test_every_page", "deployment", "journeys", "faults", "cmp_portal/test_up", "documents", "hostile")
COMPOSED = [f"tests/deployment/test_{name}.py" for name in ("faults", "processes")]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for services of their own."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """File by file, but whatever asks the composed services goes to one worker, which starts them once."""
    if config.getoption("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return COMPOSED[0] if file in COMPOSED else file

    return Scheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    """Here and not in a fixture: settings read these addresses when they are imported.

    With several workers each has servers of its own; the one that hands out the tests needs none.
    """
    if config.option.help or config.option.version or "DJANGO_SETTINGS_MODULE" in os.environ:
        return
    config.option.loadscopereorder = False  # xdist would begin with the files of most tests
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
    """Before anything is tried: web servers of tests would do it, while other tests look through the folder."""
    collect = (
        "import django; django.setup(); from cmp_portal.management.commands import prepare; prepare.collect_static()"
    )
    settings = {"DJANGO_SETTINGS_MODULE": "cmp_portal.settings"}
    subprocess.run([sys.executable, "-W", "ignore", "-c", collect], env=os.environ | settings, check=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVERS in config.stash:
        config.stash[SERVERS].close()


def start_servers(stack: ExitStack) -> None:
    """Exports the addresses of what it had to start."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="cmp-tests-", ignore_cleanup_errors=True)))
    account = unprivileged()
    sockets = stack.enter_context(socket_folder(folder / "sockets", account=account))
    if account.uid is not None:
        folder.chmod(0o711)
    if not os.environ.get("DATABASE_URL"):
        server = postgres.running(
            folder / "pg", sockets=sockets, log=folder / "pg.log", account=account, settings=postgres.NOT_DURABLE
        )
        os.environ["DATABASE_URL"], _ = stack.enter_context(server)
        database.OWN.update(url=os.environ["DATABASE_URL"], data=str(folder / "pg"))
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"], _ = stack.enter_context(valkey.running(sockets=sockets, log=folder / "valkey.log"))
    os.environ["EVIDENCE_ROOT"] = str(folder / "evidence")


def make_quick() -> None:
    """What production does slowly on purpose: strong password hashes, static files."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.WHITENOISE_AUTOREFRESH = True  # instead of reading every file for every client


# --- The database, migrated once for all runs with the same migrations ---------------------------------------------


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    return bool(database.OWN)


@pytest.fixture(scope="session")
def django_db_modify_db_settings_parallel_suffix() -> None:
    """Workers don't share a server, so the same name does for all."""


@pytest.fixture(scope="session")
def turn() -> Iterator[ExitStack]:
    """Held from asking for the kept database until it is kept."""
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
    """Its place among what takes long; all others follow, in their order."""
    path = item.path.relative_to(Path(__file__).parent).as_posix()
    return next((place for place, start in enumerate(LONG) if path.startswith(start)), len(LONG))


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()
    gc.enable()
    # From its first test on, Playwright's event loop stays in this thread, where Django would refuse to query.
    if any(item.get_closest_marker("browser") for item in session.items):
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """A suite without its browser tests must not look like a whole one."""
    skipped = terminalreporter.stats.get("skipped", [])
    if number := sum(browser.MISSING in str(report.longrepr) for report in skipped):
        terminalreporter.write_sep("!", f"{number} BROWSER TESTS WERE SKIPPED: {browser.MISSING}", red=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    return browser_type_launch_args | {"executable_path": browser.executable(), "args": browser.FLAGS}
