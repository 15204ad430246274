"""The services of docker-compose.yml as plain processes: same commands and environments, without containers.

Paths and ports differ, as listed in `places`, and programs come from the test environment's packages.
"""

import json
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import psycopg2
import pytest
import yaml

from cmp_portal.lib.services import postgres, valkey
from cmp_portal.lib.services.processes import free_port, socket_folder, start, stop, unprivileged

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
CADDY, RCLONE = (shutil.which(name, path=str(Path(sys.executable).parent)) for name in ("caddy", "rclone"))
# Secrets that the README generates at random; it leaves the others empty.
DRAWN = re.search(r"for name in ([\w ]+); do openssl", (ROOT / "README.md").read_text())[1].split()
# Environment variables set by third-party images.
IMAGES = {"caddy:2": {"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/tmp/config"}}
WHO_MAY = "local all all trust\nlocal replication all trust\nhost all all all scram-sha-256\n"
# The embedded server has no redis-cli; this stand-in takes the same arguments.
REDIS_CLI = """
import os, sys, redis
port, password = int(sys.argv[sys.argv.index("-p") + 1]), os.environ.get("REDISCLI_AUTH")
print(redis.Redis(port=port, password=password, socket_timeout=3).execute_command(*sys.argv[3:]))
"""


def image_command():
    """The default command of the portal's image, from the Dockerfile."""
    line = next(line for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("CMD"))
    return json.loads(line.removeprefix("CMD"))


class Composed:
    """A root folder, the values of `.env`, and free ports in place of the standard ones."""

    def __init__(self, folder, dotenv):
        self.folder, self.children, self.database = folder, {}, ExitStack()
        self.ports = {name: free_port() for name in ("db", "redis", "store", "web", "admin", "http", "https")}
        self.dotenv = {"SITE_HOST": f"localhost:{self.ports['https']}", **dotenv}
        folder.chmod(0o711)  # the database's account must be able to traverse it
        (folder / "secrets").mkdir()
        for name in COMPOSE["secrets"]:
            (folder / "secrets" / name).write_text(name.replace("_", "-") + "-" * 50 if name in DRAWN else "")
        self._lay_out_programs()
        self._write_caddyfile()

    # --- Values of the compose file, mapped to this machine ---

    def places(self, service):
        own = self.folder / service
        here = {name: f"127.0.0.1:{port}" for name, port in self.ports.items()}
        return {
            "0.0.0.0:8000": here["web"],
            "web:8000": here["web"],
            "db:5432": here["db"],
            "redis:6379": here["redis"],
            "store:9000": here["store"],
            "127.0.0.1:9000": here["store"],
            ":9000 ": f"{here['store']} ",
            "127.0.0.1:2019": here["admin"],
            "/run/secrets/": f"{self.folder}/secrets/",
            "/tmp/": f"{own}/tmp/",
            "/data": f"{own}/data",
            "/etc/caddy/Caddyfile": f"{own}/Caddyfile",
            "/deploy/": f"{ROOT}/deploy/",
            "/backups": f"{self.folder}/backups",
        }

    def here(self, service, word):
        """A value of the compose file with variables, paths and ports substituted."""
        word = re.sub(r"\$\{(\w+)(?::\?|:-([^}]*))?\}", lambda found: self.dotenv.get(found[1]) or found[2] or "", word)
        if word in ("6379", "5432"):
            return str(self.ports[service])
        places = self.places(service)
        pattern = "|".join(map(re.escape, places))
        return re.sub(pattern, lambda found: places[found[0]], word.replace("$$", "$"))

    def command(self, service):
        said = SERVICES[service].get("command", image_command())
        words = shlex.split(said) if isinstance(said, str) else said
        return [self.here(service, word) for word in [*SERVICES[service].get("entrypoint", []), *words]]

    def environment(self, service):
        """The environment from the compose file only, plus the paths of programs."""
        given = IMAGES.get(SERVICES[service].get("image"), {}) | SERVICES[service].get("environment", {})
        own = self.folder / service
        for each in ("tmp", "data/evidence"):
            (own / each).mkdir(parents=True, exist_ok=True)
        said = {name: self.here(service, str(value)) for name, value in given.items() if value is not None}
        path = f"{self.folder / 'programs'}:{os.environ['PATH']}"
        return {**said, "PATH": path, "TMPDIR": str(own / "tmp"), "PYTHONUNBUFFERED": "1"}

    @property
    def database_address(self):
        password = (self.folder / "secrets" / "database_password").read_text()
        return f"postgresql://cmp:{password}@127.0.0.1:{self.ports['db']}/cmp"

    # --- Processes ---

    def start(self, service):
        command, env = self.command(service), self.environment(service)
        command[0] = shutil.which(command[0], path=env["PATH"])
        self.children[service] = start(service, command, log=self.folder / "log" / f"{service}.log", env=env)

    def end(self, service):
        stop([self.children.pop(service)])

    def kill(self, service):
        """Kill a service, as the kernel does when memory runs out."""
        os.killpg(self.children[service].process.pid, 9)
        self.end(service)

    def end_all(self):
        for service in list(self.children):
            self.end(service)
        self.database.close()

    def start_database(self):
        """Start PostgreSQL with the settings of its command; on first start, set the password as its image does."""
        account = unprivileged()
        data, log = self.folder / "pg", self.folder / "log" / "db.log"
        account.own(self.folder / "backups")
        given = [word.removeprefix("-c").split("=", 1) for word in self.command("db") if re.match("-c.*=", word)]
        # Read by server and clients alike.
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PGPORT", str(self.ports["db"]))
            patch.setenv("BACKUPS", self.environment("db")["BACKUPS"])
            sockets = self.database.enter_context(socket_folder(self.folder / "sockets", account=account))
            if not data.exists():
                with postgres.running(data, sockets=sockets, log=log, account=account) as (address, _):
                    self._set_password(address)
                (data / "pg_hba.conf").write_text(WHO_MAY)
            settings = dict(given) | {"listen_addresses": "127.0.0.1"}
            server = postgres.running(data, sockets=sockets, log=log, account=account, settings=settings)
            self.database.enter_context(server)

    def finish(self, service, *command, **more):
        """Run a command to its end in the environment of a service."""
        env = self.environment(service) | more
        program = shutil.which(command[0], path=env["PATH"])
        return subprocess.run([program, *command[1:]], cwd=ROOT, env=env, capture_output=True, text=True, timeout=300)

    def check(self, service):
        """Run the service's own health check."""
        test = SERVICES[service]["healthcheck"]["test"]
        words = test[1:] if isinstance(test, list) else ["sh", "-c", test]
        port = [str(self.ports["web"])] if service == "web" else []
        return self.finish(service, *(self.here(service, word) for word in words), *port)

    def becomes_healthy(self, service, patience=60):
        return until(lambda: self.check(service).returncode == 0, patience)

    def words_of(self, service):
        return self.children[service].last_words()

    def ask(self, path):
        """Request a path over HTTPS through the proxy, trusting its certificate."""
        status, told, body = self._asked(path, {})
        return status, told, body.decode()

    def headers(self, path, **headers):
        """The headers of an answer, whatever its body."""
        return self._asked(path, headers)[1]

    def _asked(self, path, headers):
        root = self.folder / "proxy" / "data" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        until(root.exists, 30)
        context = ssl.create_default_context(cafile=str(root))
        request = Request(f"https://localhost:{self.ports['https']}{path}", headers=headers)
        try:
            with urlopen(request, timeout=60, context=context) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except HTTPError as refusal:
            return refusal.code, dict(refusal.headers), refusal.read()

    def answers(self):
        try:
            return self.ask("/healthz")[0] == 200
        except URLError:  # the proxy has no certificate yet
            return False

    def let_proxy_try_for(self, duration):
        """How long the proxy holds requests while the web is away, changed while it runs, by its own interface."""
        servers = self._servers_of_proxy()
        tried = list(_set_each(servers, "try_duration", duration))
        assert tried, servers
        body, told = json.dumps(servers).encode(), {"Content-Type": "application/json"}
        with urlopen(Request(self._own_interface(), body, told, method="PATCH")):
            return tried[0]

    def settings_of_proxy(self, name):
        """The values that the running proxy has for all settings of this name."""
        return list(_set_each(self._servers_of_proxy(), name, None))

    def _servers_of_proxy(self):
        with urlopen(self._own_interface()) as answer:
            return json.load(answer)

    def _own_interface(self):
        return f"http://127.0.0.1:{self.ports['admin']}/config/apps/http/servers"

    def _set_password(self, address):
        password = (self.folder / "secrets" / "database_password").read_text()
        with psycopg2.connect(address) as connection, connection.cursor() as cursor:
            cursor.execute("ALTER USER cmp PASSWORD %s", [password])

    def _write_caddyfile(self):
        """Replace ports 80 and 443, which may be taken."""
        text = self.here("proxy", (ROOT / "deploy" / "Caddyfile").read_text())
        text = text.replace("http://{$SITE_HOST}", f"http://localhost:{self.ports['http']}", 1)
        own = text.replace("skip_install_trust", f"skip_install_trust\n\thttp_port {self.ports['http']}", 1)
        (self.folder / "proxy").mkdir()
        (self.folder / "proxy" / "Caddyfile").write_text(own)

    def _lay_out_programs(self):
        folder, python = self.folder / "programs", shlex.quote(sys.executable)
        folder.mkdir()
        (folder / "redis-cli.py").write_text(REDIS_CLI)
        programs = {
            "python": python,
            "celery": f"{python} -m celery",
            "gunicorn": f"{python} -m gunicorn",
            "docker-entrypoint.sh": "",  # of redis: only changes the user
            "redis-server": valkey.binary(),
            "redis-cli": f"{python} {folder}/redis-cli.py",
            "pg_isready": postgres.binaries_for(self.folder / "pg") / "pg_isready",
            "caddy": CADDY,
            "rclone": RCLONE,
        }
        for name, program in programs.items():
            (folder / name).write_text(f'#!/bin/sh\nexec {program} "$@"\n')
            (folder / name).chmod(0o755)


def _set_each(tree, name, value):
    """Set all values of this name in nested lists and dictionaries; yields what they were."""
    for key, below in list(tree.items() if isinstance(tree, dict) else enumerate(tree)):
        if key == name:
            tree[key] = value
            yield below
        elif isinstance(below, dict | list):
            yield from _set_each(below, name, value)


def until(happened, patience):
    """Whether it happens within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (has_happened := happened()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return has_happened
