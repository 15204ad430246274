"""F2: PostgreSQL killed during an import, a renewal and declarations: after a rerun, the tables are the same."""

from collections.abc import Callable, Iterator

from django.db import connection, connections
from django.urls import reverse

from accounts.models import User
from credentials.models import Cycle
from declarations.enums import State
from declarations.models import Declaration
from faults.cases.f2.imports import cut_off
from faults.cases.f2.jobs import Command, due_for_renewal, jobs
from faults.cases.f4.forms.declarations import ready_cycle, signed
from faults.figures import Figure, rounds
from faults.tables import database_sums, differing, use_copy
from faults.web import at_once, filled, signed_in, start_web
from faults.world import World, until
from tests import factories

# Seconds a transaction runs before the database is killed; the figures say how many kills hit a running command.
MOMENTS = (0.01, 0.1)
AT_WORK = """
    SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()
                      AND now() - xact_start >= make_interval(secs => %s))
"""


def killed_in_commands(world: World, name: str, command: Command) -> Figure:
    use_copy(world, "f2", "f2_well")
    world.finish_command(*command)
    well, hits, failed = database_sums(), 0, 0
    wrong: set[str] = set()
    for moment in MOMENTS:
        use_copy(world, "f2", "f2_ill")
        hits += kill_during(world, command, moment)
        failed += world.finish_command(*command) != 0
        wrong |= set(differing(well, database_sums()))
    of = ", ".join(sorted(wrong)) or f"{hits} of {len(MOMENTS)} kills mid-run"
    return Figure("F2", f"tables that differ: {name}", len(wrong) + failed, of=of)


def kill_during(world: World, command: Command, seconds: float) -> bool:
    """Run a command, kill the database once its transaction is that old, and restart it; whether the command failed."""
    child = world.start_command(*command)
    until(lambda: child.has_ended or has_worked(seconds), "the command to begin its work")
    world.kill("database")
    connections.close_all()
    world.start_database()
    return child.process.wait() != 0


def has_worked(seconds: float) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(AT_WORK, [seconds])
        return bool(cursor.fetchone()[0])


def killed_while_declaring(world: World) -> Figure:
    """Submit declarations while the database is killed, then submit all of them again after the restart."""
    sums, late, cut_off = [], 0, 0
    for is_killed in (False, True):
        use_copy(world, "f2", "f2_declare")
        port = start_web(world)
        posts = [declaring(cycle, port) for cycle in Cycle.objects.filter(declared_on=None).order_by("id")]
        if is_killed:
            *answers, _ = at_once([*posts, lambda: killed_soon(world)])
            world.start_database()
            connections.close_all()
            cut_off = sum(status != 302 for status in answers)
        late += sum(send() != 302 for send in posts)
        sums.append(database_sums())
        world.end("web")
    tables = differing(*sums)
    of = ", ".join(tables) or f"{len(posts)} declarations, {cut_off} of them interrupted"
    return Figure("F2", "tables that differ: declarations", len(tables) + late, of=of)


def killed_soon(world: World) -> None:
    """Kill the database once the first declaration is submitted.

    The caller restarts it in its own thread: a child process ends with the thread that started it.
    """
    until(lambda: Declaration.objects.filter(state=State.SUBMITTED).exists(), "the first declaration")
    world.kill("database")


def declaring(cycle: Cycle, port: int) -> Callable[[], int]:
    """A call that submits a declaration as its holder and returns the response status."""
    visitor = signed_in(User.objects.get(holder=cycle.holder_id), port)
    path, form = reverse("declarations:submit", args=[cycle.pk]), filled(**signed(cycle))
    return lambda: visitor.post(path, form).status


def run(world: World) -> Iterator[Figure]:
    commands = jobs(world)
    for _ in range(rounds(40, full=200)):
        due_for_renewal()
        factories.HolderUserFactory(holder=ready_cycle().holder)
    for name, command in commands.items():
        yield killed_in_commands(world, name, command)
    yield from cut_off(world, commands["import_credits"])
    yield killed_while_declaring(world)
