"""A small SMTP server that refuses, defers or hangs up, as it is told for each address."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

HANG_UP = ""  # in place of a reply


@dataclass
class SmtpServer:
    """The replies that differ from "250 ok", by address; and what was accepted, with its recipients."""

    port: int = 0
    greeting: str = "220 test"
    to_sender: str = "250 ok"
    to_recipient: dict[str, str] = field(default_factory=dict)
    to_message: dict[str, str] = field(default_factory=dict)
    kept: list[EmailMessage] = field(default_factory=list)
    connections: int = 0

    @property
    def recipients(self) -> list[str]:
        return [message["To"] for message in self.kept]


class Conversation(StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        told: SmtpServer = self.server.told
        told.connections += 1
        recipient = ""
        if not self.say(told.greeting) or not told.greeting.startswith("2"):
            return
        for line in self.rfile:
            command = line.decode().strip()
            if command.upper().startswith("MAIL"):
                reply = told.to_sender
            elif command.upper().startswith("RCPT"):
                recipient = command.partition("<")[2].partition(">")[0]
                reply = told.to_recipient.get(recipient, "250 ok")
            elif command.upper() == "DATA":
                reply = self.take(recipient)
            elif command.upper() == "QUIT":
                self.say("221 bye")
                return
            else:
                reply = "250 ok"
            if not self.say(reply):
                return

    def take(self, recipient: str) -> str:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        reply: str = self.server.told.to_message.get(recipient, "250 kept")
        if reply.startswith("2"):
            self.server.told.kept.append(message_from_bytes(b"".join(lines), policy=policy.default))
        return reply

    def say(self, reply: str) -> bool:
        """Send a reply; False if the connection is to be closed instead."""
        if reply != HANG_UP:
            self.wfile.write(f"{reply}\r\n".encode())
        return reply != HANG_UP


@contextmanager
def smtp_server() -> Iterator[SmtpServer]:
    """Run the server during the block."""
    told = SmtpServer()
    with ThreadingTCPServer(("127.0.0.1", 0), Conversation) as server:
        server.daemon_threads = True
        server.told = told  # type: ignore[attr-defined]
        told.port = server.server_address[1]
        Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield told
        finally:
            server.shutdown()
