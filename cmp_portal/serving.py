"""Gunicorn configuration: `gunicorn --config python:cmp_portal.serving cmp_portal.wsgi`.

Gunicorn's log lines have the portal's format.
"""

import gc
import os
import select
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any, TypeVar

from gunicorn.glogging import Logger
from gunicorn.http.body import LengthReader
from gunicorn.workers.gthread import TConn, ThreadWorker

from cmp_portal.lib.logs import set_context
from cmp_portal.lib.metrics import FOLDER
from cmp_portal.lib.throttled_work import WAITING

Call = TypeVar("Call", bound=Callable[..., Any])
FEW = 8  # connections of a process
SOON = 5  # milliseconds
# Seconds after which a thread at work lets others go on: the one that accepts connections needs several turns for each.
TURN = 0.002
# Of an interpreter's frame, in words: so many that a chunk of 256 KB is taken for it, half of which is left for others.
FRAME = 17_000
MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)


def with_room(function: Call) -> Call:
    """Let all that the function calls have its frame in the same chunk of memory.

    The interpreter takes chunks of 16 KB, and gives each back as soon as it is empty. Calls in a loop that happen to be
    the first in a chunk take and give back one each time, some 75 times for a page, for a tenth of its time. A frame
    that needs more than 16 KB gets a chunk of the next power of two.
    """
    function.__code__ = function.__code__.replace(co_stacksize=FRAME)
    return function


class Connection(socket.socket):
    """A socket that makes no system call to become what it is already, as Gunicorn asks of it with each request."""

    def __init__(self, accepted: socket.socket) -> None:
        super().__init__(fileno=accepted.detach())
        super().setblocking(True)  # a new object is taken to be so, whatever the system's is

    def setblocking(self, flag: bool) -> None:
        if self.gettimeout() != (None if flag else 0):
            super().setblocking(flag)


class Worker(ThreadWorker):
    """Gunicorn's threads, made for a proxy, which sends many requests over a few connections that it keeps open."""

    def accept(self, listener: Any) -> None:
        """Leave a new connection to the process that has fewer, by hesitating the longer the more this one has.

        Left to chance, one process often holds most of a proxy's connections, and one core rests. With many connections
        chance is fair enough, and under a rush nothing may delay the answer that asks to come back.
        """
        if self.nr_conns < FEW:
            sleep(self.nr_conns / 5_000)
        super().accept(listener)  # type: ignore[no-untyped-call]

    @with_room
    def handle(self, conn: TConn) -> Any:
        """Answer a request, and in the same thread those that follow it at once.

        Otherwise each would wait for two more turns of the interpreter: until the thread that watches all connections
        sees the request, and until another takes it on.
        """
        if type(conn.sock) is socket.socket:
            conn.sock = Connection(conn.sock)
        keep = super().handle(conn)  # type: ignore[no-untyped-call]
        while keep is True and self.alive and not self._others_wait() and _is_readable(conn.sock):
            keep = super().handle(conn)  # type: ignore[no-untyped-call]
        return keep

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer a request; one without a body leaves nothing on the connection that would have to be read.

        Otherwise Gunicorn looks, with three system calls, at each of which another thread may go first.
        """
        keep = super().handle_request(req, conn)  # type: ignore[no-untyped-call]
        if isinstance(reader := req.body.reader, LengthReader) and not reader.length:
            conn.parser.mesg = None  # type: ignore[union-attr]
        set_context()  # of lines about what Gunicorn refuses next, before it is a request
        return keep

    def _others_wait(self) -> bool:
        """Whether requests of other connections wait for a thread."""
        return self.tpool is not None and self.tpool._work_queue.qsize() > 0


def _is_readable(connection: Any) -> bool:
    """Whether the next request, or the end of the connection, arrives soon."""
    awaited = select.poll()
    awaited.register(connection, select.POLLIN)
    return bool(awaited.poll(SOON))


class ServerLog(Logger):
    """No access log: the portal logs each request, and Gunicorn would write each line only to drop it."""

    access_log_enabled = False


worker_class = Worker
logger_class = ServerLog
workers = 2
# Enough threads for pages even while the maximum number of password checks are waiting. A waiting thread costs nothing
# but, once it has served a page, a database connection.
threads = WAITING + 4
preload_app = True
# What proxies say of a request is for the portal alone to judge (TRUSTED_PROXY_COUNT). Gunicorn acts on no such header,
# so it needn't look up, with each request, whether an address is a proxy's.
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
forwarded_allow_ips = "*"
control_socket_disable = True
worker_tmp_dir = str(MEMORY) if MEMORY.is_dir() else None
logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "cmp_portal.lib.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["console"], "propagate": False}},
}


def on_starting(server: Any) -> None:
    """Give a new server an empty metrics directory, before any code is loaded that would count elsewhere."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="cmp-metrics-", dir=MEMORY if MEMORY.is_dir() else None)


def when_ready(server: Any) -> None:
    """Prepare what workers inherit.

    What is preloaded is frozen, so that they neither scan it for garbage nor copy its pages by doing so.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(TURN)


def pre_fork(server: Any, worker: Any) -> None:
    """Choose a processor for the worker, the one that the fewest others have."""
    taken = [other.processor for other in server.WORKERS.values()]
    worker.processor = min(sorted(_processors()), key=taken.count, default=None)


def post_fork(server: Any, worker: Any) -> None:
    """Keep the worker on its processor, and spare each request what a worker never changes.

    That is its number, and Gunicorn's settings, which are looked up some thirty times. Only one thread of a process
    runs at a time. On two processors, they would wake one another across them at each turn, which takes longer than
    what many turns are for. Where there are more processors than workers, the system finds one that is idle.
    """
    from prometheus_client import values

    if 0 < len(_processors()) <= worker.cfg.workers:
        os.sched_setaffinity(0, {worker.processor})
    vars(worker.cfg).update({name: each.get() for name, each in worker.cfg.settings.items()})
    values.ValueClass = values.MultiProcessValue(lambda: worker.pid)  # type: ignore[no-untyped-call]


def _processors() -> set[int]:
    """Those that this process may run on; none where the system can't say."""
    return os.sched_getaffinity(0) if sys.platform == "linux" else set()


def child_exit(server: Any, worker: Any) -> None:
    """Keep the counts of a worker that has exited, except for its live gauges."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ.pop(FOLDER, ""), ignore_errors=True)
