"""Signing keys, their publication, and signatures; tests/declarations/test_badges.py uses an independent verifier."""

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from cmp_portal.lib import signing


def private_pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def pair():
    return Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


def test_newest_key_signs_and_all_are_published(pair, settings):
    new, old = pair
    settings.BADGE_KEYS = private_pem(new) + public_pem(old)
    published = {key.key_id: key for key in jwt.PyJWKSet.from_dict(signing.jwks()).keys}

    token = signing.signed({"said": "so"})
    kid = jwt.get_unverified_header(token)["kid"].partition("#")[2]

    assert len(published) == 2
    assert jwt.decode(token, published[kid], ["EdDSA"]) == {"said": "so"}
    assert published[kid].key.public_bytes_raw() == new.public_key().public_bytes_raw()


def test_what_an_older_key_has_signed_is_believed_as_long_as_it_is_published(pair, settings):
    new, old = pair
    settings.BADGE_KEYS = private_pem(old)
    token = signing.signed({"said": "so"})

    settings.BADGE_KEYS = private_pem(new) + "\n" + public_pem(old)
    believed = signing.statement_in(token)
    settings.BADGE_KEYS = private_pem(new)

    assert (believed, signing.statement_in(token)) == ({"said": "so"}, None)


def test_the_same_is_signed_by_the_same_text(pair, settings):
    settings.BADGE_KEYS = private_pem(pair[0])

    assert signing.signed({"said": "so"}) == signing.signed({"said": "so"})


@pytest.mark.parametrize("place", [0, 40, -1])
def test_changed_statement_is_not_ours(place):
    token = bytearray(signing.signed({"said": "so"}).encode())
    token[place] = ord("A") if token[place] != ord("A") else ord("Q")

    assert signing.statement_in(token.decode()) is None


def test_statement_by_another_algorithm_is_not_ours():
    kid = f"{signing.own_did()}#{signing.keys().newest}"
    forged = jwt.encode({"said": "so"}, "a secret of thirty-two bytes, long", algorithm="HS256", headers={"kid": kid})

    assert signing.statement_in(forged) is None


@pytest.mark.parametrize(
    "text",
    [
        "no key",
        public_pem(Ed25519PrivateKey.generate()),
        private_pem(ec.generate_private_key(ec.SECP256R1())),
        private_pem(Ed25519PrivateKey.generate()) + public_pem(ec.generate_private_key(ec.SECP256R1())),
    ],
)
def test_what_is_no_key_is_refused(settings, text):
    settings.BADGE_KEYS = text

    with pytest.raises(signing.NoKey):
        signing.keys()


def test_production_has_no_key_of_its_own_accord(settings):
    settings.PRODUCTION = True

    assert not signing.can_sign()
    with pytest.raises(signing.NoKey):
        signing.keys()


@pytest.mark.parametrize(
    ("site", "did"),
    [("https://cmp.example.org", "did:web:cmp.example.org"), ("http://localhost:8000", "did:web:localhost%3A8000")],
)
def test_site_is_named_by_its_host(settings, site, did):
    settings.SITE_URL = site

    assert (signing.own_did(), signing.did_document()["id"]) == (did, did)
