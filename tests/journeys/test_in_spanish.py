"""A holder who chooses Spanish: from the preferences to the declaration's receipt and the Board's answer by email."""

from calendar import monthrange
from datetime import date

import pytest

from accounts.actions import deliver_all
from accounts.enums import Role
from cmp_portal.lib import clock
from declarations import actions
from declarations.models import Declaration
from education.actions import refresh_status
from tests.factories import (
    PASSWORD,
    AttestationFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    UserFactory,
    allocate_all,
)
from tests.journeys import english

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def user(transactional_db):
    """Given a holder who has allocated everything, and whose cycle ends this month."""
    AttestationFactory(text="I attest that every entry is true.\nI keep the documents.")
    today = clock.today()
    ends_on = date(today.year, today.month, monthrange(today.year, today.month)[1])
    starts_on = date(today.year - 3, today.month, 1)
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory(), starts_on=starts_on, ends_on=ends_on)
    allocate_all(cycle)
    refresh_status([cycle.pk], at=clock.now())
    return HolderUserFactory(holder=cycle.holder)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_declaring_in_spanish(person, user, mailoutbox, javascript):
    holder = person(javascript=javascript)
    holder.signs_in(user.email, PASSWORD)

    when_they_choose_spanish(holder)
    then_they_see_how_far_they_are(holder)
    and_they_declare(holder)
    and_the_board_answers_by_mail(user, mailoutbox)


def when_they_choose_spanish(holder):
    holder.opens("/account/preferences/")
    holder.picks("Language", "Español")
    holder.clicks("Save my preferences")
    holder.sees("Se guardaron sus preferencias.")
    is_all_spanish(holder)


def then_they_see_how_far_they_are(holder):
    holder.opens("/account/")
    is_all_spanish(holder)
    holder.clicks("Ver mi progreso", role="link")
    holder.sees("Todo está asignado: envíe su declaración.")
    is_all_spanish(holder)


def and_they_declare(holder):
    holder.opens("/declaration/")
    holder.sees("Compruebe su declaración")
    is_all_spanish(holder)
    holder.clicks("Está bien: continuar", role="link")
    holder.page.get_by_role("checkbox").check()
    holder.clicks("Continuar")
    holder.sees("Lo que está por enviar")
    is_all_spanish(holder)
    holder.clicks("Enviar la declaración")
    holder.sees(f"Recibida. Su número es {Declaration.objects.get().number}.")
    is_all_spanish(holder)


def and_the_board_answers_by_mail(user, mailoutbox):
    declaration = Declaration.objects.get()
    actions.approve(declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=clock.now())
    deliver_all(clock=clock.now)

    renewed = mailoutbox[-1]
    assert renewed.subject == "Board of Certification: Su credencial está renovada"
    assert f"Por su declaración {declaration.number}, su credencial está renovada por 3 años." in renewed.body


def is_all_spanish(holder):
    assert holder.page.locator("html").get_attribute("lang") == "es"
    assert english.left_on(holder.page, english.data()) == []
