"""The scheduled jobs, read from the settings: how often each runs and how long it may take."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


@dataclass(frozen=True)
class Job:
    """A scheduled job: `every` and `limit` in seconds; `words` describe it."""

    name: str
    words: str
    every: int
    limit: int

    @property
    def late_after(self) -> int:
        """Seconds after the last success at which to warn: allows one missed tick, or three hours for a nightly job."""
        return self.every + min(max(self.every, 5 * MINUTE), 3 * HOUR)


def jobs() -> Iterator[Job]:
    """All scheduled jobs, in the order of the schedule."""
    for words, entry in settings.CELERY_BEAT_SCHEDULE.items():
        name = entry["task"].rpartition(".")[2]
        every = DAY if name in settings.NIGHTLY_JOBS else entry["schedule"]
        yield Job(name, words, every, limit_of(name))


def limit_of(name: str) -> int:
    """The job's time limit in seconds, after which it is killed."""
    return int(settings.JOB_LIMITS.get(name, settings.JOB_LIMIT))
