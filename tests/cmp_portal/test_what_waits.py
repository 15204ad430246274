"""What waits, at the top of the back office: the queues of whoever looks, each as long as the list that it leads to."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.enums import Role
from audits.actions import propose_failing
from audits.enums import AuditState
from audits.models import Audit, Round
from cmp_portal.lib import clock
from cmp_portal.what_waits import WhatWaits, what_waits
from credentials.enums import ClaimState
from declarations.enums import State
from declarations.models import Declaration, Waiting
from tests.audits.auditing import begun
from tests.declarations.reviews import AT, submitted
from tests.factories import (
    ChangeFactory,
    ClaimFactory,
    ColleagueFactory,
    DeclarationFactory,
    DisputeFactory,
    FeeFactory,
    HolderUserFactory,
    IntakeRowFactory,
    LetterFactory,
    MatchFactory,
    NoteFactory,
    RoundFactory,
    SynchronisationRequestFactory,
    UserFactory,
    WaitingFactory,
    audit_in,
)

pytestmark = pytest.mark.django_db

INDEX = reverse("admin:index")


def contested():
    return ClaimFactory(holder=HolderUserFactory().holder, state=ClaimState.CONTESTED)


def paid():
    fee = FeeFactory(declaration=DeclarationFactory(state=State.SUBMITTED), paid=True)
    Declaration.objects.filter(pk=fee.declaration_id).update(state=State.RETURNED)


def in_review():
    WaitingFactory(due_on=clock.today() + timedelta(days=1))


def audit_passed():
    """With another that is still under audit, which waits for no reviewer."""
    for state in (AuditState.PASSED, AuditState.UNDER_REVIEW):
        WaitingFactory(declaration=audit_in(state).declaration, state=State.UNDER_AUDIT)


def appealed():
    WaitingFactory(declaration=DeclarationFactory(state=State.APPEALED), state=State.APPEALED)


def appealed_otherwise(reviewer):
    """Appeals that this reviewer may not decide: one of their own, and one against their own denial."""
    own = DeclarationFactory(state=State.APPEALED, holder=reviewer.holder)
    denied = DeclarationFactory(state=State.APPEALED)
    Declaration.objects.filter(pk=denied.pk).update(decided_by=reviewer, decided_at=clock.now())
    for declaration in (own, denied):
        WaitingFactory(declaration=declaration, state=State.APPEALED)


def failure_proposed():
    audit = begun(UserFactory(roles=[Role.AUDITOR]))
    propose_failing(audit=audit, by=audit.auditor, at=AT, note="No proof.")
    return audit


def answered():
    """With a returned declaration whose holder has not answered."""
    for is_answered in (True, False):
        declaration = DeclarationFactory(state=State.RETURNED)
        NoteFactory(declaration=declaration, is_shared=True)
        if is_answered:
            NoteFactory(declaration=declaration, is_shared=True, by=HolderUserFactory(holder=declaration.holder))


def answered_under_audit():
    declaration = audit_in(AuditState.REQUESTED).declaration
    NoteFactory(declaration=declaration, is_shared=True, by=HolderUserFactory(holder=declaration.holder))


def past_its_cutoff():
    """With one that is open, and one that is drawn."""
    cutoff = clock.now() - timedelta(hours=1, seconds=Round.objects.count())
    RoundFactory(opened_at=cutoff - timedelta(days=7), cutoff_at=cutoff)
    RoundFactory()
    RoundFactory(drawn=True)


QUEUES = {
    "Declarations to review": (Role.REVIEWER, in_review),
    "Declarations with an answer from the holder": (Role.REVIEWER, answered),
    "Declarations that passed their audit: approve them": (Role.REVIEWER, audit_passed),
    "Appeals to decide": (Role.REVIEWER, appealed),
    "Audit rounds to draw": (Role.AUDITOR, past_its_cutoff),
    "Audits to start: request the documents": (Role.AUDITOR, lambda: audit_in(AuditState.SELECTED)),
    "Audits with documents to review": (Role.AUDITOR, lambda: audit_in(AuditState.RECEIVED)),
    "Audits under review": (Role.AUDITOR, lambda: audit_in(AuditState.UNDER_REVIEW)),
    "Audits to decide as the second auditor": (Role.AUDITOR, failure_proposed),
    "Audits with an answer from the holder": (Role.AUDITOR, answered_under_audit),
    "Claims to decide": (Role.REGISTRAR, contested),
    "Requests to change the register": (Role.REGISTRAR, ChangeFactory),
    "Requests to align cycles": (Role.REGISTRAR, SynchronisationRequestFactory),
    "Disputes to answer": (Role.REGISTRAR, DisputeFactory),
    "Possible duplicates to decide": (Role.REGISTRAR, MatchFactory),
    "Feed lines without a holder": (Role.REGISTRAR, IntakeRowFactory),
    "Letters that failed": (Role.REGISTRAR, lambda: LetterFactory(failed_at="2026-03-01T12:00Z")),
    "Fees paid without a declaration: ask for it, or refund them": (Role.REGISTRAR, paid),
}


@pytest.fixture(autouse=True)
def _fees(settings):
    settings.FEES = True


def lines_for(role):
    return what_waits(UserFactory(roles=[role]), at=clock.now()).lines


def listed(answer):
    """How many rows a list shows."""
    changelist = answer.context.get("cl")
    if changelist:
        return len(changelist.result_list)
    page = answer.context["page"]
    return len(page.lines or getattr(page, "decided", ()))


@pytest.mark.parametrize("title", QUEUES)
def test_each_queue_leads_to_a_list_of_that_length(client, title):
    role, make = QUEUES[title]
    user = UserFactory(roles=[role])
    for _time in range(2):
        make()
    client.force_login(user)

    found = {line.title: line for line in what_waits(user, at=clock.now()).lines}

    assert (found[title].count, listed(client.get(found[title].url))) == ("2", 2)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.AUDITOR, Role.REGISTRAR])
def test_everybody_sees_the_queues_they_act_on(role):
    for _role, make in QUEUES.values():
        make()

    assert [line.title for line in lines_for(role)] == [title for title, (who, _make) in QUEUES.items() if who == role]


@pytest.mark.parametrize("make", [HolderUserFactory, lambda: UserFactory(roles=[Role.ADMINISTRATOR])])
def test_who_acts_on_no_queue_has_none(make, django_assert_num_queries):
    user = make()

    with django_assert_num_queries(0):
        assert what_waits(user, at=clock.now()) == WhatWaits(lines=(), has_queues=False)


def test_what_is_overdue_is_counted_where_the_board_has_set_a_period(client, settings):
    submitted()
    Waiting.objects.update(due_on=clock.today() - timedelta(days=1))
    in_review()
    assert [line.title for line in lines_for(Role.REVIEWER)] == ["Declarations to review"]

    settings.REVIEW_DAYS = 30

    counts = {line.title: line.count for line in lines_for(Role.REVIEWER)}
    assert counts == {"Declarations to review": "2", "Declarations whose review is overdue": "1"}


def test_appeals_are_counted_for_those_who_may_decide_them(client, settings):
    reviewer = HolderUserFactory(roles=[Role.HOLDER, Role.REVIEWER])
    appealed()
    appealed_otherwise(reviewer)
    client.force_login(reviewer)

    (line,) = what_waits(reviewer, at=clock.now()).lines
    assert (line.title, line.count, listed(client.get(line.url))) == ("Appeals to decide", "1", 1)

    settings.APPEAL_NEEDS_OTHER_EYES = False
    assert [line.count for line in what_waits(reviewer, at=clock.now()).lines] == ["2"]


def own_submitted(reviewer):
    WaitingFactory(declaration=DeclarationFactory(state=State.SUBMITTED, holder=reviewer.holder))


def own_answered(reviewer):
    NoteFactory(
        declaration=DeclarationFactory(state=State.RETURNED, holder=reviewer.holder), is_shared=True, by=reviewer
    )


@pytest.mark.parametrize(
    ("title", "make", "make_own"),
    [
        ("Declarations to review", in_review, own_submitted),
        ("Declarations whose review is overdue", in_review, own_submitted),
        ("Declarations with an answer from the holder", answered, own_answered),
    ],
)
def test_a_reviewers_own_declaration_waits_for_their_colleagues(client, settings, title, make, make_own):
    settings.REVIEW_DAYS = 30
    reviewer = HolderUserFactory(roles=[Role.HOLDER, Role.REVIEWER])
    make()
    make_own(reviewer)
    Waiting.objects.update(due_on=clock.today() - timedelta(days=1))
    client.force_login(reviewer)

    found = {line.title: line for line in what_waits(reviewer, at=clock.now()).lines}

    assert (found[title].count, listed(client.get(found[title].url))) == ("1", 1)


@pytest.mark.parametrize(
    ("title", "state"),
    [
        ("Audits to start: request the documents", AuditState.SELECTED),
        ("Audits with documents to review", AuditState.RECEIVED),
        ("Audits under review", AuditState.UNDER_REVIEW),
        ("Audits with an answer from the holder", AuditState.REQUESTED),
    ],
)
def test_an_auditors_own_audit_and_a_marked_colleagues_wait_for_others(client, title, state):
    auditor, colleague, other = (HolderUserFactory(roles=[Role.HOLDER, Role.AUDITOR]) for _number in range(3))
    ColleagueFactory(auditor=auditor, colleague=colleague.holder)
    for user in (auditor, colleague, other):
        declaration = audit_in(state, holder=user.holder).declaration
        NoteFactory(declaration=declaration, is_shared=True, by=user)
    client.force_login(auditor)

    found = {line.title: line for line in what_waits(auditor, at=clock.now()).lines}

    page = client.get(found[title].url).context["page"]
    assert (found[title].count, [other.holder.customer_number in line.holder for line in page.lines]) == ("1", [True])
    assert [choice.label for choice in page.choices if choice.is_chosen][-1] == "Only those you may audit"


@pytest.mark.parametrize("part", ["auditor", "decided_by"])
def test_what_passed_an_audit_is_counted_for_those_who_may_approve_it(client, settings, part):
    reviewer = UserFactory(roles=[Role.REVIEWER, Role.AUDITOR])
    audit_passed()
    Audit.objects.filter(state=AuditState.PASSED).update(**{part: reviewer})
    audit_passed()
    client.force_login(reviewer)
    title = "Declarations that passed their audit: approve them"

    def found():
        return next(line for line in what_waits(reviewer, at=clock.now()).lines if line.title == title)

    assert (found().count, listed(client.get(found().url))) == ("1", 1)

    settings.AUDITOR_MAY_APPROVE = True
    assert (found().count, listed(client.get(found().url))) == ("2", 2)


def test_a_proposed_failure_waits_for_anybody_but_its_proposer(settings):
    proposer = failure_proposed().auditor
    second = UserFactory(roles=[Role.AUDITOR])
    title = "Audits to decide as the second auditor"

    assert title in {line.title for line in what_waits(second, at=clock.now()).lines}
    assert title not in {line.title for line in what_waits(proposer, at=clock.now()).lines}

    settings.AUDIT_FAIL_NEEDS_OTHER_EYES = False
    assert title not in {line.title for line in what_waits(second, at=clock.now()).lines}


def test_without_fees_none_is_counted(settings):
    paid()
    settings.FEES = False

    assert lines_for(Role.REGISTRAR) == ()


def test_an_audit_that_nobody_can_act_on_is_neither_counted_nor_listed(client):
    audit = audit_in(AuditState.RECEIVED)
    Declaration.objects.filter(pk=audit.declaration_id).update(state=State.RETURNED)
    auditor = UserFactory(roles=[Role.AUDITOR])
    client.force_login(auditor)

    assert what_waits(auditor, at=clock.now()).lines == ()
    assert listed(client.get(reverse("admin:audits_audit_changelist"), {"state": "received"})) == 0


@pytest.mark.parametrize(("length", "count"), [(1, "1"), (2, "2"), (3, "2+"), (4, "2+")])
def test_long_queues_are_not_counted_to_their_end(monkeypatch, length, count):
    monkeypatch.setattr("cmp_portal.what_waits.MOST", 2)
    ChangeFactory.create_batch(length)

    assert [line.count for line in lines_for(Role.REGISTRAR)] == [count]


@pytest.mark.parametrize("length", [0, 3])
def test_all_queues_are_counted_in_one_query(django_assert_num_queries, length):
    ChangeFactory.create_batch(length)
    user = UserFactory(roles=[Role.REVIEWER, Role.AUDITOR, Role.REGISTRAR])

    with django_assert_num_queries(1):
        what_waits(user, at=clock.now())


@pytest.mark.parametrize(
    ("role", "is_asked", "is_empty"), [(Role.REGISTRAR, True, False), (Role.AUDITOR, True, True), (None, False, False)]
)
def test_the_first_page_says_what_waits(client, role, is_asked, is_empty):
    ChangeFactory()
    client.force_login(UserFactory(roles=[role or Role.ADMINISTRATOR]))

    page = client.get(INDEX).text

    assert ("What waits for you" in page, "Nothing is waiting for you right now." in page) == (is_asked, is_empty)
    assert ("/admin/accounts/change/?state__exact=open" in page) == (role == Role.REGISTRAR)


def test_the_page_of_one_app_does_not_repeat_it(client):
    client.force_login(UserFactory(roles=[Role.REGISTRAR]))

    assert "What waits" not in client.get(reverse("admin:app_list", args=["accounts"])).text
