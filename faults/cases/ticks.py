"""Ticks sent, doubled and lost: what beat does, by hand."""

from faults.world import World

SETUP = "import django; django.setup(); from cmp_portal.celery import app"
SEND = "app.send_task('{task}', **{options!r})"
# Two clocks, of which each believes it is the only one.
BEAT = """
app.conf.beat_schedule = {{'often': {{'task': '{task}', 'schedule': 0.5, 'options': {{'expires': 30}}}}}}
app.Beat(schedule='{file}', loglevel='INFO', pidfile=None).run()
"""


def send(world: World, task: str, *, number: int = 1, **options: float) -> None:
    """As many ticks as that, at once."""
    said = "; ".join([SETUP, *[SEND.format(task=task, options=options)] * number])
    if world.start("ticks", "-c", said).process.wait():
        raise RuntimeError(world.children["ticks"].last_words())


def start_beat(world: World, name: str, task: str) -> None:
    """A beat that ticks twice a second."""
    said = BEAT.format(task=task, file=world.folder / f"{name}-schedule")
    world.start(name, "-c", f"{SETUP}\n{said}")
