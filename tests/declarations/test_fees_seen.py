"""A fee is shown before submission and on every page of its declaration; with fees disabled, nowhere."""

import html

import pytest
import time_machine
from django.urls import reverse

from declarations import actions
from tests.declarations.charging import charged, note, ready
from tests.declarations.reviews import AT, LATER, submitted
from tests.factories import AttestationFactory, HolderUserFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("step", ["declare", "confirm"])
def test_the_fee_is_shown_before_anything_is_sent(fees_on, client, step):
    cycle = ready()
    client.force_login(HolderUserFactory(holder=cycle.holder))
    AttestationFactory()

    with time_machine.travel(AT, tick=False):
        answer = client.get(reverse(f"declarations:{step}", args=[cycle.pk]), {"attested": "on"})

    assert "Fee: USD 95.00" in answer.text
    assert "The rate in effect since 1 January 2020 for every credential." in answer.text


@pytest.mark.parametrize(
    ("gateway", "words"),
    [
        ("offline", "Then pay by invoice. The fee's own page says how."),
        ("stripe", "Then pay online or by invoice, from the fee's own page."),
    ],
)
def test_only_a_way_to_pay_that_there_is_is_named(fees_on, client, settings, gateway, words):
    settings.PAYMENT_GATEWAY = gateway
    cycle = ready()
    client.force_login(HolderUserFactory(holder=cycle.holder))
    AttestationFactory()

    with time_machine.travel(AT, tick=False):
        page = client.get(reverse("declarations:declare", args=[cycle.pk]))

    assert words in html.unescape(page.text)


def test_off_no_query_is_spent_and_nothing_is_seen(client, django_assert_num_queries, settings):
    declaration = submitted()
    client.force_login(declaration.holder.user)
    client.get(declaration.get_absolute_url())

    def ask():
        with django_assert_num_queries(10) as asked:
            answer = client.get(declaration.get_absolute_url())
        return answer.text, [query["sql"] for query in asked if "declarations_fee" in query["sql"]]

    text, asked = ask()

    assert ("/fee/" in text, asked) == (False, [])


@pytest.mark.parametrize("is_paid", [False, True])
def test_only_a_fee_that_is_due_says_how_to_pay(fees_on, client, registrar, is_paid):
    fee = charged()
    if is_paid:
        note(fee, registrar)
    client.force_login(fee.holder.user)

    assert ("how to pay" in client.get(fee.declaration.get_absolute_url()).text) is not is_paid


def test_off_again_what_was_charged_is_not_seen(fees_on, client, settings):
    fee = charged()
    settings.FEES = False
    client.force_login(fee.holder.user)

    assert client.get(fee.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("model", ["fee", "feerate", "feefamily"])
def test_off_the_back_office_has_no_desk_for_fees(client, registrar, model):
    client.force_login(registrar)

    desk = client.get(reverse(f"admin:declarations_{model}_changelist"))
    index = client.get(reverse("admin:index")).text

    assert (desk.status_code, f"/admin/declarations/{model}/" in index) == (403, False)


@pytest.mark.parametrize("is_on", [True, False])
def test_the_queue_asks_for_unpaid_ones_where_there_are_fees(client, reviewer, settings, is_on):
    settings.FEES = is_on
    client.force_login(reviewer)

    page = client.get(reverse("admin:declarations_declaration_changelist")).text

    assert ("flag=unpaid" in page) == is_on


def test_the_page_says_what_is_left(fees_on, client):
    fee = charged()
    client.force_login(fee.holder.user)

    texts = [client.get(page).text for page in (fee.declaration.get_absolute_url(), fee.get_absolute_url())]

    assert all("Amount due: USD 95.00" in text for text in texts)
    assert "The Board approves it once the fee is paid." in texts[1]


@pytest.mark.parametrize(
    ("is_paid", "words"), [(False, "Pay the fee, and keep"), (True, "There is nothing more to do")]
)
def test_who_has_to_pay_is_not_told_that_nothing_is_left_to_do(fees_on, client, registrar, is_paid, words):
    fee = charged()
    if is_paid:
        note(fee, registrar)
    client.force_login(fee.holder.user)

    page = client.get(fee.declaration.get_absolute_url()).context["page"]

    assert page.text.startswith(words)


@pytest.mark.parametrize("is_paid", [False, True])
def test_my_account_leads_to_what_is_left(fees_on, client, registrar, is_paid, django_assert_max_num_queries):
    fee = charged()
    if is_paid:
        note(fee, registrar)
    client.force_login(fee.holder.user)
    client.get(reverse("account:dashboard"))

    with time_machine.travel(LATER, tick=False), django_assert_max_num_queries(8):
        page = client.get(reverse("account:dashboard")).text

    assert ("Amount due: USD 95.00. Your declaration has been received in any case." in page) != is_paid
    assert ("need to do anything right now." in page) == is_paid


def test_paid_and_returned_the_page_asks_for_the_declaration(fees_on, client, registrar, reviewer):
    fee = charged()
    note(fee, registrar)
    actions.send_back(declaration=fee.declaration, by=reviewer, at=LATER, note="One is missing.")
    client.force_login(fee.holder.user)

    assert "The fee is paid, but the Board returned your declaration" in client.get(fee.get_absolute_url()).text


@pytest.mark.parametrize(("form", "status"), [("invoice", 200), ("receipt", 404), ("check", 404)])
def test_documents_of_a_fee_that_is_due(fees_on, client, form, status):
    fee = charged()
    client.force_login(fee.holder.user)

    answer = client.get(reverse("declarations:fee_document", args=[fee.declaration.uuid, form]))

    assert answer.status_code == status


def test_the_receipt_is_a_document_with_the_same_bytes(fees_on, client, registrar):
    fee = charged()
    note(fee, registrar)
    client.force_login(fee.holder.user)
    address = reverse("declarations:fee_document", args=[fee.declaration.uuid, "receipt"])

    first, second = client.get(address), client.get(address)

    assert first.content.startswith(b"%PDF-") and first.content == second.content
