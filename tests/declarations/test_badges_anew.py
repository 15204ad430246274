"""Badges and certificates after their cycle's end has changed: both downloads and verification give the new end."""

from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import Role
from cmp_portal.lib.dates import longdate
from credentials.models import SynchronisationRequest
from declarations import actions
from declarations.enums import Paper
from declarations.models import Badge
from education import actions as education
from tests.declarations.verifying import badge_id, verified
from tests.factories import CycleFactory, HolderUserFactory, ProofFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _site(settings):
    settings.SITE_URL = "https://cmp.example.org"


@pytest.fixture
def proof(now):
    """Of the cycle that runs."""
    return ProofFactory(holder=HolderUserFactory().holder, declaration__cycle__ended=True)


def synchronised(proof, now):
    """The holder has a second credential that ends a year earlier, and the Board aligns both to its end."""
    ends_on = proof.cycle.ends_on - timedelta(days=365)
    CycleFactory(holder=proof.holder, starts_on=date(ends_on.year - 2, 1, 1), ends_on=ends_on)
    request = education.request_synchronisation(holder=proof.holder, by=proof.holder.user, at=now)
    education.grant(request=request, ends_on=ends_on, by=UserFactory(roles=[Role.REGISTRAR]), at=now)
    assert SynchronisationRequest.objects.get().ends_on == ends_on
    proof.cycle.refresh_from_db()
    return ends_on


def said_of(client, content):
    upload = SimpleUploadedFile("badge.jwt", content, "application/vc+jwt")
    answer = client.post(reverse("verification:by_file"), {"file": upload}, headers={"Accept": "application/json"})
    return [one["expires"] for one in answer.json()["credentials"]]


def test_badge_follows_the_end_of_its_cycle_and_the_one_before_is_revoked(proof, now):
    before = actions.badge_of(proof=proof, at=now - timedelta(hours=1))
    until = verified(before).expiration_date

    ends_on = synchronised(proof, now)
    after = [actions.badge_of(proof=proof, at=now) for _time in range(2)]

    anew = verified(after[0])
    assert after[0] == after[1] and Badge.objects.count() == 2
    assert (anew.id, until - anew.expiration_date) == (badge_id(proof), timedelta(days=365))
    assert anew.achievement.description.endswith(f"to {ends_on}")
    assert "status 'revocation' is set" in verified(before)


def test_badge_is_not_revoked_while_the_end_stays(proof, now):
    badge = actions.badge_of(proof=proof, at=now)
    other = CycleFactory()
    type(other).objects.filter(pk=other.pk).update(ends_on=other.ends_on - timedelta(days=90))

    assert verified(badge).id == badge_id(proof)


def test_either_badge_as_a_file_is_answered_with_the_end_of_now(client, proof, now):
    before = actions.badge_of(proof=proof, at=now)
    ends_on = synchronised(proof, now)

    said = [said_of(client, one.encode()) for one in (before, actions.badge_of(proof=proof, at=now))]

    assert said == [[ends_on.isoformat()]] * 2


def test_papers_and_their_page_say_the_end_of_now_and_the_old_one_is_still_known(client, proof, now):
    before = actions.hand_out(proof=proof, paper=Paper.LETTER, at=now)
    ends_on = synchronised(proof, now)
    client.force_login(proof.holder.user)

    page = client.get(reverse("declarations:proofs")).content.decode()
    paper = client.get(reverse("declarations:paper", args=[proof.uuid, "letter"]))

    assert longdate(ends_on) in page
    assert paper.content != before and paper["Content-Disposition"].endswith(f'-{ends_on}.pdf"')
    assert [said_of(client, one) for one in (before, paper.content)] == [[ends_on.isoformat()]] * 2
