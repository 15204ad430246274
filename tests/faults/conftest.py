from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection

from faults.world import a_world


@pytest.fixture
def world(transactional_db):
    """Processes on the test database, with a cache of their own that can be killed."""
    where = connection.settings_dict
    host, user = quote(where["HOST"]), quote(where["USER"])
    with a_world(DATABASE_URL=f"postgresql:///{where['NAME']}?host={host}&user={user}") as world:
        world.start_cache()
        yield world


@pytest.fixture
def provider(db):
    """The provider of the feeds, with the subjects and kinds they use."""
    call_command("load_reference", verbosity=0)
    return "ascp"
