import os
from typing import Any

import structlog
from celery import Celery, signals
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


@signals.heartbeat_sent.connect  # the worker's, every other second, as long as it has its broker
@signals.after_task_publish.connect  # a tick of beat, taken by the broker
def say_that_we_work(**_: Any) -> None:
    heartbeat.beat(settings.HEARTBEAT)
