"""Unbreakable words, such as URLs, fit the narrowest window."""

import pytest
from django.urls import reverse

from declarations.enums import Move, State
from tests.factories import (
    PASSWORD,
    AlertFactory,
    AllocationFactory,
    AppealFactory,
    ChangeFactory,
    CreditFactory,
    CycleFactory,
    DeclarationFactory,
    DisputeFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    StepFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORD = "https://example.org/" + "x" * 80


@pytest.fixture
def pages(transactional_db):
    """Given a holder to whom, and by whom, such words were written wherever words may be."""
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), ending=True)
    user = HolderUserFactory(holder=cycle.holder, email="holder@example.org")
    own = CreditFactory(holder=user.holder, self_recorded=True, title=WORD, provider_name=WORD, subjects=["chemistry"])
    AllocationFactory(cycle=cycle, credit=own, points=1)
    delivered = CreditFactory(holder=user.holder, title=WORD, subjects=["ethics"])
    DisputeFactory(credit=delivered, raised_by=user, note=WORD)
    AlertFactory(holder=user.holder, title=WORD, body=WORD)
    ChangeFactory(holder=user.holder, requested_by=user, last_name=WORD[:100], words=WORD)
    declaration = DeclarationFactory(cycle=CycleFactory(holder=user.holder, ending=True), state=State.DENIED)
    StepFactory(declaration=declaration, move=Move.DENY, from_state=State.SUBMITTED, to_state=State.DENIED, note=WORD)
    AppealFactory(declaration=declaration, letter=WORD)
    return {
        "account": reverse("account:dashboard"),
        "alerts": reverse("accounts:alerts"),
        "progress": reverse("education:progress"),
        "suggestion": reverse("education:suggestion", args=[cycle.pk]),
        "plan": reverse("education:plan", args=[cycle.pk]),
        "credits": reverse("education:credits"),
        "credit": reverse("education:credit", args=[own.uuid]),
        "dispute": reverse("education:dispute", args=[delivered.uuid]),
        "everywhere": reverse("education:everywhere", args=[own.uuid]),
        "record": reverse("accounts:record"),
        "history": reverse("account:history"),
        "transcript": reverse("declarations:transcript", args=[cycle.pk]),
        "declaration": declaration.get_absolute_url(),
    }


def test_long_words_stay_inside_the_narrowest_window(person, pages):
    holder = person(width=320)
    holder.signs_in("holder@example.org", PASSWORD)

    widths = {}
    for name, address in pages.items():
        holder.opens(address)
        assert holder.page.get_by_text("https://example.org/xxx").count(), name
        widths[name] = holder.page.evaluate("document.documentElement.scrollWidth")

    assert widths == dict.fromkeys(pages, 320)
