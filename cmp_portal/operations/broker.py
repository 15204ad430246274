"""Access to the broker, tolerating that it is empty, frozen or down."""

from contextlib import closing

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from cmp_portal.celery import app

PATIENCE = 0.2  # seconds


def queue_depth() -> int | None:
    """The number of ticks waiting for a worker; None if the broker does not answer."""
    try:
        patience = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
        with closing(Redis.from_url(settings.REDIS_URL, **patience, **settings.REDIS_TLS)) as redis:
            return int(redis.llen(app.conf.task_default_queue))
    except (RedisError, OSError):
        return None
