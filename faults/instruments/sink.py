"""A mail server on 127.0.0.1 that accepts everything and remembers each Message-ID."""

import socketserver
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from threading import Thread


class Sink(socketserver.ThreadingTCPServer):
    """Counts how often each message came."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.messages: Counter[str] = Counter()
        # Recipients it refuses, as a real one refuses an address that is gone.
        self.refuses: set[str] = set()

    @property
    def env(self) -> dict[str, str]:
        """What makes a process send its mail here."""
        place = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(self.server_address[1])}
        return {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", **place}


class _Conversation(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 faults")
        for line in self.rfile:
            verb = line[:4].upper().strip()
            if verb == b"QUIT":
                return self._say("221 bye")
            if verb == b"DATA":
                self._take()
            elif verb == b"RCPT" and any(address in line.decode() for address in self.server.refuses):
                self._say("550 no such mailbox")
            else:
                self._say("250 ok")

    def _take(self) -> None:
        """A message counts once it is whole."""
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
def a_sink() -> Iterator[Sink]:
    """A mail server for as long as the block lasts."""
    with Sink() as sink:
        Thread(target=sink.serve_forever, daemon=True).start()
        try:
            yield sink
        finally:
            sink.shutdown()
