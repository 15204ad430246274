"""The Board's queue: order, flags, filters, pagination, and bulk approval."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from accounts.enums import Role
from declarations.enums import Flag, State
from declarations.models import Waiting
from tests.declarations.queueing import QUEUE, waiting
from tests.declarations.reviews import AT, LATER, submitted
from tests.factories import AtWorkFactory, DeclarationFactory, UserFactory
from tests.pages import words_of

pytestmark = pytest.mark.django_db
APPROVE = reverse("admin:declarations_declaration_approve_unflagged")


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def reviewer(client, db):
    user = UserFactory(roles=[Role.REVIEWER])
    client.force_login(user)
    return user


@pytest.fixture
def ask(client, reviewer):
    return lambda **asked: client.get(QUEUE, asked).context["page"]


def numbers(page):
    return [line.number for line in page.lines]


def many(count):
    """More declarations in the queue than one would make one by one."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(MANY, {"count": count, "like": waiting().pk})
        cursor.execute("SET LOCAL session_replication_role = origin")


MANY = """
    WITH cycles AS (
        INSERT INTO credentials_cycle (holder_id, credential_id, requirement_set_id, starts_on, ends_on, declared_on,
                                       shares_frozen_at, closed_at)
        SELECT y.holder_id, y.credential_id, y.requirement_set_id, y.starts_on - 1100 * n, y.ends_on - 1100 * n,
               y.declared_on, y.shares_frozen_at, now()
          FROM declarations_declaration d JOIN credentials_cycle y ON y.id = d.cycle_id, generate_series(1, %(count)s) n
         WHERE d.id = %(like)s RETURNING id
    ), declared AS (
        INSERT INTO declarations_declaration (uuid, number, holder_id, cycle_id, state, created_at, received_at,
               received_on, attestation_id, requirement_set_id, window_starts_on, window_ends_on, counted)
        SELECT gen_random_uuid(), 'MANY-' || c.id, d.holder_id, c.id, 'submitted', d.created_at, d.received_at,
               d.received_on, d.attestation_id, d.requirement_set_id, d.window_starts_on, d.window_ends_on, d.counted
          FROM cycles c, declarations_declaration d WHERE d.id = %(like)s RETURNING id
    )
    INSERT INTO declarations_waiting (declaration_id, holder_id, credential_type_id, state, due_on, flags)
    SELECT n.id, w.holder_id, w.credential_type_id, w.state, w.due_on + (n.id %% 7)::int, '{}'
      FROM declared n, declarations_waiting w WHERE w.declaration_id = %(like)s
"""


# --- Order and pages --------------------------------------------------------------------------------------------------


def test_what_is_due_first_is_on_top(ask):
    later, sooner, last = waiting(5), waiting(1), waiting(9)

    assert numbers(ask()) == [sooner.number, later.number, last.number]


def test_a_line_says_age_and_day(ask):
    declaration = submitted(at=AT)

    (line,) = ask().lines
    assert line.number == declaration.number
    assert (line.age, line.due, line.received, line.is_over) == ("1 day", "31 Mar 2026", "10 Feb 2026", False)


@pytest.mark.parametrize(("days", "is_over"), [(-1, True), (0, False)], ids=["the day after", "on the day"])
def test_what_is_over_says_so(ask, days, is_over):
    waiting(days)

    assert ask().lines[0].is_over is is_over


def test_pages_follow_each_other_without_gap(ask):
    many(120)

    seen, asked, pages = [], {}, 0
    while True:
        found = ask(**asked)
        seen += numbers(found)
        pages += 1
        if not found.pager.next_url:
            break
        asked = {"at": found.pager.next_url.rpartition("=")[2]}

    assert (pages, len(seen), len(set(seen))) == (5, 121, 121)


def test_one_page_back_is_the_one_before(ask):
    many(70)
    first = ask()
    second = ask(at=first.pager.next_url.rpartition("=")[2])

    back = ask(at=second.pager.previous_url.rpartition("=")[2])

    assert (numbers(back), back.pager.previous_url) == (numbers(first), "")


def test_few_are_counted_and_many_estimated(ask, monkeypatch):
    many(60)

    exact = ask().pager.text
    monkeypatch.setattr("cmp_portal.lib.estimates.FEW", 0)

    assert exact == "61 waiting"
    assert ask().pager.text.startswith("about ")


def test_the_number_of_queries_does_not_depend_on_the_rows(client, reviewer, django_assert_num_queries):
    client.get(QUEUE)
    for more in (1, 2, 60):
        many(more)
        with django_assert_num_queries(8):
            assert client.get(QUEUE).status_code == 200


# --- Filters ----------------------------------------------------------------------------------------------------------


def test_by_flag(ask):
    late, plain = waiting(1, [Flag.LATE]), waiting(2)

    assert numbers(ask(flag="late")) == [late.number]
    assert numbers(ask(flag="none")) == [plain.number]


def test_by_state(ask):
    audited = DeclarationFactory(state=State.UNDER_AUDIT)
    waiting()

    assert numbers(ask(state="under_audit")) == [audited.number]


def test_by_type(ask):
    one = waiting()
    waiting()
    kind = one.cycle.credential.credential_type
    others = Waiting.objects.exclude(pk=one.pk)
    others.update(credential_type=DeclarationFactory(cycle__mls=True).cycle.credential.credential_type)

    assert numbers(ask(type=kind.pk)) == [one.number]


def test_by_who_is_at_work(ask, reviewer):
    mine, taken, lapsed, free = waiting(1), waiting(2), waiting(3), waiting(4)
    AtWorkFactory(waiting=mine.waiting, taken_by=reviewer, taken_at=LATER)
    AtWorkFactory(waiting=taken.waiting, taken_at=LATER)
    AtWorkFactory(waiting=lapsed.waiting, taken_at=LATER - timedelta(days=1))

    assert numbers(ask(taken="mine")) == [mine.number]
    assert numbers(ask(taken="free")) == [lapsed.number, free.number]


def test_by_being_overdue(ask):
    over = waiting(-1)
    waiting(0)

    assert numbers(ask(due="over")) == [over.number]


@pytest.mark.parametrize(
    "asked", [{"state": "lost"}, {"flag": "x"}, {"type": "²"}, {"at": "f1"}, {"q": "\0"}, {"due": "x"}, {"taken": "x"}]
)
def test_what_is_no_choice_asks_for_nothing(ask, asked):
    declaration = waiting()

    assert numbers(ask(**asked)) == [declaration.number]


# --- Flags as they are now --------------------------------------------------------------------------------------------


def test_a_flag_that_came_up_since_is_shown(ask):
    declaration = submitted()
    credit = declaration.cycle.allocations.first().credit
    credit.corrected_at = LATER
    credit.save()

    (line,) = ask().lines
    assert ([flag.label for flag in line.flags], line.can_tick) == (["Changed since declared"], False)


# --- Many at once -----------------------------------------------------------------------------------------------------


def test_what_is_ticked_is_approved_and_the_rest_told(client, reviewer):
    plain, late = submitted(), submitted()
    credit = late.cycle.allocations.first().credit
    credit.corrected_at = LATER
    credit.save()

    answer = client.post(APPROVE, {"pk": [plain.pk, late.pk]}, follow=True)

    assert words_of(answer) == [
        "1 declaration was approved.",
        f"{late.number} was skipped: Changed since declared",
    ]


def test_nothing_ticked_is_told(client, reviewer):
    answer = client.post(APPROVE, {"pk": ["x"]}, follow=True)

    assert words_of(answer) == ["Nothing was selected."]


def test_ones_own_declaration_is_not_ticked(client):
    own = submitted()
    user = own.holder.user
    user.roles = [Role.HOLDER, Role.REVIEWER]
    user.save()
    client.force_login(user)
    other = submitted()

    lines = client.get(QUEUE).context["page"].lines

    assert {line.number: line.can_tick for line in lines} == {own.number: False, other.number: True}


def test_all_without_a_flag_may_be_ticked_by_a_link(client, reviewer):
    submitted()

    assert b" checked" not in client.get(QUEUE).content
    assert b" checked" in client.get(client.get(QUEUE).context["page"].tick_url).content


@pytest.mark.parametrize(
    ("roles", "look", "approve"),
    [
        ([Role.REVIEWER], 200, 302),
        ([Role.AUDITOR], 200, 403),
        ([Role.REGISTRAR], 200, 403),
        ([Role.ADMINISTRATOR], 200, 403),
        ([Role.PROVIDER], 403, 403),
        ([], 403, 403),
    ],
)
def test_who_looks_and_who_approves(client, roles, look, approve):
    declaration = submitted()
    client.force_login(UserFactory(roles=roles))

    assert client.get(QUEUE).status_code == look
    assert client.post(APPROVE, {"pk": [declaration.pk]}).status_code == approve
    declaration.refresh_from_db()
    assert (declaration.state == State.ELIGIBLE) is (roles == [Role.REVIEWER])
