"""F2: PostgreSQL killed in the middle of an import, a renewal, a declaration: run again, the tables are the same."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.db import connections
from django.urls import reverse

from accounts.models import User
from cmp_portal.lib import clock
from credentials.models import Cycle
from declarations import actions
from declarations.models import Declaration
from faults.cases.f4.forms import declared, ready_cycle
from faults.cases.f6 import a_feed, written
from faults.figures import Figure, rounds
from faults.tables import database_sums, differing, use_copy
from faults.web import at_once, filled, signed_in, start_web
from faults.world import World
from tests import factories

PEOPLE = 8
MOMENTS = (0.5, 0.8)  # of the undisturbed time


def holders_feed(world: World) -> Path:
    today = clock.today()
    names = "customer_number,email,first_name,last_name,credential,certificate_number,certified_on"
    start, end = today - timedelta(days=300), today + timedelta(days=700)
    lines = [f"9{number:07},,Ann,Example,MLS(ASCP),7{number},{start},{start},{end}" for number in range(rounds(1500))]
    file = world.folder / "holders.csv"
    file.write_text("\n".join([f"{names},cycle_starts_on,cycle_ends_on", *lines]) + "\n")
    return file


def eligible() -> Cycle:
    """Approved, and due for renewal once its month has come."""
    declaration, _user = declared()
    reviewer = factories.UserFactory(roles=["reviewer"])
    actions.approve(declaration=declaration, by=reviewer, at=clock.now())
    cycle: Cycle = Declaration.objects.get(pk=declaration.pk).cycle
    return cycle


def jobs(world: World) -> dict[str, list[str | Path]]:
    month = clock.today() + timedelta(days=60)
    credits = written(world.folder, "credits", a_feed(rounds(2000)))
    return {
        "import_credits": ["import_credits", "--provider", "ascp", credits],
        "import_holders": ["import_holders", holders_feed(world)],
        "roll_cycles": ["roll_cycles", "--on", str(month)],
    }


def disturbed(world: World, command: list[str | Path], seconds: float) -> int:
    """A command whose database dies after so many seconds, then the same again; its second exit code."""
    child = world.start_command(*command)
    time.sleep(seconds)
    world.kill("database")
    child.process.wait(120)
    world.start_database()
    return world.finish_command(*command)


def killed_in_commands(world: World, name: str, command: list[str | Path]) -> Figure:
    use_copy(world, "f2", "f2_well")
    started = time.monotonic()
    world.finish_command(*command)
    needed = time.monotonic() - started
    well, before = database_sums(), 0
    wrong: set[str] = set()
    for moment in MOMENTS:
        use_copy(world, "f2", "f2_ill")
        before += disturbed(world, command, needed * moment) != 0
        wrong |= set(differing(well, database_sums()))
    of = ", ".join(sorted(wrong)) or f"{len(MOMENTS)} kills within {needed:.1f} s"
    return Figure("F2", f"tables that differ: {name}", len(wrong) + before, of=of)


def killed_while_declaring(world: World) -> Figure:
    """The browser's forms are sent while the database dies, and all of them again when it is back."""
    sums, late = [], 0
    for is_killed in (False, True):
        use_copy(world, "f2", "f2_declare")
        port = start_web(world)
        posts = [declaring(cycle, port) for cycle in Cycle.objects.filter(declared_on=None).order_by("id")]
        if is_killed:
            at_once([*posts, lambda: killed(world)])
            world.start_database()
            connections.close_all()
        late += sum(send() != 302 for send in posts)
        sums.append(database_sums())
        world.end("web")
    tables = differing(*sums)
    of = ", ".join(tables) or f"{len(posts)} declarations"
    return Figure("F2", "tables that differ: declarations", len(tables) + late, of=of)


def declaring(cycle: Cycle, port: int) -> Callable[[], int]:
    """Submits a declaration in the browser of its holder; the status of the answer."""
    visitor = signed_in(User.objects.get(holder=cycle.holder_id), port)
    path, form = reverse("declarations:submit", args=[cycle.pk]), filled(attested="on")
    return lambda: visitor.post(path, form).status


def killed(world: World) -> int:
    time.sleep(0.4)
    world.kill("database")
    return 0


def run(world: World) -> Iterator[Figure]:
    commands = jobs(world)
    for _ in range(PEOPLE):
        eligible()
        factories.HolderUserFactory(holder=ready_cycle().holder)
    for name, command in commands.items():
        yield killed_in_commands(world, name, command)
    yield killed_while_declaring(world)
