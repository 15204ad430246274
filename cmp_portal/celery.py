import os
from typing import Any

import structlog
from celery import Celery, signals
from celery.worker.state import active_requests
from django.conf import settings

from cmp_portal.lib import heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
app = Celery("cmp_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def leave_logging_alone(**_: Any) -> None:
    """Workers and beat log as the settings say: that somebody listens is enough to keep Celery from it."""


@signals.task_prerun.connect
def say_which_task(task_id: str, task: Any, **_: Any) -> None:
    """Every line of a task says whose it is."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id)


@signals.task_postrun.connect
def forget_the_task(**_: Any) -> None:
    structlog.contextvars.clear_contextvars()


class Hands:
    """How many jobs this worker does at once."""

    number = 1


@signals.worker_ready.connect
def count_hands(sender: Any, **_: Any) -> None:
    """A worker that has just begun has its time to get something to do."""
    Hands.number = sender.controller.concurrency
    heartbeat.beat(settings.HEARTBEAT)


@signals.task_postrun.connect  # there is a tick every ten seconds: who takes none is not at work
@signals.after_task_publish.connect  # a tick of beat, taken by the broker
def say_that_we_work(**_: Any) -> None:
    heartbeat.beat(settings.HEARTBEAT)


@signals.heartbeat_sent.connect  # every other second, whether or not jobs are taken
def say_that_all_hands_are_full(**_: Any) -> None:
    """Jobs may take hours, and meanwhile no other is taken."""
    if len(active_requests) >= Hands.number:
        heartbeat.beat(settings.HEARTBEAT)
