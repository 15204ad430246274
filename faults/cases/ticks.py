"""Scheduler ticks, sent by hand in place of celery beat: once, repeatedly, or by two schedulers."""

from faults.world import World

SETUP = "import django; django.setup(); from cmp_portal.celery import app"
SEND = "app.send_task('{task}', **{options!r})"
# Started twice, to simulate two schedulers that do not know of each other.
BEAT = """
app.conf.beat_schedule = {{'often': {{'task': '{task}', 'schedule': 0.5, 'options': {{'expires': 30}}}}}}
app.Beat(schedule='{file}', loglevel='INFO', pidfile=None).run()
"""


def send(world: World, task: str, *, number: int = 1, **options: float) -> None:
    """Send a task that many times in a row."""
    said = "; ".join([SETUP, *[SEND.format(task=task, options=options)] * number])
    if world.start("ticks", "-c", said).process.wait():
        raise RuntimeError(world.children["ticks"].last_words())


def start_beat(world: World, name: str, task: str) -> None:
    """Start a celery beat that sends the task twice a second."""
    said = BEAT.format(task=task, file=world.folder / f"{name}-schedule")
    world.start(name, "-c", f"{SETUP}\n{said}")
