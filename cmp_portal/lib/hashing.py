"""Password hashing that is expensive for attackers without slowing other requests."""

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

from cmp_portal.lib.throttled_work import run_throttled


class GentleArgon2PasswordHasher(Argon2PasswordHasher):
    """Argon2id at OWASP's minimum, or as ARGON2_* say; one at a time, in a low-priority thread."""

    time_cost = settings.ARGON2_TIME_COST
    memory_cost = settings.ARGON2_MEMORY_KIB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return run_throttled(lambda: super(GentleArgon2PasswordHasher, self).encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        return run_throttled(lambda: super(GentleArgon2PasswordHasher, self).verify(password, encoded))
