"""What loading requirements does to the cycles that are open, and to their holders."""

import io
import sys
from datetime import date
from functools import partial

import pytest

import credentials.reference
from accounts.enums import AlertKind
from accounts.models import Alert
from cmp_portal.lib.feeds import progress
from education.actions import requirements
from education.models import Allocation, CycleStatus
from tests.cmp_portal.requirement_files import EACH, NEXT, WITHOUT_CHEMISTRY, cycle_of_mls, load_texts, share
from tests.credentials.rules.files import SMALL
from tests.factories import CorrespondenceFactory, close


@pytest.fixture
def load(db, now, tmp_path):
    credentials.reference.load()
    return partial(load_texts, tmp_path)


def test_open_cycle_takes_the_new_set_with_its_shares(load, now):
    load(SMALL)
    cycle = cycle_of_mls(ends_on=date(2027, 12, 31))
    share(cycle, "chemistry")

    _code, said, _complaints = load(NEXT)

    kept = Allocation.objects.select_related("area__requirement_set").get()
    cycle.refresh_from_db()
    assert said[-1] == "1 open cycles updated, 0 shares released"
    assert (cycle.requirement_set.version, kept.area.requirement_set.version, kept.area.code) == ("2", "2", "chemistry")
    assert CycleStatus.objects.get(cycle=cycle).computed_at == now


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_operator_sees_how_many_cycles_are_updated(load, monkeypatch):
    load(SMALL)
    share(cycle_of_mls(), "chemistry")
    for _cycle in range(2):
        cycle_of_mls(ends_on=date(2027, 12, 31))
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "PAUSE", 0.0)
    monkeypatch.setattr(requirements, "BATCH", 1)

    load(SMALL.replace('total = "4"', 'total = "6"'), NEXT, dry_run=True)

    assert terminal.getvalue().removesuffix("\r\033[K").split("\r") == [
        "", *(f"{count} open cycles updated" for count in (1, 2, 3)),
    ]  # fmt: skip


def test_shares_without_area_are_released_and_told(load):
    load(SMALL)
    cycle = cycle_of_mls(ends_on=date(2027, 12, 31))
    share(cycle, "chemistry")
    kept = share(cycle, "rest")

    _code, said, _complaints = load(NEXT.replace('code = "chemistry"', 'code = "clinical-chemistry"'))

    alert = Alert.objects.get(key__startswith="shares_released:")
    assert said[-1] == "1 open cycles updated, 1 shares released"
    assert list(Allocation.objects.values_list("credit", flat=True)) == [kept.credit_id]
    assert (alert.holder, alert.title, alert.body.partition(". ")[0]) == (
        cycle.holder, "New requirements for MLS(ASCP): part of your allocation was released", "Released points: 2",
    )  # fmt: skip


def test_shares_of_a_removed_area_are_released(load):
    load(SMALL)
    share(cycle_of_mls(), "chemistry")

    code, said, _complaints = load(WITHOUT_CHEMISTRY)

    assert (code, said[-1]) == (0, "0 open cycles updated, 1 shares released")
    assert (Allocation.objects.count(), Alert.objects.filter(key__startswith="shares_released:").count()) == (0, 1)


STRICTER = NEXT.replace('total = "4"', 'total = "5"').replace('minimum = "2"', 'minimum = "2.5"')
TOLD = (
    "New requirements for MLS(ASCP)",
    "Points required now: Total: 5 (before: 4); Chemistry: 2.5 (before: 2). Check Progress shows what you still need.",
)


def told():
    return list(Alert.objects.filter(key__startswith="raised:").order_by("id").values_list("title", "body"))


def test_who_needs_more_is_told_once(load):
    load(SMALL)
    cycle = cycle_of_mls(ends_on=date(2027, 12, 31))
    cycle_of_mls(ends_on=date(2026, 12, 31))
    close(cycle_of_mls(ends_on=date(2028, 12, 31)))

    for _time in range(2):
        load(STRICTER)

    alert = Alert.objects.get(key__startswith="raised:")
    assert (alert.title, alert.body, alert.kind) == (*TOLD, AlertKind.REQUIREMENTS_RAISED)
    assert (alert.holder, alert.link.partition("=")[2]) == (cycle.holder, str(cycle.credential_id))


def test_who_needs_more_under_the_same_set_is_told_once(load):
    load(SMALL)
    close(cycle_of_mls())
    cycle = cycle_of_mls()

    for _time in range(2):
        load(STRICTER.replace('version = "2"\napplies_from = 2027-01-01', 'version = "1"'))

    assert (told(), Alert.objects.get().holder) == ([TOLD], cycle.holder)


def test_who_needs_more_is_told_in_their_language(load):
    load(SMALL)
    CorrespondenceFactory(holder=cycle_of_mls(ends_on=date(2027, 12, 31)).holder, language="es")

    load(STRICTER)

    assert told()[0][0] == "Requisitos nuevos para MLS(ASCP)"


@pytest.mark.parametrize(
    "text", [NEXT, NEXT.replace('minimum = "2"', 'minimum = "1"'), NEXT + EACH], ids=["same", "less", "another limit"]
)
def test_who_needs_no_more_is_told_nothing(load, text):
    load(SMALL)
    cycle_of_mls(ends_on=date(2027, 12, 31))

    load(text)

    assert told() == []


def test_cycle_that_ends_before_keeps_its_set(load):
    load(SMALL)
    cycle = cycle_of_mls(ends_on=date(2026, 12, 31))

    load(NEXT)

    cycle.refresh_from_db()
    assert cycle.requirement_set.version == "1"


def test_expired_cycle_takes_the_set_of_the_day_it_would_be_declared(load):
    load(SMALL)
    cycle = cycle_of_mls(ended=True)

    load(NEXT.replace("2027-01-01", "2026-03-10"))

    cycle.refresh_from_db()
    assert cycle.requirement_set.version == "2"


@pytest.mark.parametrize("state", ["closed", "declared"])
def test_settled_cycle_keeps_its_set(load, state, now):
    load(SMALL)
    settled = {"closed_at": now, "shares_frozen_at": now} if state == "closed" else {"declared_on": now.date()}
    cycle = cycle_of_mls(ends_on=date(2027, 12, 31), **settled)

    load(NEXT)

    cycle.refresh_from_db()
    assert cycle.requirement_set.version == "1"
