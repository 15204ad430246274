"""A holder replaces an unreadable document of their appeal while the Board considers it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Alert
from cmp_portal.lib.uploads import FileCondition
from declarations import actions
from declarations.models import AppealDocument, Step
from declarations.queries import export_of
from education import actions as education_actions
from education.models import Evidence
from tests.declarations.appealing import PDF
from tests.declarations.replacing import BROKEN, SOON, appealed_with_a_damaged_document, paper, replace
from tests.factories import AppealDocumentFactory, HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration(now):
    return appealed_with_a_damaged_document()


@pytest.fixture
def user(declaration):
    return declaration.holder.user


@pytest.fixture
def damaged(declaration):
    return AppealDocument.objects.get(evidence__name="scan.png")


def address(declaration, document):
    return reverse("declarations:replace_document", args=[declaration.uuid, document.evidence.uuid])


def names():
    names = dict(Evidence.objects.values_list("uuid", "name"))
    rows = AppealDocument.objects.order_by("id").values_list("evidence__name", "replaces")
    return [(name, names.get(replaces)) for name, replaces in rows]


SENT = [("scan.png", None), ("letter.pdf", None)]


# --- Replaced ---


def test_the_page_tells_how_large_a_copy_may_be(client, damaged, user, declaration, settings):
    settings.EVIDENCE_MAX_BYTES = 7 * 1024**2
    client.force_login(user)

    page = client.get(declaration.get_absolute_url()).content.decode()

    assert "PDF, PNG or JPEG, up to 7\xa0MB. The file you sent is kept as well." in page


def test_the_copy_stands_beside_what_was_sent(damaged, user, declaration):
    copy = replace(damaged, user)

    assert names() == [*SENT, ("scan.pdf", "scan.png")]
    assert (copy.evidence.uploaded_at, copy.evidence.holder, copy.evidence.credit) == (SOON, declaration.holder, None)
    assert copy.evidence.file.read() == PDF


def test_the_letter_and_the_damaged_file_stay_as_they_were(damaged, user, declaration):
    before = declaration.appeal.letter, list(Step.objects.values_list("move", "note")), damaged.evidence.sha256

    replace(damaged, user)

    damaged.evidence.refresh_from_db()
    declaration.appeal.refresh_from_db()
    after = declaration.appeal.letter, list(Step.objects.values_list("move", "note")), damaged.evidence.sha256
    assert (after, damaged.evidence.removed_at) == (before, None)


def test_sent_twice_it_is_one(damaged, user):
    first, second = replace(damaged, user), replace(damaged, user, at=SOON + timedelta(minutes=1))

    assert (first, len(names())) == (second, 3)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_same", [True, False])
def test_sent_by_four_at_once_one_copy_comes(in_thread, damaged, user, is_same):
    def send(number):
        try:
            return replace(damaged, user, paper(content=PDF if is_same else PDF + b"%%%d" % number)).pk
        except actions.MoveRefused as refusal:
            return str(refusal)

    answers = {call.result(30) for call in [in_thread(lambda number=number: send(number)) for number in range(4)]}

    assert len(names()) == 3
    assert (len(answers), sum(isinstance(one, int) for one in answers)) == ((1, 1) if is_same else (2, 1))


def test_the_copy_is_looked_into_and_may_be_replaced_in_its_turn(damaged, user, now):
    copy = replace(damaged, user, paper("again.png", BROKEN + b"0"))
    education_actions.check_evidence(at=now)

    replace(copy, user, at=SOON + timedelta(hours=1))

    assert names()[2:] == [("again.png", "scan.png"), ("scan.pdf", "again.png")]


def test_a_harmful_one_is_replaced_too(damaged, user):
    Evidence.objects.filter(pk=damaged.evidence_id).update(condition=FileCondition.INFECTED)

    assert replace(damaged, user).replaces == damaged.evidence.uuid


def test_what_asked_for_a_copy_is_taken_back(damaged, user):
    asked = Alert.objects.get(title="One of your documents can't be opened")

    replace(damaged, user)

    asked.refresh_from_db()
    assert asked.withdrawn_at == SOON


# --- Refused ---


def refuses(document, by, upload=None, *, because, error=actions.MoveRefused):
    with pytest.raises(error, match=because):
        replace(document, by, upload)
    assert AppealDocument.objects.filter(replaces=document.evidence.uuid).count() == 0


def test_what_can_be_opened_stays(declaration, user):
    refuses(AppealDocument.objects.get(evidence__name="letter.pdf"), user, because="stays as you sent it")


def test_what_is_not_looked_into_yet_stays(damaged, user):
    Evidence.objects.filter(pk=damaged.evidence_id).update(condition=FileCondition.WAITING, checked_at=None)

    refuses(damaged, user, because="stays as you sent it")


@pytest.mark.parametrize("decide", [actions.uphold, actions.overturn])
def test_once_decided_everything_stays(damaged, user, declaration, reviewer, decide):
    decide(declaration=declaration, by=reviewer, at=SOON, note="As the file shows.")

    refuses(damaged, user, because="The Board has decided this appeal")


def test_another_copy_has_come_already(damaged, user):
    replace(damaged, user)

    with pytest.raises(actions.MoveRefused, match="Another copy has already replaced it"):
        replace(damaged, user, paper(content=PDF + b"%3"))


def test_the_same_file_again_is_no_copy(damaged, user):
    refuses(damaged, user, paper("scan.png", BROKEN), because="This is the same file.")


@pytest.mark.parametrize("roles", [[Role.REVIEWER], [Role.ADMINISTRATOR], [Role.HOLDER]])
def test_nobody_else_does_it(damaged, roles):
    refuses(damaged, UserFactory(roles=roles), because="Only the holder may do this")


def test_a_copy_is_accepted_by_content(damaged, user):
    refuses(damaged, user, paper(content=b"<html>"), because="not a PDF", error=education_actions.EvidenceRefused)


def test_a_copy_counts_in_the_quota(damaged, user, settings):
    settings.EVIDENCE_QUOTA_FILES = Evidence.objects.filter(holder=user.holder).count()

    refuses(damaged, user, because="the most you can keep", error=education_actions.EvidenceRefused)


# --- Pages ---


@pytest.fixture
def own(client, user):
    client.force_login(user)
    return client


def test_only_the_damaged_one_has_a_form(own, declaration, damaged):
    shown = own.get(declaration.get_absolute_url()).text

    assert shown.count('type="file"') == 1
    assert f'action="{address(declaration, damaged)}"' in shown


def test_the_form_sends_a_copy_and_is_gone(own, declaration, damaged):
    answer = own.post(address(declaration, damaged), {"file": paper()}, follow=True)

    assert answer.redirect_chain == [(f"{declaration.get_absolute_url()}#appeal-documents", 302)]
    assert "Your copy has replaced it." in answer.text
    assert ('type="file"' in answer.text, "Replaced by “scan.pdf”" in answer.text) == (False, True)
    assert "Replaces “scan.png”" in answer.text


def test_the_form_is_taken_as_a_browser_sends_it(declaration, damaged, user):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    form = browser.get(declaration.get_absolute_url()).text.partition(f'action="{address(declaration, damaged)}"')[2]
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.partition("</form>")[0])

    answer = browser.post(address(declaration, damaged), {"csrfmiddlewaretoken": token[1], "file": paper()})

    assert (answer.status_code, len(names())) == (302, 3)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "Choose the copy first."),
        ({"file": paper("page.pdf", b"<html>")}, "not a PDF"),
        ({"file": paper("page.pdf", b"")}, "“page.pdf” is empty."),
        ({"file": paper("scan.png", BROKEN)}, "This is the same file."),
    ],
)
def test_what_is_wrong_is_told_on_the_page(own, declaration, damaged, sent, told):
    answer = own.post(address(declaration, damaged), sent, follow=True)

    assert (told in answer.text, answer.redirect_chain) == (True, [(declaration.get_absolute_url(), 302)])
    assert names() == SENT


def test_the_board_sees_what_was_replaced_by_what_and_when(client, declaration, damaged, user, reviewer):
    replace(damaged, user)
    client.force_login(reviewer)

    shown = client.get(reverse("admin:declarations_declaration_change", args=[declaration.pk])).text

    assert "Replaced by “scan.pdf”: " in shown and "Replaces “scan.png”" in shown
    assert 'type="file"' not in shown


@pytest.mark.parametrize("copies", [0, 3])
def test_the_page_asks_no_more_for_more(own, declaration, damaged, user, copies, django_assert_max_num_queries):
    document = damaged
    for number in range(copies):
        document = replace(document, user, paper(content=BROKEN + b"%d" % number), at=SOON + timedelta(hours=number))
        Evidence.objects.filter(pk=document.evidence_id).update(condition=FileCondition.UNREADABLE, checked_at=SOON)
    own.get(declaration.get_absolute_url())

    with django_assert_max_num_queries(25) as asked:
        own.get(declaration.get_absolute_url())

    assert sum("appealdocument" in one["sql"] for one in asked.captured_queries) == 1


def test_of_another_holder_there_is_no_such_document(client, declaration, damaged):
    client.force_login(HolderUserFactory())

    assert client.post(address(declaration, damaged), {"file": paper()}).status_code == 404


def test_of_another_appeal_there_is_no_such_document(own, declaration):
    other = AppealDocumentFactory(damaged=True)

    assert own.post(address(declaration, other), {"file": paper()}).status_code == 404


def test_what_was_replaced_is_in_the_export(damaged, user, declaration):
    copy = replace(damaged, user)

    told = list(next(part for part in export_of(declaration.holder) if part.name == "appeal_documents"))
    assert [one["replaces"] for one in told] == [None, None, damaged.evidence.uuid]
    assert told[-1]["evidence"] == copy.evidence.uuid
