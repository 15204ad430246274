"""The back office: how staff get in, and what isn't part of it."""

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Holder
from cmp_portal.lib.admin import PermissionAdmin
from cmp_portal.templatetags.portal import begin
from tests.factories import (
    PASSWORD,
    AreaFactory,
    CreditFactory,
    FeeRateFactory,
    HolderUserFactory,
    RequirementSetFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(client):
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


def test_sign_in_is_the_portals_and_leads_back(client):
    user, queue = UserFactory(roles=[Role.REVIEWER]), reverse("admin:declarations_declaration_changelist")

    asked = client.get(queue, follow=True)
    then = client.post(asked.request["PATH_INFO"], {"login": user.email, "password": PASSWORD, "next": queue})

    assert asked.redirect_chain[-1][0] == f"{reverse('account_login')}?next={queue}"
    assert then.url == queue


def test_admins_own_sign_in_takes_no_password(client):
    user = UserFactory(roles=[Role.REVIEWER])

    answer = client.post(reverse("admin:login"), {"username": user.email, "password": PASSWORD})

    assert answer.url == f"{reverse('account_login')}?next={reverse('admin:index')}"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("name", ["admin:index", "admin:login", "admin:accounts_holder_changelist"])
def test_holder_is_refused_without_a_detour(client, name):
    client.force_login(HolderUserFactory())

    answer = client.get(reverse(name), follow=True)

    assert (answer.status_code, answer.redirect_chain) == (403, [])


def test_sign_in_page_leads_those_inside_to_the_start(client, reviewer):
    assert client.get(reverse("admin:login")).url == reverse("admin:index")


def test_who_leaves_the_back_office_leaves_the_portal(client, reviewer):
    answer = client.post(reverse("admin:logout"))

    assert answer.url == reverse("guide")
    assert "_auth_user_id" not in client.session


def test_who_has_left_is_told_the_same(client, reviewer):
    answers = [client.post(reverse("admin:logout")) for _time in range(2)]

    assert [answer.url for answer in answers] == [reverse("guide")] * 2


def test_password_is_changed_on_the_portals_page(client, reviewer):
    answer = client.post(reverse("admin:password_change"), {"old_password": PASSWORD})

    assert answer.url == reverse("account_change_password")


@pytest.mark.parametrize("model", [Group, EmailAddress, Authenticator, UserSession], ids=lambda model: model.__name__)
def test_what_takes_accounts_over_is_not_there(model):
    assert not admin.site.is_registered(model)


def test_only_what_asks_for_our_permissions_is_registered():
    site = type(admin.site._wrapped)()

    site.register(Group, admin.ModelAdmin)
    site.register(Holder)

    assert not site.is_registered(Group) and not site.is_registered(Holder)
    assert [one for one in admin.site._registry.values() if not isinstance(one, PermissionAdmin)] == []


@pytest.mark.parametrize(
    "query",
    ["started_at__year=2147483648", "started_at__year=20266", "job=%00", "started_at__year=0", "no_such__exact=1"],
)
def test_what_no_list_can_be_filtered_by_is_dropped(client, query):
    client.force_login(UserFactory(roles=[Role.ADMINISTRATOR]))

    answer = client.get(f"{reverse('admin:accounts_jobrun_changelist')}?{query}", follow=True)

    assert answer.status_code == 200


def test_a_role_that_opens_nothing_says_so(client):
    client.force_login(UserFactory(roles=[Role.ADMINISTRATOR]))

    page = client.get(reverse("admin:accounts_user_change", args=[UserFactory(roles=[Role.PROVIDER]).pk]))

    assert "“Provider” opens no pages: providers' systems deliver with API tokens." in page.text


CREDIT, REQUIREMENTS = "education_credit", "credentials_requirementset"
HOLDER = {"customer_number": "1", "first_name": "Ada", "last_name": "Lind"}
PROVIDER = {"code": "lab", "title": "Lab", "approved_from": "2026-02-01", "approved_until": "2026-01-31"}
RATE = {"kind": "application", "applies_from": "2027-01-01"}


@pytest.mark.parametrize(
    ("model", "said", "mistakes"),
    [
        (
            "accounts_holder",
            HOLDER | {"birth_month": "13"},
            {"birth_month": ["Choose one of the options shown."]},
        ),
        ("education_provider", PROVIDER, {"approved_until": ["Choose a day that is not before the first day."]}),
        ("declarations_feerate", RATE | {"amount": "-1"}, {"amount": ["Enter 0 or more."]}),
        ("declarations_feerate", RATE | {"amount": "-1", "reduced": "1"}, {"amount": ["Enter 0 or more."]}),
        (
            "declarations_feerate",
            RATE | {"amount": "95", "reduced": "-1"},
            {"reduced": ["Enter 0 or more, but no more than the amount."]},
        ),
        (
            "declarations_feerate",
            RATE | {"amount": "95", "reduced": "96"},
            {"reduced": ["Enter 0 or more, but no more than the amount."]},
        ),
        (
            "declarations_feerate",
            RATE | {"amount": "", "reduced": "1"},
            {"reduced": ["Enter 0 or more, but no more than the amount."]},
        ),
    ],
)
def test_what_no_row_may_be_is_told_beside_its_field(client, settings, model, said, mistakes):
    settings.FEES = True
    client.force_login(UserFactory(roles=[Role.REGISTRAR, Role.ADMINISTRATOR]))

    answer = client.post(reverse(f"admin:{model}_add"), said)

    assert answer.context["adminform"].form.errors == mistakes


def test_points_are_listed_as_people_read_them(client):
    CreditFactory(points="1.50")
    RequirementSetFactory(total="36")
    client.force_login(UserFactory(roles=[Role.REGISTRAR, Role.ADMINISTRATOR]))

    rows = [client.get(reverse(f"admin:{name}_changelist")).text for name in (CREDIT, REQUIREMENTS)]

    assert ['">1.5</td>' in rows[0], '">36</td>' in rows[1]] == [True, True]


SHOWN = re.compile(
    r'field-(quantity|points|total|step|minimum|maximum)">.*?<(?:p|div class="readonly")>([^<]+)<', re.DOTALL
)


def test_numbers_of_one_record_are_read_in_their_place(client):
    credit = CreditFactory(points="1.50", quantity="3.00")
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    page = client.get(reverse(f"admin:{CREDIT}_change", args=[credit.pk])).text

    assert SHOWN.findall(page) == [("quantity", "3"), ("points", "1.5")]


def test_numbers_of_a_records_lines_are_read_in_their_place(client):
    area = AreaFactory(requirement_set__total="36", minimum="2", maximum=None)
    client.force_login(UserFactory(roles=[Role.ADMINISTRATOR]))

    page = client.get(reverse(f"admin:{REQUIREMENTS}_change", args=[area.requirement_set_id])).text

    assert SHOWN.findall(page) == [("total", "36"), ("step", "0.25"), ("minimum", "2"), ("maximum", "-")]


def test_money_keeps_its_cents(client, settings):
    settings.FEES = True
    FeeRateFactory(amount="95")
    client.force_login(UserFactory(roles=[Role.ADMINISTRATOR]))

    page = client.get(reverse("admin:declarations_feerate_changelist")).text

    assert '<td class="field-amount">95.00</td>' in page


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("ann@example.org is working on it.", "ann@example.org is working on it."),
        ("nothing was changed at ann@example.org", "Nothing was changed at ann@example.org"),
        ("", ""),
    ],
)
def test_a_message_begins_with_a_capital_but_an_address_stays(message, shown):
    assert begin(message) == shown


def test_the_back_office_shows_an_address_as_it_is_written(rf):
    page = render_to_string("admin/base_site.html", {"messages": ["ann@example.org is working on it."]}, rf.get("/"))

    assert "<li >ann@example.org is working on it.</li>" in page


def test_the_message_about_a_change_links_to_what_was_changed(client, settings):
    settings.FEES = True
    client.force_login(UserFactory(roles=[Role.ADMINISTRATOR]))
    said = {"kind": "application", "family": "", "applies_from": "2027-01-01", "amount": "110.00", "reduced": ""}

    page = client.post(reverse("admin:declarations_feerate_add"), said, follow=True).text

    assert re.search(r'“<a href="/admin/declarations/feerate/\d+/change/">Application fee, from 2027-01-01</a>”', page)
