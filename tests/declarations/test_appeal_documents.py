"""Documents of an appeal: stored with it, checked like all others, and immutable afterwards."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Alert
from cmp_portal.export import parts_of
from cmp_portal.lib.uploads import FileCondition
from declarations import actions
from declarations.enums import State
from declarations.models import Appeal, AppealDocument
from declarations.queries import export_of
from education import actions as education_actions
from education.models import Evidence
from tests.constraint_violations import copy, delete, refused, run, tries, update
from tests.declarations.appealing import PDF, WORDS
from tests.declarations.reviews import LATER, submitted
from tests.factories import AppealDocumentFactory, EvidenceFactory, HolderUserFactory, UserFactory

pytestmark = pytest.mark.django_db


def paper(name="letter.pdf", content=PDF):
    return SimpleUploadedFile(name, content)


@pytest.fixture
def denied(now):
    declaration = submitted()
    return actions.deny(
        declaration=declaration, by=UserFactory(roles=[Role.REVIEWER]), at=LATER, note="Too little of it is proven."
    )


@pytest.fixture
def user(denied):
    return denied.holder.user


@pytest.fixture
def page(client, user, denied):
    client.force_login(user)
    return reverse("declarations:appeal", args=[denied.uuid])


def appeal(denied, user, *documents):
    return actions.appeal(declaration=denied, documents=documents, by=user, at=LATER, **WORDS)


def test_documents_are_kept_with_the_appeal(denied, user):
    appeal(denied, user, paper("letter.pdf"), paper("orders.pdf", PDF + b"%2"))

    kept = Evidence.objects.filter(appeal_document__appeal__declaration=denied).order_by("id")
    assert [(one.name, one.credit, one.holder, one.uploaded_at) for one in kept] == [
        ("letter.pdf", None, denied.holder, LATER),
        ("orders.pdf", None, denied.holder, LATER),
    ]


def test_the_same_content_twice_is_kept_once(denied, user):
    appeal(denied, user, paper(), paper("again.pdf"))

    assert AppealDocument.objects.count() == 1


def test_what_is_sent_twice_is_kept_once(denied, user):
    for _time in range(2):
        appeal(denied, user, paper())

    assert (Appeal.objects.count(), AppealDocument.objects.count()) == (1, 1)


def test_a_document_that_comes_later_does_not_pass_for_received(denied, user):
    appeal(denied, user, paper())

    with pytest.raises(actions.MoveRefused, match="is now “Appealed”"):
        appeal(denied, user, paper(), paper("late.pdf", PDF + b"%2"))

    assert AppealDocument.objects.count() == 1


def test_one_refused_document_refuses_the_appeal(denied, user):
    with pytest.raises(education_actions.EvidenceRefused, match="not a PDF"):
        appeal(denied, user, paper(), paper("page.pdf", b"<html>"))

    denied.refresh_from_db()
    assert (denied.state, Appeal.objects.count(), Evidence.objects.count()) == (State.DENIED, 0, 0)


def test_they_count_in_the_quota(denied, user, settings):
    settings.EVIDENCE_QUOTA_FILES = 1
    EvidenceFactory(holder=denied.holder)

    with pytest.raises(education_actions.EvidenceRefused, match="the most you can keep"):
        appeal(denied, user, paper())


def test_an_upload_can_be_kept_again(denied, user):
    """An action that lost a lock is run again with the same uploads."""
    document = paper()

    for _time in range(2):
        kept = education_actions.keep(upload=document, holder_id=denied.holder_id, at=LATER)

    assert (kept.name, kept.file.read()) == ("letter.pdf", PDF)


def test_nobody_removes_them(denied, user):
    appeal(denied, user, paper())

    with pytest.raises(education_actions.EvidenceRefused, match="stays with it"):
        education_actions.remove(evidence=Evidence.objects.get(), by=user, at=LATER)


def test_a_damaged_one_is_told_to_its_holder(denied, user, now):
    appeal(denied, user, paper("scan.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"))

    education_actions.check_evidence(at=now)

    told = Alert.objects.get(title="One of your documents can't be opened")
    page = f"{denied.get_absolute_url()}#appeal-documents"
    assert (told.body, told.link) == ("“scan.png”, sent with your letter, is damaged. Please replace it.", page)


def test_they_are_in_the_export(denied, user):
    appeal(denied, user, paper())

    (told,) = next(part for part in export_of(denied.holder) if part.name == "appeal_documents")
    (document,) = next(part for part in parts_of(denied.holder) if part.name == "evidence")
    assert told == {"declaration": denied.uuid, "evidence": document["uuid"], "replaces": None}
    assert (document["name"], document["credit"]) == ("letter.pdf", None)


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_the_form_sends_letter_and_documents(client, page, denied):
    client.post(page, {**WORDS, "files": [paper(), paper("orders.pdf", PDF + b"%2")]})

    shown = client.get(denied.get_absolute_url()).content.decode()
    files = [reverse("education:evidence_file", args=[one.uuid]) for one in Evidence.objects.order_by("id")]
    assert [f'href="{file}"' in shown for file in files] == [True, True]
    assert b"".join(client.get(files[0]).streaming_content) == PDF


@pytest.mark.parametrize(
    ("files", "quota"), [([paper("page.pdf", b"<html>")], 100), ([paper()], 0)], ids=["wrong file", "over quota"]
)
def test_a_wrong_file_keeps_what_was_typed(client, page, denied, settings, files, quota):
    settings.EVIDENCE_QUOTA_FILES = quota

    answer = client.post(page, {**WORDS, "files": files})

    shown, form = answer.content.decode(), answer.context["form"]
    assert (answer.status_code, Appeal.objects.count()) == (422, 0)
    assert (form["grounds"].value(), WORDS["letter"] in shown) == ("illness", True)
    assert "Choose them all again" in shown


def test_a_missing_letter_asks_for_the_files_again(client, page):
    answer = client.post(page, {"grounds": "illness", "files": [paper()]})

    assert "Choose them all again" in answer.context["form"].errors["files"][0]


def test_without_files_nothing_is_said_of_them(client, page):
    assert "files" not in client.post(page, {"grounds": "illness"}).context["form"].errors


def test_the_board_reads_them_beside_the_letter(client, denied, user, reviewer):
    appeal(denied, user, paper())
    client.force_login(reviewer)

    review = client.get(reverse("admin:declarations_declaration_change", args=[denied.pk]))

    file = reverse("education:evidence_file", args=[Evidence.objects.get().uuid])
    assert f'<a href="{file}">letter.pdf</a>' in review.content.decode()
    assert client.get(file).status_code == 200


def test_what_is_held_back_opens_for_nobody(client, denied, user, reviewer):
    appeal(denied, user, paper())
    Evidence.objects.update(condition=FileCondition.INFECTED, checked_at=LATER)
    client.force_login(reviewer)

    review = client.get(reverse("admin:declarations_declaration_change", args=[denied.pk])).content.decode()

    file = reverse("education:evidence_file", args=[Evidence.objects.get().uuid])
    assert (file in review, "Held back: harmful content" in review) == (False, True)
    assert client.get(file).status_code == 404


def test_no_address_removes_them_and_no_other_holder_opens_them(client, denied, user):
    appeal(denied, user, paper())
    document = Evidence.objects.get()
    client.force_login(user)
    removal = client.post(reverse("education:evidence_remove", args=[document.uuid]))
    client.force_login(HolderUserFactory())
    opening = client.get(reverse("education:evidence_file", args=[document.uuid]))

    assert (removal.status_code, opening.status_code) == (404, 404)


# --- The database -----------------------------------------------------------------------------------------------------


@tries("declarations_appealdocument_evidence_id_key")
def test_a_document_is_of_one_appeal(db):
    with refused("declarations_appealdocument_evidence_id_key"):
        copy(AppealDocumentFactory())


@tries("AppealDocument.came_with_its_appeal")
@pytest.mark.parametrize("how", ["later", "of another holder", "of a credit"])
def test_nothing_is_added_to_an_appeal(how):
    appeal = AppealDocumentFactory().appeal
    came = {"credit": None, "holder": appeal.declaration.holder, "uploaded_at": appeal.at}
    changes = {
        "later": {"uploaded_at": appeal.at + timedelta(seconds=1)},
        "of another holder": {"holder": HolderUserFactory().holder},
        "of a credit": {"credit": EvidenceFactory(holder=appeal.declaration.holder).credit},
    }
    document = EvidenceFactory(**came | changes[how])

    with refused("a document of an appeal comes with it, from the same holder"):
        run("INSERT INTO declarations_appealdocument (appeal_id, evidence_id) VALUES (%s, %s)", appeal.pk, document.pk)


@tries("AppealDocument.stays_the_same")
def test_a_document_stays_with_its_appeal():
    with refused("pgtrigger: Cannot update rows from declarations_appealdocument table"):
        update(AppealDocumentFactory(), "appeal_id = appeal_id")


@tries("AppealDocument.stays_while_it_waits")
@pytest.mark.parametrize(("state", "goes"), [(State.APPEALED, False), (State.DENIED, True)])
def test_a_document_stays_while_its_appeal_waits(denied, user, reviewer, state, goes):
    appeal(denied, user, paper())
    if state == State.DENIED:
        actions.uphold(declaration=denied, by=reviewer, at=LATER, note="As before.")
    document = AppealDocument.objects.get()

    if not goes:
        with refused("documents stay while an appeal waits"):
            delete(document)
    else:
        assert delete(document) == 1


@tries("AppealDocument.never_truncated")
def test_they_are_never_truncated(db):
    with refused("this table is never truncated"):
        run("TRUNCATE declarations_appealdocument")


@tries("Evidence.stays_with_its_letter")
@pytest.mark.parametrize("change", ["removed_at = now()", "name = 'other.pdf'", f"sha256 = '{'0' * 64}'"])
def test_the_file_stays_as_it_came(change):
    document = AppealDocumentFactory().evidence

    with pytest.raises(Exception, match="Cannot update"):
        update(document, change)


def test_what_proves_a_credit_is_never_made_a_document_of_none():
    with refused("evidence of a credit stays evidence of one"):
        update(EvidenceFactory(), "credit_id = NULL")
