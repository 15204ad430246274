"""What happens once: a start, a password."""

from django.contrib.auth.hashers import make_password

from benchmarks.cases.measuring import seconds
from benchmarks.harness import case


@case("17", "gunicorn start to the first answer", at_most=2, unit="s")
def starting(site):
    return site.start, None


@case("–", "One password hash, the baseline of a sign-in", at_most=200, unit="ms")
def hashing(site):
    return lambda: seconds(lambda: make_password("one-of-fifteen-letters")) * 1000, None
