"""Issuing proofs of renewals that predate them."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from declarations import actions
from declarations.actions import proofs
from declarations.enums import Move, State
from declarations.models import Declaration, Proof
from declarations.queries import proof_url
from tests.declarations.verifying import verified
from tests.factories import DeclarationFactory, HolderUserFactory, ProofFactory, StepFactory
from tests.factories.proofs import following

pytestmark = pytest.mark.django_db


def renewed(at, **of):
    """By an earlier release: with its cycle and its step, without a proof."""
    declaration = DeclarationFactory(state=State.RENEWED, **of)
    steps = {"move": Move.RENEW, "from_state": State.ELIGIBLE, "to_state": State.RENEWED}
    StepFactory(declaration=declaration, at=at - timedelta(days=100), **steps)
    return declaration, following(declaration.cycle)


def issue(*args):
    out = StringIO()
    call_command("issue_proofs", *args, stdout=out)
    return out.getvalue()


def test_proof_of_an_earlier_renewal_says_what_that_one_opened(now):
    declaration, cycle = renewed(now)

    said = issue()

    proof = Proof.objects.get()
    assert said == "1 issued\n"
    assert (proof.declaration, proof.cycle, proof.holder) == (declaration, cycle, declaration.holder)
    assert proof.issued_at == now - timedelta(days=100)
    assert (proof.content["declaration"], proof.content["ends_on"]) == (declaration.number, cycle.ends_on.isoformat())


def test_many_are_issued_in_batches_and_once(now, monkeypatch):
    monkeypatch.setattr(proofs, "BATCH", 10)
    pairs = [renewed(now) for _one in range(25)]
    kept = ProofFactory()

    said = [issue("--dry-run"), issue(), issue(), issue("--dry-run")]

    assert said == ["25 would be issued\n", "25 issued\n", "0 issued\n", "0 would be issued\n"]
    found = Proof.objects.exclude(pk=kept.pk).order_by("declaration").values_list("declaration", "cycle")
    assert list(found) == [(declaration.pk, cycle.pk) for declaration, cycle in pairs]


def test_dry_run_writes_nothing(now):
    renewed(now)

    issue("--dry-run")

    assert not Proof.objects.exists()


def test_run_that_was_cut_off_is_finished_by_the_next(now, monkeypatch):
    monkeypatch.setattr(proofs, "BATCH", 2)
    for _one in range(5):
        renewed(now)
    actions.issue_proofs()

    assert (issue(), Proof.objects.count()) == ("3 issued\n", 5)


@pytest.mark.parametrize("count", [1, 3])
def test_batch_takes_a_fixed_number_of_queries(now, count, django_assert_num_queries):
    for _one in range(count):
        renewed(now)

    with django_assert_num_queries(5):
        actions.issue_proofs()


def test_two_renewals_one_after_the_other_each_prove_their_own_cycle(now):
    first, opened = renewed(now)
    second = DeclarationFactory(state=State.RENEWED, cycle=opened, holder=opened.holder)
    steps = {"move": Move.RENEW, "from_state": State.ELIGIBLE, "to_state": State.RENEWED}
    StepFactory(declaration=second, at=now, **steps)
    last = following(opened)

    issue()

    found = dict(Proof.objects.values_list("declaration", "cycle"))
    assert found == {first.pk: opened.pk, second.pk: last.pk}


def test_what_is_not_on_record_is_named_and_holds_up_nobody(now):
    declaration, _cycle = renewed(now)
    without_cycle = DeclarationFactory(state=State.RENEWED)

    with pytest.raises(CommandError, match="some renewals") as refusal:
        issue()

    assert refusal.value.returncode == 1
    assert Proof.objects.get().declaration == declaration
    assert Declaration.objects.get(proof=None) == without_cycle


def test_holder_finds_paper_and_badge_and_the_public_its_answer(client, now, settings):
    settings.SITE_URL = "https://cmp.example.org"
    user = HolderUserFactory()
    renewed(now, holder=user.holder)
    issue()
    proof = Proof.objects.get()
    client.force_login(user)

    paper = client.get(reverse("declarations:paper", args=[proof.uuid, "letter"]))

    assert paper.content.startswith(b"%PDF-")
    assert verified(actions.badge_of(proof=proof, at=now)).id == proof_url(proof)
    assert client.get(reverse("verification:by_code", args=[proof.uuid])).status_code == 200


def test_help_has_an_example(capsys):
    with pytest.raises(SystemExit):
        call_command("issue_proofs", "--help")

    assert "Example: manage.py issue_proofs" in capsys.readouterr().out
