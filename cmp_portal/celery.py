import os
from typing import Any

from celery import Celery, signals
from celery.worker.state import active_requests
from django.conf import settings

from cmp_portal.lib import heartbeat
from cmp_portal.lib.logs import set_context

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cmp_portal.settings")
app = Celery("cmp_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def leave_logging_alone(**_: Any) -> None:
    """Keep the logging of the settings: connecting to this signal stops Celery from configuring its own."""


@signals.task_prerun.connect
def say_which_task(task_id: str, task: Any, **_: Any) -> None:
    """Add the task's name and id to its log lines."""
    set_context(task=task.name, task_id=task_id)


@signals.task_postrun.connect
def forget_the_task(**_: Any) -> None:
    set_context()


class Hands:
    """The worker's concurrency: how many jobs it runs at once."""

    number = 1


@signals.worker_ready.connect
def count_hands(sender: Any, **_: Any) -> None:
    """Beat once at startup, so that a new worker has time to get its first task."""
    Hands.number = sender.controller.concurrency
    heartbeat.beat(settings.HEARTBEAT)


@signals.task_postrun.connect  # beat sends a tick every ten seconds: a worker that takes none is stuck
@signals.after_task_publish.connect  # a tick from beat, accepted by the broker
def say_that_we_work(**_: Any) -> None:
    heartbeat.beat(settings.HEARTBEAT)


@signals.heartbeat_sent.connect  # every other second, whether or not tasks are taken
def say_that_all_hands_are_full(**_: Any) -> None:
    """Beat while all slots are busy, since jobs may take hours, during which no other is started."""
    if len(active_requests) >= Hands.number:
        heartbeat.beat(settings.HEARTBEAT)
