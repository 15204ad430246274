"""The page on which one declaration is decided."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from django.db import connection

from accounts.enums import Role
from cmp_portal.lib.dates import longdate
from declarations import actions
from declarations.enums import Ruled
from declarations.models import AtWork, Note, Ruling
from declarations.rules import chained
from tests.declarations.reviews import LATER, address, area_of, credit_in, submitted
from tests.factories import AtWorkFactory, EvidenceFactory, UserFactory
from tests.pages import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def declaration(db):
    return submitted()


@pytest.fixture
def reviewer(client, declaration):
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


@pytest.fixture
def shown(client, reviewer, declaration):
    return lambda **asked: client.get(address("change", declaration), asked).context["page"]


@pytest.fixture
def send(client, reviewer, declaration):
    return lambda name, *more, **form: client.post(address(name, declaration, *more), form, follow=True)


@pytest.fixture
def judge(send, declaration):
    return lambda of, **form: send("rule", credit_in(declaration, of).uuid, **form)


def row_of(page, declaration, area):
    title = credit_in(declaration, area).title
    return next(row for row in page.rows if row.title == title)


# --- Credits and the standing -----------------------------------------------------------------------------------------


def test_the_standing_is_shown_as_it_counts_now(shown):
    standing = shown().standing

    assert (standing.headline, standing.is_complete, standing.signed_text) == ("Complete", True, "")
    assert [area.text for area in standing.areas[:2]] == ["36 of 36", "2 of 2"]


def test_refusing_shows_its_effect_at_once(judge, declaration):
    page = judge("ethics", outcome="refused", reason="It is a staff meeting.").context["page"]

    assert page.standing.headline == "You still need 1 point in medical ethics."
    assert page.standing.signed_text == "36 counted before, now 1 less"
    assert row_of(page, declaration, "ethics").said.endswith(": It is a staff meeting.")


def test_what_is_not_complete_is_not_offered_for_approval(judge):
    page = judge("ethics", outcome="refused", reason="It is a staff meeting.").context["page"]

    assert {one.label: one.refusal for one in page.decisions} == {
        "Approve": "Not complete, so it can only be returned or denied. You still need 1 point in medical ethics.",
        "Return to the holder": "",
        "Deny": "",
    }


def test_moving_shows_its_effect_at_once(judge, declaration):
    page = judge("chemistry", outcome="moved", area="rest", reason="It is about management.").context["page"]

    assert page.standing.headline == "You still need 2 points in chemistry."
    assert row_of(page, declaration, "chemistry").status == "moved"


def test_only_areas_where_all_of_it_counts_are_offered(shown, declaration):
    options = row_of(shown(), declaration, "chemistry").places_instead

    assert [option.value for option in options] == ["rest"]


@pytest.mark.parametrize("move", ["return", "deny"])
def test_after_a_decision_the_next_one_is_offered(send, declaration, move):
    page = send("decide", move, note="It is a staff meeting.").context["page"]

    assert page.next_url == address("next", declaration)


def test_a_refusal_is_told(judge):
    answer = judge("ethics", outcome="refused", reason="")

    assert words_of(answer) == ["Write a reason. The holder needs to know why."]


def test_after_a_refusal_the_page_opens_where_it_is_told(judge):
    places = [judge("ethics", outcome="refused", reason=why, row="2").redirect_chain[-1][0] for why in ("", "No date.")]

    assert [place.partition("#")[2] for place in places] == ["", "credit-2"]


def test_what_was_typed_too_late_is_given_back(send, declaration):
    send("decide", "return", note="A date is missing.")
    answer = send("decide", "deny", note="A point is missing.")

    assert words_of(answer)[-1] == "You wrote: A point is missing."


@pytest.mark.parametrize("outcome", ["", "perhaps"])
def test_no_outcome_is_no_word(judge, outcome):
    judge("ethics", outcome=outcome)

    assert not Ruling.objects.exists()


def test_an_area_of_nowhere_is_refused(judge):
    answer = judge("ethics", outcome="moved", area="nowhere", reason="It is about nothing.")

    assert words_of(answer) == ["Choose the area in which it counts.", "You wrote: It is about nothing."]


def test_a_credit_of_somebody_else_is_not_found(send):
    other = submitted()

    assert send("rule", credit_in(other, "ethics").uuid, outcome="accepted").status_code == 404


def test_back_to_the_row_it_was_about(client, reviewer, declaration):
    where = address("rule", declaration, credit_in(declaration, "ethics").uuid)

    answer = client.post(where, {"outcome": "accepted", "row": "3", "page": "2"})

    assert answer.url == f"{address('change', declaration)}?page=2#credit-3"


def test_evidence_and_its_absence_are_told(shown, declaration):
    credit = credit_in(declaration, "ethics")
    evidence = EvidenceFactory(credit=credit, holder=declaration.holder)

    row = row_of(shown(), declaration, "ethics")
    assert [link.name for link in row.evidence] == [evidence.name]


def test_what_counts_where_it_was_declared_needs_no_sentence(shown):
    assert all(row.is_plain for row in shown().rows)


def test_what_the_provider_took_back_says_so(shown, declaration):
    credit = credit_in(declaration, "ethics")
    credit.withdrawn_at = LATER
    credit.save()

    page = shown()
    row = row_of(page, declaration, "ethics")
    assert (row.is_plain, row.status) == (False, "lost")
    assert "incomplete" in [flag.code for flag in page.flags]


# --- What was before --------------------------------------------------------------------------------------------------


@pytest.fixture
def again(declaration, reviewer):
    """Returned with a reason for one credit, changed, and submitted again."""
    credit = credit_in(declaration, "ethics")
    actions.rule(
        declaration=declaration, credit=credit, outcome=Ruled.REFUSED, reason="No date.", by=reviewer, at=LATER
    )
    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="")
    EvidenceFactory(credit=credit, holder=declaration.holder)
    user, signed = declaration.holder.user, declaration.attestation
    return actions.submit(cycle=declaration.cycle, attestation=signed, by=user, at=LATER)


def test_what_was_said_before_is_seen_after_the_resubmission(shown, again, declaration):
    row = row_of(shown(), declaration, "ethics")

    assert row.said == ""
    assert [said.partition(" by ")[0] for said in row.said_before] == ["Submission 1: Not accepted"]


def test_what_is_other_than_before_stands_side_by_side(shown, again, declaration):
    (comparison,) = shown().comparisons

    (pair,) = comparison.pairs
    assert pair.label == credit_in(declaration, "ethics").title
    assert (pair.before[-12:], pair.now[-12:]) == ("documents: 0", "documents: 1")
    assert pair.now.startswith(f"{longdate(credit_in(declaration, 'ethics').completed_on)} · ")


def test_the_same_again_says_so(client, reviewer, declaration):
    actions.send_back(declaration=declaration, by=reviewer, at=LATER, note="Please look again.")
    user = declaration.holder.user
    actions.submit(cycle=declaration.cycle, attestation=declaration.attestation, by=user, at=LATER)

    (comparison,) = client.get(address("change", declaration)).context["page"].comparisons
    assert (comparison.pairs, comparison.same_text) == ((), "The credits are the same as before.")


def test_the_cycle_before_stands_beside_this_one(client, reviewer):
    before = submitted()
    before = actions.approve(declaration=before, by=UserFactory(roles=[Role.REVIEWER]), at=LATER)
    with time_machine.travel(LATER.replace(month=3, day=2), tick=False):
        actions.roll(on=date(2026, 3, 2), at=LATER.replace(month=3, day=2))
    following = before.cycle.credential.cycles.get(closed_at=None)
    with time_machine.travel(LATER.replace(year=2029), tick=False):
        now = _declared(following, before)
        client.force_login(reviewer)
        page = client.get(address("change", now)).context["page"]

    (comparison,) = page.comparisons
    assert [(pair.label, pair.before, pair.now) for pair in comparison.pairs][:2] == [
        ("Points", "36", "36"),
        ("Credits", "7", "7"),
    ]


def _declared(cycle, before):
    from tests.factories import allocate_all

    allocate_all(cycle)
    user = before.holder.user
    return actions.submit(cycle=cycle, attestation=before.attestation, by=user, at=LATER.replace(year=2029))


# --- Who is at work, notes, history -----------------------------------------------------------------------------------


def test_taking_and_giving_back(send, reviewer):
    taken = send("claim").context["page"].banner
    given = send("release").context["page"].banner

    assert taken.text.startswith("You have it until ")
    assert given.text == "No one is working on this declaration."
    assert not AtWork.objects.exists()


def test_a_colleague_is_named_and_may_be_relieved(send, shown, declaration, reviewer):
    held = AtWorkFactory(waiting=declaration.waiting, taken_at=LATER)
    banner = shown().banner

    send("take_over", seen=banner.buttons[0].seen)

    assert banner.text.startswith(f"{held.taken_by} has been working on it since ")
    assert AtWork.objects.get().taken_by == reviewer


def test_taking_what_a_colleague_has_is_told(send, declaration):
    held = AtWorkFactory(waiting=declaration.waiting, taken_at=LATER)

    assert words_of(send("claim")) == [f"{held.taken_by} got to it first and is working on it."]


def test_notes_are_kept_among_staff_or_sent(send, shown):
    send("note", uuid=uuid4(), text="Compare the dates.", **{"for": "staff"})
    send("note", uuid=shown().note_uuid, text="Please send the syllabus.", **{"for": "holder"})

    assert [(note.title, note.text) for note in shown().notes] == [
        ("To the holder", "Please send the syllabus."),
        ("Staff only", "Compare the dates."),
    ]


@pytest.mark.parametrize("form", [{"uuid": "x", "text": "A note"}, {"text": "A note"}])
def test_a_note_without_its_key_is_none(send, form):
    send("note", **form)

    assert not Note.objects.exists()


# --- Few and many -----------------------------------------------------------------------------------------------------

MANY = """
    WITH credits AS (
        INSERT INTO education_credit (uuid, holder_id, provider_id, provider_name, external_id, title, kind_id,
                                      subjects, completed_on, unit, quantity, points)
        SELECT gen_random_uuid(), k.holder_id, k.provider_id, '', 'many-' || n, k.title, k.kind_id, k.subjects,
               k.completed_on + n %% 300, k.unit, 0.25, 25
          FROM education_credit k, generate_series(1, %(count)s) n WHERE k.id = %(like)s RETURNING id, holder_id
    )
    INSERT INTO education_allocation (holder_id, cycle_id, credit_id, area_id, points)
    SELECT c.holder_id, %(cycle)s, c.id, %(area)s, 25 FROM credits c
"""


def with_many(declaration, count):
    """The declaration with so many credits more, signed with the rest."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        like, area = credit_in(declaration, "rest"), area_of(declaration, "rest")
        cursor.execute(MANY, {"count": count, "like": like.pk, "cycle": declaration.cycle_id, "area": area.pk})
        cursor.execute("SET LOCAL session_replication_role = origin")
    last = declaration.declared.latest("position")
    for share in declaration.cycle.allocations.filter(credit__external_id__startswith="many-").select_related("credit"):
        content = last.content | {"credit": str(share.credit.uuid), "points": "0.25"}
        last.pk, last.position, last.content, last.previous_hash = None, last.position + 1, content, last.hash
        last.hash = chained(last.previous_hash, content)
        last.save(force_insert=True)


def test_five_hundred_credits_ask_as_many_queries_as_five(
    client, reviewer, declaration, django_assert_num_queries, shown
):
    shown()
    with django_assert_num_queries(12):
        shown()
    with_many(declaration, 493)

    with django_assert_num_queries(12):
        page = shown()

    assert (len(page.rows), page.rows_title) == (25, "Credits, as declared (500)")
    assert page.pager.text == "page 1 of 20"


@pytest.mark.parametrize(("number", "rows"), [(2, 25), (20, 25), (21, 0), (10**17, 0), (0, 25)])
def test_the_rows_come_page_by_page(shown, declaration, number, rows):
    with_many(declaration, 493)

    assert len(shown(page=number).rows) == rows


def test_each_page_leads_to_the_next(shown, declaration):
    with_many(declaration, 30)
    first, second = shown(), shown(page=2)

    assert (first.pager.previous_url, second.pager.next_url) == ("", "")
    assert first.pager.next_url.endswith("?page=2#credits")
    assert second.rows[0].number == 26
