"""The supervisor behind `make run`. It does not use the database, which did not exist when its settings were read."""

import json
import os
import signal
import socket
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from errno import ENOSPC
from http.client import HTTPConnection
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings

from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.lib.commands import whole
from cmp_portal.lib.endpoints import RUN_FILE
from cmp_portal.lib.services import postgres, valkey
from cmp_portal.lib.services.processes import (
    Account,
    Child,
    Refused,
    Unavailable,
    finish,
    socket_folder,
    sole_use_of,
    start,
    stop,
    unprivileged,
)
from cmp_portal.management.commands.prepare import SIGN_INS, VAR

LOGS = VAR / "log"
FIRST_PAGE_PATIENCE = 120.0  # seconds
EXIT_BROKEN, EXIT_REFUSED = 1, 2
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

PUBLISHED = ("DATABASE_URL", "REDIS_URL", "SITE_URL")
CELERY = ["celery", "-A", "cmp_portal"]
BACKGROUND = {
    "worker": [*CELERY, "worker", "-c", "1", "--without-mingle", "--without-gossip", "--loglevel", "INFO"],
    "beat": [*CELERY, "beat", "--schedule", str(VAR / "beat"), "--pidfile", "", "--loglevel", "INFO"],
}


def web(port: int) -> list[str]:
    """The web server's command line; local only, since the demo's passwords are public."""
    return ["gunicorn", "--config", "python:cmp_portal.serving", "--bind", f"127.0.0.1:{port}", "cmp_portal.wsgi"]


class Stop(BaseException):
    """Somebody asked us to stop."""


class Command(BaseCommand):
    help = "Run the portal with everything it needs until Ctrl-C: database, cache, web, worker and beat."
    exit_codes = {
        0: "stopped on request",
        EXIT_BROKEN: "a part did not start, or exited; everything was stopped",
        EXIT_REFUSED: "refused: it is already running in this folder, or the port is taken",
    }
    example = "manage.py up --port 8001"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=whole, default=8000, help="default: 8000")
        parser.add_argument("--no-seed", action="store_false", dest="seed", help="without the demo data")

    def handle(self, *args: Any, port: int, seed: bool, **options: Any) -> None:
        os.chdir(settings.BASE_DIR)
        try:
            with sole_use_of(VAR / "up.lock", otherwise="The portal is already running in this folder."):
                refuse_if_taken(port)
                stop_on_signals()
                self.run(port, seed)
        except Stop:
            self.stdout.write("Stopped.")
        except (Unavailable, OSError) as problem:
            if isinstance(problem, OSError) and problem.errno == ENOSPC:
                raise
            self.stderr.write(str(problem))
            sys.exit(EXIT_REFUSED if isinstance(problem, Refused) else EXIT_BROKEN)

    def run(self, port: int, seed: bool) -> NoReturn:
        with ExitStack() as stack:
            self.say("Starting the database and the cache ...")
            env = {"SITE_URL": f"http://localhost:{port}"} | os.environ | {"CMP_DEMO": "1", "PYTHONUNBUFFERED": "1"}
            children = start_servers(stack, env)
            publish(stack, env)
            self.say("Preparing the data (the first time takes longest) ...")
            finish("prepare", django("prepare", *([] if seed else ["--no-seed"])), log=LOGS / "prepare.log", env=env)
            children += start_processes(stack, {"web": web(port)}, env)
            wait_for_first_page(port, children)
            # After the first page, so as not to delay it.
            children += start_processes(stack, BACKGROUND, env)
            self.welcome(env["SITE_URL"], seed)
            stack.callback(self.say, "Stopping ...")
            watch(children)

    def welcome(self, address: str, seed: bool) -> None:
        self.say(f"\nCMP Portal: {address}\n")
        if seed:
            self.say(SIGN_INS.read_text(encoding="utf-8"))
        self.say("\nLogs are in var/log, mail is in var/outbox. Ctrl-C stops everything.")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def refuse_if_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise Refused(f"Port {port} cannot be used ({reason}): make run PORT={port + 1}") from error


def stop_on_signals() -> None:
    """Raise Stop at the first signal, and ignore further ones while stopping."""

    def obey(number: int, frame: FrameType | None) -> NoReturn:
        for each in STOPPING:
            signal.signal(each, signal.SIG_IGN)
        raise Stop

    for each in STOPPING:
        signal.signal(each, obey)


def start_servers(stack: ExitStack, env: dict[str, str]) -> list[Child]:
    """Start the servers that the environment does not name, and add their URLs to it."""
    children = []
    account = Account() if env.get("DATABASE_URL") else unprivileged()
    sockets = stack.enter_context(socket_folder(VAR / "sockets", account=account))
    if not env.get("DATABASE_URL"):
        database = postgres.running(VAR / "pg", sockets=sockets, log=LOGS / "postgres.log", account=account)
        env["DATABASE_URL"], server = stack.enter_context(database)
        children.append(server)
    if not env.get("REDIS_URL"):
        env["REDIS_URL"], server = stack.enter_context(valkey.running(sockets=sockets, log=LOGS / "valkey.log"))
        children.append(server)
    return children


def publish(stack: ExitStack, env: dict[str, str]) -> None:
    """Write the URLs to a file that other processes in this checkout read, for as long as this one runs."""
    stack.callback(RUN_FILE.unlink, missing_ok=True)
    half_written = RUN_FILE.with_suffix(".new")
    half_written.touch(mode=0o600)
    half_written.write_text(json.dumps({name.lower(): env[name] for name in PUBLISHED}))
    half_written.rename(RUN_FILE)


def start_processes(stack: ExitStack, programs: Mapping[str, list[str]], env: Mapping[str, str]) -> list[Child]:
    """Start Python programs, each with its own log."""
    children: list[Child] = []
    stack.callback(stop, children)
    for name, program in programs.items():
        children.append(start(name, [sys.executable, "-m", *program], log=LOGS / f"{name}.log", env=env))
    return children


def wait_for_first_page(port: int, children: Sequence[Child]) -> None:
    deadline = time.monotonic() + FIRST_PAGE_PATIENCE
    while not answers(port):
        complain_about_ended(children)
        if time.monotonic() > deadline:
            raise Unavailable(f"The portal does not respond: see {LOGS}.")
        time.sleep(0.1)


def answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def watch(children: Sequence[Child]) -> NoReturn:
    while True:
        complain_about_ended(children)
        time.sleep(0.5)


def complain_about_ended(children: Sequence[Child]) -> None:
    for each in children:
        if each.has_ended:
            raise Unavailable(f"{each.name} exited, so everything stops. The end of its log:\n{each.last_words()}")


def django(*arguments: str) -> list[str | Path]:
    return [sys.executable, settings.BASE_DIR / "manage.py", *arguments]
