"""A connection that is kept from request to request is looked at, not asked, before it is used again."""

from select import POLLIN, poll

from django.db.backends.postgresql import base
from psycopg2.extensions import STATUS_READY


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the server is still there, without a question to it.

        Between two questions it says nothing, unless it takes leave: then there is something to read. Django's own
        `SELECT 1` finds out the same by a round trip, on every request. A machine that fell silent without a word is
        found by neither; its first question fails by the connection's time limits.
        """
        connection = self.connection
        if connection is None or connection.closed:
            return False
        if connection.status != STATUS_READY:
            return bool(super().is_usable())
        ears = poll()
        ears.register(connection.fileno(), POLLIN)
        return not ears.poll(0)
