"""One-off costs: starting a process, hashing a password."""

from functools import partial

from django.contrib.auth.hashers import Argon2PasswordHasher

from benchmarks.cases.measuring import seconds
from benchmarks.harness import case
from cmp_portal.lib.hashing import GentleArgon2PasswordHasher


@case("17", "gunicorn start to the first answer", at_most=2, unit="s")
def starting(site):
    return site.start, None


@case("–", "One password hash, the baseline of a sign-in", at_most=200, unit="ms")
def hashing(site):
    """Hashing alone, without the rest of a login."""
    ours = GentleArgon2PasswordHasher()
    once = partial(Argon2PasswordHasher.encode, ours, "one-of-fifteen-letters", ours.salt())
    return lambda: seconds(once) * 1000, None
