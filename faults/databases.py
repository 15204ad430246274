"""Which database the processes and we ourselves use."""

from django.db import connection, connections

from faults.world import World


def use_copy(world: World, template: str, name: str) -> None:
    """Makes a database as a copy of another one and uses it."""
    connections.close_all()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    use(world, name)


def use(world: World, name: str) -> None:
    """Has every process started from now on, and this one, work in a database."""
    connections.close_all()
    path, _, query = world.env["DATABASE_URL"].partition("?")
    world.env["DATABASE_URL"] = f"{path.rpartition('/')[0]}/{name}?{query}"
    connections.settings["default"]["NAME"] = name
