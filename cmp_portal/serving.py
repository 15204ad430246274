"""How gunicorn serves the portal: `gunicorn --config python:cmp_portal.serving cmp_portal.wsgi`.

Its own lines have the form of ours; its access log is off, since the portal writes a line for each request.
"""

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from cmp_portal.lib.gently import WAITING
from cmp_portal.lib.metrics import FOLDER

MEMORY = Path("/dev/shm")  # noqa: S108 (a folder of our own is made in it)

worker_class = "gthread"
workers = 2
# However many wait for their password to be checked, there is room for pages. A thread that waits costs nothing but,
# once it has served a page, a connection to the database.
threads = WAITING + 4
preload_app = True
control_socket_disable = True
worker_tmp_dir = str(MEMORY) if MEMORY.is_dir() else None
accesslog = None
logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "cmp_portal.lib.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": ["console"], "propagate": False}},
}


def on_starting(server: Any) -> None:
    """A new server counts from the beginning; before anything is loaded that would count elsewhere."""
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="cmp-metrics-", dir=MEMORY if MEMORY.is_dir() else None)


def when_ready(server: Any) -> None:
    """What is loaded lives as long as the processes: none of them looks through it for garbage, nor copies it so."""
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    """What a process that has ended counted stays counted, but for what was of that moment."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ.pop(FOLDER, ""), ignore_errors=True)
