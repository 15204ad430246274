"""Where database, cache and portal are found: the environment's word first, then that of a running `make run`."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from cmp_portal.lib.environment import InvalidEnvironment

RUN_FILE = Path(__file__).resolve().parents[2] / "var" / "run.json"


def database_url() -> str | None:
    """The address of PostgreSQL, or None where nobody has said it yet."""
    return os.environ.get("DATABASE_URL") or running(RUN_FILE).get("database_url")


def redis_url() -> str | None:
    """The address of Redis or Valkey, or None where nobody has said it yet."""
    return os.environ.get("REDIS_URL") or running(RUN_FILE).get("redis_url")


def site_url() -> str:
    """Where a developer's browser finds the portal that uses this database; production says it itself."""
    said = {} if os.environ.get("DATABASE_URL") else running(RUN_FILE)
    return said.get("site_url", "http://localhost:8000")


def running(run_file: Path) -> dict[str, str]:
    """What the last `make run` wrote about itself; empty when there is nothing readable."""
    try:
        said = json.loads(run_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in said.items() if isinstance(value, str)} if isinstance(said, dict) else {}


def parse_database_url(url: str, name: str = "DATABASE_URL") -> dict[str, Any]:
    """A libpq address as Django's connection settings; a host that is a path is the folder of a Unix socket.

    `name` is that of the variable, for who has to put it right.
    """
    parts = urlsplit(url)
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"postgresql", "postgres"} or not database:
        raise InvalidEnvironment(f"{name} is not of the form postgresql://user:password@host:5432/name")
    # Not `parts.hostname`: it lowers the case, and a socket's folder has one.
    credentials, _, place = parts.netloc.rpartition("@")
    user, _, password = credentials.partition(":")
    host, port = _host_and_port(place)
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": database,
        "USER": unquote(options.pop("user", user)),
        "PASSWORD": unquote(options.pop("password", password)),
        "HOST": unquote(options.pop("host", host)),
        "PORT": options.pop("port", port),
        "OPTIONS": options,
    }


def limit_waiting(settings: dict[str, Any], **milliseconds: int) -> None:
    """Has every connection ask PostgreSQL to give up after so long; what the address itself asks for comes last."""
    options: dict[str, str] = settings["OPTIONS"]
    limits = [f"-c {name}={limit}" for name, limit in milliseconds.items()]
    options["options"] = " ".join([*limits, options.get("options", "")]).strip()


def demand_tls(database: dict[str, Any], *, authority: str) -> None:
    """Has libpq speak to no server but one whose certificate is for this host, and of this authority; by itself it
    would take any, and none at all. A socket of this machine has no need of it."""
    if not database["HOST"].startswith("/") and database["HOST"]:
        database["OPTIONS"] |= {"sslmode": "verify-full", "sslrootcert": authority}


def with_password(url: str, password: str) -> str:
    """The address of Redis with a password in it; one that it has already is replaced."""
    parts = urlsplit(url)
    return parts._replace(netloc=f":{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}").geturl()


def _host_and_port(place: str) -> tuple[str, str]:
    """An IPv6 address stands in brackets, since it has colons of its own."""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = place.partition(":")
    return host, port
