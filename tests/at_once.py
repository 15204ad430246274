"""Concurrent calls, each in a thread with its own database connection."""

from threading import Barrier


def at_once(in_thread, *calls):
    """Start all calls together; returns their results."""
    gate = Barrier(len(calls))

    def waiting(call):
        def run():
            gate.wait()
            return call()

        return run

    return [one.result() for one in [in_thread(waiting(call)) for call in calls]]
