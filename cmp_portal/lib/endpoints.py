"""Addresses of database, cache and portal: from the environment, else from a running `make run`."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from cmp_portal.lib.environment import InvalidEnvironment

RUN_FILE = Path(__file__).resolve().parents[2] / "var" / "run.json"


def database_url() -> str | None:
    """The PostgreSQL URL, or None if not configured yet."""
    return os.environ.get("DATABASE_URL") or running(RUN_FILE).get("database_url")


def redis_url() -> str | None:
    """The Redis or Valkey URL, or None if not configured yet."""
    return os.environ.get("REDIS_URL") or running(RUN_FILE).get("redis_url")


def site_url() -> str:
    """The portal's URL on a developer's machine; production sets SITE_URL."""
    said = {} if os.environ.get("DATABASE_URL") else running(RUN_FILE)
    return said.get("site_url", "http://localhost:8000")


def running(run_file: Path) -> dict[str, str]:
    """What the last `make run` recorded about itself; empty when missing or unreadable."""
    try:
        said = json.loads(run_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: value for key, value in said.items() if isinstance(value, str)} if isinstance(said, dict) else {}


def parse_database_url(url: str, name: str = "DATABASE_URL") -> dict[str, Any]:
    """Django connection settings from a libpq URL; a host that is a path is the directory of a Unix socket.

    `name` is the variable named in error messages. Raises InvalidEnvironment for a malformed URL.
    """
    parts = urlsplit(url)
    database = unquote(parts.path.removeprefix("/"))
    if parts.scheme not in {"postgresql", "postgres"} or not database:
        raise InvalidEnvironment(f"{name} is not of the form postgresql://user:password@host:5432/name")
    # Not `parts.hostname`: it lowercases, and a socket's path is case-sensitive.
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


def set_parameters(settings: dict[str, Any], **parameters: float) -> None:
    """Set parameters of PostgreSQL for every connection; options in the URL come later and so take precedence."""
    options: dict[str, str] = settings["OPTIONS"]
    set_here = [f"-c {name}={value}" for name, value in parameters.items()]
    options["options"] = " ".join([*set_here, options.get("options", "")]).strip()


def demand_tls(database: dict[str, Any], *, authority: str) -> None:
    """Require TLS with a certificate for this host, issued by `authority`.

    By default libpq accepts any certificate, and connections without TLS. Unix sockets are exempt.
    """
    if not database["HOST"].startswith("/") and database["HOST"]:
        database["OPTIONS"] |= {"sslmode": "verify-full", "sslrootcert": authority}


def with_password(url: str, password: str) -> str:
    """The Redis URL with this password, replacing any it has."""
    parts = urlsplit(url)
    return parts._replace(netloc=f":{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}").geturl()


def _host_and_port(place: str) -> tuple[str, str]:
    """Split host and port; an IPv6 address is in brackets, as it contains colons."""
    if place.startswith("["):
        host, _, rest = place[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = place.partition(":")
    return host, port
