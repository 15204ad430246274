"""Database backend that checks a persistent connection's socket, instead of querying, before reusing it."""

from select import POLLIN, poll

from django.db.backends.postgresql import base
from psycopg2.extensions import STATUS_READY


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether the server still holds the connection open, without a query.

        Between queries a server sends nothing unless it closes the connection: then there is something to read.
        Django's own `SELECT 1` detects the same at the price of a round trip on every request. Neither detects a host
        that vanished without closing the connection; there the first query fails by the connection's timeouts.
        """
        connection = self.connection
        if connection is None or connection.closed:
            return False
        if connection.status != STATUS_READY:
            return bool(super().is_usable())
        ears = poll()
        ears.register(connection.fileno(), POLLIN)
        return not ears.poll(0)
