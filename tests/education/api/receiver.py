"""A real HTTP server as a provider's webhook receiver: records requests and answers as configured."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep


class Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.location = ""
        self.drips = False
        self.thinks = 0.0  # seconds

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hooks?of=ours"

    @property
    def told(self) -> list[dict]:
        return [json.loads(body) for _headers, body in self.taken]


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((dict(self.headers), body))
        if self.server.drips:
            self.drip()
            return
        sleep(self.server.thinks)
        self.send_response(self.server.answers.pop(0) if self.server.answers else 204)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.end_headers()

    def drip(self) -> None:
        """An endless response, with pauses too short for a read timeout."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            try:
                self.wfile.write(f"X-{number}: 1\r\n".encode())
            except OSError:
                return
            sleep(0.1)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def receiving():
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()
