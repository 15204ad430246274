import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import RequestState, Role
from accounts.models import Change, ChangeDocument, Holder, Letter
from cmp_portal.lib.uploads import FileCondition
from tests.factories import ChangeDocumentFactory, ChangeFactory, HolderFactory, HolderUserFactory, UserFactory
from tests.factories.accounts import PASSPORT
from tests.pages import words_of

pytestmark = pytest.mark.django_db
RECORD = "accounts:record"


@pytest.fixture
def user(now):
    return HolderUserFactory(holder__first_name="Mara", holder__last_name="Holder", holder__email="old@example.org")


@pytest.fixture
def signed_in(client, user):
    client.force_login(user)
    return client


def ask(client, kind="name", **changed):
    said = {"first_name": "Mara", "last_name": "Lind", "words": "Married."}
    if kind == "name":
        said["files"] = [SimpleUploadedFile("passport.pdf", PASSPORT)]
    else:
        said = {"email": "new@example.org"}
    return client.post(reverse("accounts:change", args=[kind]), {**said, **changed}, follow=True)


def test_page_tells_how_large_a_document_may_be(signed_in, settings):
    settings.EVIDENCE_MAX_BYTES = 7 * 1024**2

    page = signed_in.get(reverse("accounts:change", args=["name"])).content.decode()

    assert "PDF, PNG or JPEG, up to 7\xa0MB each." in page


def test_page_tells_what_is_on_file(signed_in, user):
    page = signed_in.get(reverse(RECORD)).content.decode()

    assert all(word in page for word in ("Mara Holder", "old@example.org", user.holder.customer_number))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_page_asks_as_many_questions_whatever_was_asked_for(signed_in, user, django_assert_num_queries, count):
    for _number in range(count):
        ChangeDocumentFactory(holder=user.holder, change__declined=True)

    with django_assert_num_queries(4 if count else 3):
        signed_in.get(reverse(RECORD))


def test_change_is_asked_for_and_shown(signed_in):
    page = ask(signed_in).content.decode()

    assert "Sent to the Board" in page and "Mara Lind" in page and "passport.pdf" in page
    assert reverse("accounts:change", args=["name"]) not in page
    assert reverse("accounts:change", args=["address"]) in page


@pytest.mark.parametrize(
    ("kind", "changed", "said"),
    [
        ("name", {"last_name": ""}, "Enter your last name."),
        ("name", {"last_name": "", "words": "Married."}, "your browser does not keep the files"),
        ("name", {"files": []}, "Add a document that shows the new name."),
        ("name", {"files": [SimpleUploadedFile("passport.pdf", b"")]}, "is empty"),
        ("name", {"files": [SimpleUploadedFile("passport.pdf", b"<html>")]}, "is not a PDF, PNG or JPEG"),
        ("name", {"last_name": "Holder"}, "already has this on file"),
        ("address", {"email": "nonsense"}, "Enter an address such as name@example.org."),
        ("address", {"email": "old@example.org"}, "already has this on file"),
        ("address", {"email": "OLD@example.org"}, "already has this on file"),
    ],
)
def test_what_can_not_be_asked_for_is_said_so(signed_in, kind, changed, said):
    answer = ask(signed_in, kind, **changed)

    assert (answer.status_code, Change.objects.count()) == (422, 0)
    assert said in answer.content.decode()


def test_too_many_documents_are_told_how_many_may_come(signed_in, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2

    answer = ask(signed_in, files=[SimpleUploadedFile(f"{number}.pdf", PASSPORT) for number in range(3)])

    assert (answer.status_code, Change.objects.count()) == (413, 0)
    assert "You can send up to 2 documents with one form." in answer.content.decode()


def test_while_a_request_waits_there_is_no_form_for_another(signed_in, user):
    ChangeFactory(holder=user.holder)

    answer = signed_in.get(reverse("accounts:change", args=["name"]), follow=True)

    assert answer.redirect_chain == [(reverse(RECORD), 302)]
    assert "Wait for its answer, or withdraw the request first" in answer.text
    assert signed_in.get(reverse("accounts:change", args=["address"])).status_code == 200


def test_empty_form_is_no_error_of_ours(signed_in):
    assert signed_in.post(reverse("accounts:change", args=["address"])).status_code == 422


@pytest.mark.parametrize("text", ["x" * 100_000, "a\x00b", "' OR 1=1 --", "<script>"])
def test_hostile_words_are_taken_calmly(signed_in, text):
    answer = ask(signed_in, last_name=text)

    assert answer.status_code in {200, 422} and "<script>" not in answer.content.decode()


def test_there_is_nothing_else_to_change(signed_in):
    assert signed_in.get(reverse("accounts:change", args=["birthday"])).status_code == 404


def test_request_is_taken_back(signed_in, user):
    change = ChangeFactory(holder=user.holder)

    page = signed_in.post(reverse("accounts:withdraw_change", args=[change.uuid]), follow=True).content.decode()

    change.refresh_from_db()
    assert change.state == RequestState.WITHDRAWN and "You withdrew your request." in page


def test_answered_request_is_not_taken_back(signed_in, user):
    change = ChangeFactory(holder=user.holder, declined=True)

    page = signed_in.post(reverse("accounts:withdraw_change", args=[change.uuid]), follow=True).content.decode()

    assert "already answered this request" in page


def test_login_without_a_record_has_no_such_page(client, now):
    client.force_login(UserFactory())

    assert client.get(reverse(RECORD)).status_code == 403
    assert reverse(RECORD) not in client.get(reverse("account_email")).content.decode()


# --- Documents --------------------------------------------------------------------------------------------------------


def test_document_is_always_a_download(signed_in, user):
    document = ChangeDocumentFactory(holder=user.holder)

    answer = signed_in.get(reverse("accounts:change_document", args=[document.uuid]))

    assert answer.headers["Content-Disposition"] == 'attachment; filename="passport.pdf"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content) == PASSPORT


def test_document_of_another_is_not_there(signed_in):
    assert signed_in.get(reverse("accounts:change_document", args=[ChangeDocumentFactory().uuid])).status_code == 404


@pytest.mark.parametrize(
    ("condition", "scanner"), [(FileCondition.INFECTED, ""), (FileCondition.WAITING, "clamd://localhost")]
)
def test_held_back_document_is_opened_by_nobody(client, now, settings, condition, scanner):
    settings.EVIDENCE_SCANNER = scanner
    checked_at = None if condition == FileCondition.WAITING else now
    document = ChangeDocumentFactory(condition=condition, checked_at=checked_at)
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    assert client.get(reverse("accounts:change_document", args=[document.uuid])).status_code == 404


# --- The registrar ----------------------------------------------------------------------------------------------------


@pytest.fixture
def change(now):
    document = ChangeDocumentFactory(holder__first_name="Mara", holder__last_name="Holder", change__was="Mara Holder")
    return document.change


def page_of(change):
    return reverse("admin:accounts_change_change", args=[change.pk])


def decide(client, change, decision="granted", note="As the passport shows."):
    return client.post(page_of(change), {"decision": decision, "note": note})


@pytest.fixture
def registrar(client):
    user = UserFactory(roles=[Role.REGISTRAR])
    client.force_login(user)
    return user


def test_registrar_sees_old_and_new_and_the_document(client, registrar, change):
    page = client.get(page_of(change)).content.decode()

    assert "Mara Holder" in page and "Amara Okafor-Lindqvist" in page
    assert reverse("accounts:change_document", args=[ChangeDocument.objects.get().uuid]) in page


@pytest.mark.parametrize("is_proven", [True, False])
def test_registrar_sees_whether_the_login_has_proven_the_address(client, registrar, user, is_proven):
    change = ChangeFactory(address=True, holder=user.holder, email=user.email if is_proven else "x@example.org")

    page = client.get(page_of(change)).content.decode()

    assert re.search(r"Confirmed in the holder&#x27;s account</th>\s*<td>\s*(\w+)", page)[1] == (
        "yes" if is_proven else "no"
    )


def test_registrar_decides(client, registrar, change):
    answer = decide(client, change)

    change.refresh_from_db()
    assert (answer.status_code, change.state, Holder.objects.get().first_name) == (302, RequestState.GRANTED, "Amara")


def test_decision_sent_twice_is_answered_twice(client, registrar, change):
    answers = [decide(client, change) for _time in range(2)]

    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/admin/accounts/change/")}


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        ("granted", "The record of Mara Holder ({}) now shows “Amara Okafor-Lindqvist”."),
        ("declined", "The request from Mara Holder ({}) was declined."),
    ],
)
def test_registrar_is_told_what_a_decision_has_done(client, registrar, change, decision, told):
    decide(client, change, decision)

    answer = client.get(reverse("admin:accounts_change_changelist"))

    assert words_of(answer) == [told.format(change.holder.customer_number)]


@pytest.mark.parametrize(
    ("decision", "note"), [("declined", "As the passport shows."), ("granted", "Again."), ("x", "x")]
)
def test_decided_request_is_not_decided_otherwise(client, registrar, change, decision, note):
    decide(client, change)

    answer = decide(client, change, decision, note)

    assert answer.status_code == 422
    assert [str(one) for one in answer.context["messages"]][1:] == [
        "This has been decided in the meantime. Review the current information.",
        f"You wrote: {note}",
    ]


def test_registrar_does_not_decide_on_their_own_request(client, registrar, change):
    registrar.holder = change.holder
    registrar.save()

    assert decide(client, change).status_code == 403


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.ADMINISTRATOR])
def test_others_of_the_board_only_look(client, change, role):
    client.force_login(UserFactory(roles=[role]))

    answer = decide(client, change)

    change.refresh_from_db()
    assert (answer.status_code, change.state) == (403, RequestState.OPEN)
    assert client.get(page_of(change)).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_queue_asks_as_many_questions_whatever_its_length(client, registrar, django_assert_num_queries, count):
    for _number in range(count):
        ChangeFactory()

    with django_assert_num_queries(4):
        client.get(reverse("admin:accounts_change_changelist"))


def test_open_requests_come_first(client, registrar, change):
    ChangeFactory(declined=True)

    assert client.get(reverse("admin:accounts_change_changelist")).context["cl"].result_list[0] == change


def test_registrar_corrects_an_address_and_the_old_one_hears_of_it(client, registrar, now):
    holder = HolderFactory(email="old@example.org")
    names = {"customer_number": holder.customer_number, "first_name": "A", "last_name": "B"}
    fields = names | {"email": "new@example.org"}

    answer = client.post(reverse("admin:accounts_holder_change", args=[holder.pk]), fields)

    assert (answer.status_code, Letter.objects.get().email) == (302, "old@example.org")


def test_registrar_does_not_correct_their_own_record(client, now):
    user = HolderUserFactory(roles=[Role.REGISTRAR])
    client.force_login(user)

    answer = client.post(reverse("admin:accounts_holder_change", args=[user.holder_id]), {"last_name": "Other"})

    assert answer.status_code == 403


def test_letters_can_be_looked_at(client, registrar):
    assert client.get(reverse("admin:accounts_letter_changelist")).status_code == 200
