"""Several at once, each in a thread with a connection of its own."""

from threading import Barrier


def at_once(in_thread, *calls):
    """All of them start together; what each returned."""
    gate = Barrier(len(calls))

    def waiting(call):
        def run():
            gate.wait()
            return call()

        return run

    return [one.result() for one in [in_thread(waiting(call)) for call in calls]]
