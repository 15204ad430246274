"""The commands during which the database is killed: two imports and a renewal."""

from datetime import timedelta
from pathlib import Path

import time_machine

from cmp_portal.lib import clock
from declarations import actions
from faults.cases.f4.forms.declarations import declared
from faults.cases.f6 import a_feed, written
from faults.figures import rounds
from faults.world import World
from tests import factories

Command = list[str | Path]


def jobs(world: World) -> dict[str, Command]:
    credits = written(world.folder, "credits", a_feed(rounds(50_000, full=200_000), corrected=rounds(2_000)))
    return {
        "import_credits": ["import_credits", "--provider", "ascp", credits],
        "import_holders": ["import_holders", holders_feed(world)],
        "roll_cycles": ["roll_cycles"],
    }


def holders_feed(world: World) -> Path:
    today, number = clock.today(), rounds(10_000, full=50_000)
    names = "customer_number,email,first_name,last_name,credential,certificate_number,certified_on"
    start, end = today - timedelta(days=300), today + timedelta(days=700)
    lines = [f"9{line:07},,Ann,Example,MLS(ASCP),7{line},{start},{start},{end}" for line in range(number)]
    file = world.folder / "holders.csv"
    file.write_text("\n".join([f"{names},cycle_starts_on,cycle_ends_on", *lines]) + "\n")
    return file


def due_for_renewal() -> None:
    """Create a declaration approved last month and due for renewal now."""
    month = clock.today().replace(day=1)
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    with time_machine.travel(clock.now() - timedelta(days=clock.today().day)):
        declaration, _user = declared(ends_on=last)
        reviewer = factories.UserFactory(roles=["reviewer"])
        actions.approve(declaration=declaration, by=reviewer, at=clock.now())
