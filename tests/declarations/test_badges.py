"""The content of a badge, and its verification by an independent library."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openbadgeslib.ob3.verifier import OB3VerificationError, OB3Verifier

from accounts.enums import Role
from credentials import actions as holding
from declarations import actions
from declarations.actions import badges
from declarations.models import Badge
from tests.cmp_portal.lib.test_signing import private_pem, public_pem
from tests.declarations.verifying import DID, World, badge_id, verified
from tests.factories import HiddenFactory, HolderUserFactory, ProofFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://cmp.example.org"


@pytest.fixture
def proof(now):
    user = HolderUserFactory(holder__first_name="Maren", holder__last_name="Quillfeather")
    return ProofFactory(holder=user.holder)


def test_badge_says_what_is_proven(proof, now):
    badge = verified(actions.badge_of(proof=proof, at=now))

    assert badge.issuer.id == DID
    assert badge.achievement.name == f"{proof.content['credential']}, {proof.content['title']}"
    narrative = badge.achievement.criteria_narrative
    assert narrative.endswith(": 4 points; Clinical chemistry: 2 points; Laboratory or patient safety: 1 point")
    assert [one.identity_hash for one in badge.identifiers] == ["Maren Quillfeather"]
    assert badge.expiration_date.date().isoformat() > proof.content["ends_on"]


def test_claims_of_the_token_are_those_of_the_badge(proof, now):
    """As the specification asks of whoever verifies it (Open Badges 3.0, 8.2.5.1)."""
    badge = claims(actions.badge_of(proof=proof, at=now))

    said = [
        badge["issuer"]["id"],
        badge["credentialSubject"]["id"],
        badge["id"],
        badge["validFrom"],
        badge["validUntil"],
    ]
    moments = [datetime.fromtimestamp(badge[name], UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for name in ("nbf", "exp")]
    assert [badge["iss"], badge["sub"], badge["jti"], *moments] == said


def test_holder_has_one_identifier_in_the_badges_of_a_credential(proof, now):
    later, other = ProofFactory(content=proof.content | {"ends_on": "2032-12-31"}), ProofFactory()

    subjects = [claims(actions.badge_of(proof=one, at=now))["sub"] for one in (proof, later, other)]

    assert (subjects[0] == subjects[1], subjects[0] == subjects[2]) == (True, False)


def claims(badge):
    return jwt.decode(badge, options={"verify_signature": False})


def test_badge_issued_suspended_revoked_and_lifted_verifies_accordingly(proof, now):
    badge, by = actions.badge_of(proof=proof, at=now), UserFactory(roles=[Role.REGISTRAR])
    said = [verified(badge)]
    for act in (holding.suspend, holding.revoke, holding.lift):
        act(credential=proof.cycle.credential, by=by, at=now, note="Decided.")
        said.append(verified(badge))

    issued, suspended, revoked, lifted = said
    assert (issued.id, lifted.id) == (badge_id(proof), badge_id(proof))
    assert "status 'suspension' is set" in suspended
    assert "status 'revocation' is set" in revoked


def test_once_the_keys_are_known_only_the_lists_are_asked_for(proof, now):
    world = World()

    verified(actions.badge_of(proof=proof, at=now), world)

    assert world.asked == ["/badges/status/1/revocation/", "/badges/status/1/suspension/"]


def test_hold_of_one_is_no_hold_of_another(proof, now):
    other = ProofFactory()
    badge, _held = actions.badge_of(proof=proof, at=now), actions.badge_of(proof=other, at=now)
    by = UserFactory(roles=[Role.REGISTRAR])
    holding.revoke(credential=other.cycle.credential, by=by, at=now, note="Decided.")

    assert verified(badge).id == badge_id(proof)


def test_badge_of_an_older_key_verifies_after_the_keys_are_rotated(proof, now, settings):
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    settings.BADGE_KEYS = private_pem(old)
    before = actions.badge_of(proof=proof, at=now)

    settings.BADGE_KEYS = private_pem(new) + public_pem(old)
    after = actions.badge_of(proof=proof, at=now)
    said = [verified(before).id, verified(after).id]
    settings.BADGE_KEYS = private_pem(new)

    assert before != after
    assert said == [badge_id(proof)] * 2
    assert isinstance(verified(before), str)


@pytest.mark.parametrize("place", [10, 400, -5])
def test_badge_with_a_changed_letter_is_refused(proof, now, place):
    badge = list(actions.badge_of(proof=proof, at=now))
    badge[place] = "A" if badge[place] != "A" else "B"

    assert isinstance(verified("".join(badge)), str)


def test_badge_of_a_cycle_that_has_ended_has_expired(proof, now):
    badge = actions.badge_of(proof=proof, at=now)

    with time_machine.travel(now + timedelta(days=4 * 366), tick=False):
        assert "expired" in verified(badge)


def test_list_that_is_kept_too_long_is_refused(proof, now):
    badge, world = actions.badge_of(proof=proof, at=now), World()
    kept = {}

    def fetch(address):
        return kept.setdefault(address, kept.get(address) or world.fetch(address))

    verifier = OB3Verifier.for_issuer_did(DID, download=fetch)
    verifier.verify(badge, check_status=True, download=fetch)
    with time_machine.travel(now + timedelta(days=2), tick=False), pytest.raises(OB3VerificationError, match="expired"):
        verifier.verify(badge, check_status=True, download=fetch)


# --- Places -----------------------------------------------------------------------------------------------------------


def test_badge_taken_twice_is_the_same(proof, now):
    first, second = (actions.badge_of(proof=proof, at=now) for _time in range(2))

    assert first == second
    assert Badge.objects.count() == 1


def test_full_list_is_followed_by_another_and_every_place_is_had_once(now, monkeypatch):
    monkeypatch.setattr(badges, "LENGTH", 2)
    monkeypatch.setattr(badges, "FULL", 2)
    for _one in range(14):
        actions.badge_of(proof=ProofFactory(), at=now)

    places = sorted(Badge.objects.values_list("number", "place"))
    assert places == [(number, place) for number in range(1, 8) for place in range(2)]


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_holder_takes_the_badge_along(client, proof, now):
    client.force_login(proof.holder.user)

    answer = client.get(reverse("declarations:badge", args=[proof.uuid]))

    assert verified(answer.content.decode()).id == badge_id(proof)
    assert answer["Content-Disposition"].startswith('attachment; filename="badge-')


@pytest.mark.parametrize(
    ("name", "args"),
    [("did", []), ("jwks", []), ("status_list", [1, "revocation"]), ("status_list", [1, "suspension"])],
)
def test_what_verifiers_fetch_may_be_kept_and_read_by_every_site(client, proof, now, name, args):
    actions.badge_of(proof=proof, at=now)

    answer = client.get(reverse(f"verification:{name}", args=args))

    assert answer["Cache-Control"].startswith("public, max-age=")
    assert (answer["Access-Control-Allow-Origin"], answer["Cross-Origin-Resource-Policy"]) == ("*", "cross-origin")
    assert "Set-Cookie" not in answer


@pytest.mark.parametrize("args", [[2, "revocation"], [1, "gossip"]])
def test_there_is_no_other_list(client, proof, now, args):
    actions.badge_of(proof=proof, at=now)

    assert client.get(reverse("verification:status_list", args=args)).status_code == 404


def test_without_a_key_there_are_no_badges(client, proof, now, settings):
    settings.PRODUCTION = True
    client.force_login(proof.holder.user)
    addresses = [reverse("declarations:badge", args=[proof.uuid]), reverse("verification:did")]

    assert [client.get(address).status_code for address in addresses] == [404, 404]
    assert "badge.jwt" not in client.get(reverse("declarations:proofs")).content.decode()


def asked_by_file(client, content):
    upload = SimpleUploadedFile("badge.jwt", content, "application/vc+jwt")
    answer = client.post(reverse("verification:by_file"), {"file": upload}, headers={"Accept": "application/json"})
    return [one["status"] for one in answer.json()["credentials"]]


def test_badge_as_a_file_is_answered_for(client, proof, now):
    badge = actions.badge_of(proof=proof, at=now)
    said = [asked_by_file(client, badge.encode()), asked_by_file(client, badge[:-3].encode())]
    HiddenFactory(holder=proof.holder)

    assert said == [["active"], []]
    assert asked_by_file(client, badge.encode()) == []
