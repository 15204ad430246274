import re
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.urls import reverse

from credentials.models import Cycle
from education import queries
from education.models import Allocation, AllocationUndo
from tests.factories import (
    AllocationFactory,
    CreditFactory,
    CycleFactory,
    HolderUserFactory,
    MlsRequirementSetFactory,
    allocate_all,
)
from tests.pages import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cycle(now):
    return CycleFactory(requirement_set=MlsRequirementSetFactory())


@pytest.fixture
def share(cycle):
    """3 of 4 points in chemistry."""
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=Decimal("4.00"))
    return AllocationFactory(cycle=cycle, credit=credit, points=Decimal("3.00"))


@pytest.fixture
def sends(client, cycle):
    """A form of the holder's, and the page it leads to."""
    client.force_login(HolderUserFactory(holder=cycle.holder))
    return lambda name, *args, **data: client.post(reverse(name, args=[cycle.pk, *args]), data, follow=True)


def field_of(share, shown="300"):
    return f"share-{share.credit_id}-{share.area.code}-{shown}"


def test_the_page_offers_another_number_for_each_share(client, sends, cycle, share):
    page = client.get(reverse("education:progress")).context["page"]

    assert [line.input_name for row in page.rows for line in row.shares] == [field_of(share)]


def test_an_edited_number_is_set(sends, cycle, share):
    answer = sends("education:change", **{field_of(share): "1.5"})

    assert (words_of(answer), Allocation.objects.get().points) == (["1 allocation changed."], Decimal("1.50"))
    assert answer.redirect_chain[-1][0].endswith(f"?credential={cycle.credential_id}#credit-{share.credit_id}")


def test_a_number_left_alone_is_kept_as_it_is_now(sends, share):
    answer = sends("education:change", **{field_of(share, shown="200"): "2"})

    assert (words_of(answer), Allocation.objects.get().points) == (["Nothing was changed."], Decimal("3.00"))


@pytest.mark.parametrize("text", ["0", "", "0.00"])
def test_an_emptied_number_releases(sends, share, text):
    sends("education:change", **{field_of(share): text})

    assert not Allocation.objects.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("one", "Enter the points as a number, such as 1.5."),
        ("-1", "Enter the points as a number, such as 1.5."),
        ("1e9", "Enter the points as a number, such as 1.5."),
        ("9" * 9999, "Enter the points as a number, such as 1.5."),
        ("4.25", "This credit has only 4 points."),
        ("1.1", "Points are allocated in steps of 0.25."),
    ],
)
def test_a_number_that_cannot_be_is_explained(sends, share, text, words):
    answer = sends("education:change", **{field_of(share): text})

    assert words_of(answer)[0].startswith(words)
    assert Allocation.objects.get().points == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [("4,5", "Enter the points as a number"), ("4.25", "“Too much”: This credit has only 4 points")],
)
def test_of_several_numbers_all_are_set_or_none_and_all_are_given_back(sends, cycle, share, text, words):
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=Decimal("4.00"), title="Too much")
    other = AllocationFactory(cycle=cycle, credit=credit, points=Decimal("3.00"))

    answer = sends("education:change", **{field_of(share): "2.5", field_of(other): text})

    assert words_of(answer)[0].startswith(words)
    assert (answer.status_code, answer.headers["HX-Push-Url"]) == (422, "false")
    assert numbers_on(answer) == {field_of(share): "2.5", field_of(other): text}
    assert list(Allocation.objects.values_list("points", flat=True)) == [3, 3]


def test_numbers_are_given_back_beside_what_was_changed_elsewhere_meanwhile(sends, cycle, share):
    credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"], points=Decimal("4.00"))
    other = AllocationFactory(cycle=cycle, credit=credit, points=Decimal("2.00"))

    answer = sends("education:change", **{field_of(share, shown="100"): "9", field_of(other, shown="300"): "3"})

    assert numbers_on(answer) == {field_of(share): "9", field_of(other, shown="200"): "2"}


def test_whoever_works_on_an_older_page_of_the_list_stays_there(client, sends, cycle):
    for _number in range(8):
        credit = CreditFactory(holder=cycle.holder, subjects=["chemistry"])
        AllocationFactory(cycle=cycle, credit=credit, points=Decimal("0.50"))
    oldest = client.get(reverse("education:progress")).context["page"].pager.next_url.partition("#")[0]
    page = client.get(oldest).context["page"]
    [field] = [line.input_name for row in page.rows for line in row.shares]

    refused = sends("education:change", **{"at": page.at, field: "99"})
    changed = sends("education:change", **{"at": page.at, field: "0.25"})

    assert numbers_on(refused) == {field: "99"}
    assert [line.points_text for row in changed.context["page"].rows for line in row.shares] == ["0.25"]


def numbers_on(answer):
    """What the page shows in its fields, as it was sent."""
    return dict(re.findall(r'name="(share-[^"]+)" inputmode="decimal" value="([^"]*)"', answer.text))


@pytest.mark.parametrize(
    "name", ["share-1-chemistry-300", "share-x-chemistry-300", "share-", "points", "share-\u0661-a-1"]
)
def test_a_field_that_is_no_share_of_the_cycle_changes_nothing(sends, share, name):
    sends("education:change", **{name: "1"})

    assert Allocation.objects.get().points == 3


def test_a_share_of_somebody_else_is_out_of_reach(sends, share):
    theirs = AllocationFactory()

    answer = sends("education:change", **{field_of(theirs, shown="100"): "0"})

    assert words_of(answer) == ["This allocation no longer exists. Check your allocations again."]
    assert Allocation.objects.count() == 2


def test_clearing_asks_first(client, sends, cycle):
    shares = allocate_all(cycle)

    page = client.get(reverse("education:clearing", args=[cycle.pk])).context["page"]

    assert page.text.startswith(f"{len(shares)} allocations totaling 36 points would be released.")
    assert Allocation.objects.count() == len(shares)


def test_clearing_releases_everything(client, sends, cycle):
    shares = allocate_all(cycle)

    answers = [sends("education:clear") for _time in range(2)]

    released = f"{len(shares)} allocations released."
    assert [words_of(answer) for answer in answers] == [[released], ["Nothing is allocated."]]


def test_an_empty_cycle_has_nothing_to_clear(client, sends, cycle):
    page = client.get(reverse("education:clearing", args=[cycle.pk])).context["page"]

    assert (page.text, page.clear_url) == ("There is nothing to release.", "")


def test_a_declared_cycle_is_not_cleared(client, sends, cycle, now):
    shares = allocate_all(cycle)
    cycle.declared_on, cycle.shares_frozen_at = now.date(), now
    cycle.save()

    answer = sends("education:clear")

    assert "declared" in words_of(answer)[0]
    assert Allocation.objects.count() == len(shares)


def test_every_change_offers_to_be_undone(sends, cycle, share):
    answer = sends("education:change", **{field_of(share): "1.5"})

    assert answer.context["page"].undo.label == "Undo: changed Chemistry from 3 to 1.5"
    assert answer.content.decode().count(f'action="{answer.context["page"].undo.url}"') == 2


def test_undo_and_redo_are_told(sends, cycle, share):
    sends("education:clear")
    seen = AllocationUndo.objects.get().result

    undone = sends("education:undo", digest=seen)
    redone = sends("education:undo", digest=undone.context["page"].undo.digest)

    assert words_of(undone) == ["Undone: cleared the allocation."]
    assert undone.context["page"].undo.label == "Redo: cleared the allocation"
    assert words_of(redone) == ["Redone: cleared the allocation."]


def test_undoing_returns_to_the_credit_and_to_the_page_of_the_list(sends, cycle, share):
    page = "f20260310-104"
    done = sends("education:change", **{field_of(share): "1.5"}, at=page)

    answer = sends("education:undo", digest=done.context["page"].undo.digest, at=page)

    place = f"?credential={cycle.credential_id}&at={page}#credit-{share.credit_id}"
    assert answer.redirect_chain[-1][0].endswith(place)
    assert done.content.decode().count(f'<input type="hidden" name="at" value="{page}">') == 2


def test_undoing_what_changed_several_credits_returns_to_the_list(sends, cycle, share):
    AllocationFactory(cycle=cycle, area=share.area, credit__subjects=["chemistry"])
    sends("education:clear")

    answer = sends("education:undo", digest=AllocationUndo.objects.get().result)

    assert answer.redirect_chain[-1][0].endswith(f"?credential={cycle.credential_id}")


def test_a_stale_undo_is_refused(sends, cycle, share):
    sends("education:clear")

    assert words_of(sends("education:undo", digest="stale")) == [
        "Your allocation has changed in the meantime, so nothing was undone."
    ]


def test_what_something_else_has_changed_offers_no_undo(client, sends, cycle, share):
    sends("education:change", **{field_of(share): "1.5"})
    Allocation.objects.update(points=Decimal("1.00"))

    assert client.get(reverse("education:progress")).context["page"].undo is None


def test_an_area_with_a_share_is_changed_and_not_allocated_to_again(client, sends, cycle, share):
    [row] = client.get(reverse("education:progress")).context["page"].rows

    assert [option.area_code for option in row.allocate.options] == ["rest"]


def test_a_record_that_stays_locked_is_told_and_never_an_error(client, in_thread, now):
    cycle = CycleFactory(mls=True)
    client.force_login(HolderUserFactory(holder=cycle.holder))
    page = f"http://testserver{reverse('education:clearing', args=[cycle.pk])}"

    with transaction.atomic():
        Cycle.objects.select_for_update().get(pk=cycle.pk)
        answer = in_thread(lambda: impatiently(client, cycle, HTTP_REFERER=page)).result()

    assert (answer.status_code, answer.url) == (302, page)
    assert "so nothing was saved. Please try again." in client.get(page).content.decode()


def impatiently(client, cycle, **headers):
    """Sends a form over a connection that does not wait for locks."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20ms'")
    return client.post(reverse("education:clear", args=[cycle.pk]), **headers)


# --- What was typed beside it -----------------------------------------------------------------------------------------


def inputs_of(answer):
    """What the list's inputs show, by name."""
    return queries.inputs_of(answer.context["page"].rows)


@pytest.fixture
def others(cycle):
    """Two credits to allocate."""
    return CreditFactory.create_batch(2, holder=cycle.holder, subjects=["chemistry"], points=Decimal("4.00"))


@pytest.fixture
def typed(client, sends, others):
    """What a browser without JavaScript sends with a button "Allocate", after numbers were typed at each credit."""
    shown = inputs_of(client.get(reverse("education:progress")))
    first, second = others
    assert shown[f"{first.pk}-points"] == shown[f"{second.pk}-points"] == "4"
    return shown | {f"{first.pk}-points": "1", f"{second.pk}-points": "2.5"}


def test_allocating_keeps_what_was_typed_at_other_credits(sends, others, typed):
    answer = sends("education:allocate", others[0].uuid, **typed)

    assert words_of(answer) == ["Allocated to Chemistry."]
    assert inputs_of(answer)[f"{others[1].pk}-points"] == "2.5"
    assert f"{others[0].pk}-" not in answer.redirect_chain[-1][0].partition("#")[0]


def test_what_was_not_typed_shows_what_fits_now(sends, others, typed):
    typed[f"{others[1].pk}-points"] = "4"

    answer = sends("education:allocate", others[0].uuid, **typed)

    assert "-points" not in answer.redirect_chain[-1][0]


def test_releasing_keeps_what_was_typed_at_other_shares(sends, cycle, share):
    other = AllocationFactory(cycle=cycle, area=share.area, credit__points=Decimal("4.00"), points=Decimal("3.00"))
    typed = {field_of(share): "2", field_of(other): "1.5"}

    answer = sends("education:release", share.credit.uuid, share.area.code, **typed)

    assert words_of(answer) == [f"Released from {share.area.title}."]
    assert {name: text for name, text in inputs_of(answer).items() if name.startswith("share")} == {
        field_of(other): "1.5"
    }


def test_allocating_keeps_what_was_typed_at_shares(share, sends, others, typed):
    answer = sends("education:allocate", others[0].uuid, **typed | {field_of(share): "2"})

    assert (words_of(answer), inputs_of(answer)[field_of(share)]) == (["Allocated to Chemistry."], "2")


def test_what_is_refused_keeps_what_was_typed_at_shares(share, sends, others, typed):
    answer = sends(
        "education:allocate", others[0].uuid, **typed | {f"{others[0].pk}-points": "x", field_of(share): "2"}
    )

    assert (answer.status_code, inputs_of(answer)[field_of(share)]) == (422, "2")


def test_changing_keeps_what_was_typed_at_credits(share, sends, others, typed):
    answer = sends("education:change", **typed | {field_of(share): "2"})

    assert words_of(answer) == ["1 allocation changed."]
    assert [inputs_of(answer)[f"{one.pk}-points"] for one in others] == ["1", "2.5"]


def test_with_javascript_the_browser_keeps_it(client, cycle, others, typed):
    address = reverse("education:allocate", args=[cycle.pk, others[0].uuid])

    answer = client.post(address, typed, headers={"HX-Request": "true"})

    assert answer.url == f"{reverse('education:progress')}?credential={cycle.credential_id}#credit-{others[0].pk}"
