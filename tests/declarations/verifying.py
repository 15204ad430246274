"""Verification of badges with an independent library, openbadgeslib, fed with what the portal publishes."""

from urllib.parse import urlsplit

from django.test import Client
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

DID = "did:web:cmp.example.org"


class World:
    """Serves the verifier's requests from the portal, and records them."""

    def __init__(self):
        self.asked = []

    def fetch(self, address):
        self.asked.append(urlsplit(address).path)
        answer = Client().get(urlsplit(address).path)
        assert answer.status_code == 200, address
        return answer.content


def verified(badge, world=None):
    """The verifier's result: valid, or the reason why not."""
    world = world or World()
    verifier = OB3Verifier.for_issuer_did(DID, download=world.fetch)
    world.asked.clear()
    try:
        return verifier.verify(badge, check_status=True, download=world.fetch)
    except OB3VerificationError as refusal:
        return str(refusal)


def badge_id(proof):
    return f"https://cmp.example.org/verify/{proof.uuid}/"
