"""The back-office page on which the administrator names an auditor's colleagues."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from audits.models import Colleague
from tests.factories import ColleagueFactory, HolderFactory, HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db
ADD = reverse("admin:audits_colleague_add")


@pytest.fixture
def administrator(client):
    client.force_login(UserFactory(roles=[Role.ADMINISTRATOR]))
    return client


@pytest.fixture
def auditor():
    return UserFactory(roles=[Role.AUDITOR])


def page_of(colleague):
    return reverse("admin:audits_colleague_change", args=[colleague.pk])


def test_only_auditors_are_offered(administrator, auditor):
    HolderUserFactory()
    UserFactory(roles=[Role.REVIEWER])

    form = administrator.get(ADD).context["adminform"].form

    assert list(form.fields["auditor"].queryset) == [auditor]


def test_a_colleague_is_entered_by_customer_number(administrator, auditor):
    holder = HolderFactory(customer_number="10020033")

    administrator.post(ADD, {"auditor": auditor.pk, "colleague": " 10020033 "})

    assert Colleague.objects.get().colleague == holder


@pytest.mark.parametrize("number", ["zzz", "\0", "1" * 400])
def test_an_unknown_number_is_named_as_such(administrator, auditor, number):
    answer = administrator.post(ADD, {"auditor": auditor.pk, "colleague": f"7{number}"})

    assert answer.context["errors"] == [["No holder has this customer number."]]
    assert not Colleague.objects.exists()


def test_the_page_shows_the_number_and_keeps_who_is_no_longer_an_auditor(administrator):
    colleague = ColleagueFactory(auditor__roles=[], colleague__customer_number="10020033")
    form = administrator.get(page_of(colleague)).context["adminform"].form

    administrator.post(page_of(colleague), {"auditor": colleague.auditor_id, "colleague": "10020033", "note": "Kin."})

    colleague.refresh_from_db()
    assert (form["colleague"].value(), colleague.note) == ("10020033", "Kin.")
