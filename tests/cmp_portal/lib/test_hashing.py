import pytest

from cmp_portal.lib.hashing import GentleArgon2PasswordHasher


@pytest.fixture
def hasher():
    return GentleArgon2PasswordHasher()


def test_hash_is_argon2id_at_owasps_minimum(hasher):
    assert hasher.encode("ten tubes of citrate", "salt-of-the-earth").startswith(
        "argon2$argon2id$v=19$m=19456,t=2,p=1$"
    )


def test_hash_knows_its_password(hasher):
    encoded = hasher.encode("ten tubes of citrate", hasher.salt())

    assert hasher.verify("ten tubes of citrate", encoded) and not hasher.verify("nine tubes of citrate", encoded)
