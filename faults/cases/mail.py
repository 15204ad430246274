"""Workers that send mail, the ticks that trigger them, and a mail server that counts each Message-ID."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

from faults.world import World

CELERY = ("-m", "celery", "-A", "cmp_portal", "worker", "--pool", "solo")
QUIET = ("--without-mingle", "--without-gossip", "--without-heartbeat")
SETUP = "import django; django.setup(); import cmp_portal.celery; from accounts.tasks import deliver_alerts"


def start_worker(world: World, name: str = "worker") -> None:
    world.start(name, *CELERY, *QUIET, "-n", f"{name}@faults")


def tick(world: World) -> None:
    """Send the task that celery beat sends every minute."""
    world.start("tick", "-c", f"{SETUP}; deliver_alerts.delay()").process.wait()


class Sink(ThreadingTCPServer):
    """An SMTP server that accepts everything and counts how often each message arrived."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.messages: Counter[str] = Counter()
        # Recipients it rejects, as a real server rejects an address that no longer exists.
        self.refuses: set[str] = set()

    @property
    def total(self) -> int:
        return self.messages.total()

    @property
    def env(self) -> dict[str, str]:
        """Environment variables that make a process send its mail here."""
        place = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(self.server_address[1])}
        return {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", **place}

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore connections that were cut off: a worker killed during delivery closes without QUIT."""


class Conversation(StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 faults")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self._take()
            elif any(address in line.decode() for address in self.server.refuses):
                self._say("550 no such mailbox")
            else:
                self._say("250 ok")

    def _take(self) -> None:
        """Count a message once it is complete."""
        self._say("354 go on")
        received = b""
        while (line := self.rfile.readline()) and line != b".\r\n":
            received += line
        if line:
            self.server.messages[message_from_bytes(received)["Message-ID"]] += 1
            self._say("250 kept")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def a_sink(world: World) -> Iterator[Sink]:
    """Run a mail server during the block; processes started in it send their mail there."""
    with Sink() as sink:
        world.env |= sink.env
        Thread(target=sink.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield sink
        finally:
            sink.shutdown()
