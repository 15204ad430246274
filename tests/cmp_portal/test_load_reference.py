import io
import re
import shutil
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

import credentials.reference
from credentials.models import ActivityKind, CredentialType, Subject
from credentials.rules import is_mandatory
from declarations.models import Attestation, FeeRate
from education.models import Provider
from tests.factories import DeclarationFactory, SubjectFactory

pytestmark = pytest.mark.django_db


def load(**options) -> list[str]:
    out = io.StringIO()
    call_command("load_reference", stdout=out, **options)
    return out.getvalue().splitlines()


def worth(code: str) -> dict[str, str]:
    units = ActivityKind.objects.get(code=code).units
    return {unit: str(points) for unit, points in units.values_list("unit", "points_per_unit")}


def test_load_fills_every_table():
    said = load()

    assert said == [
        "subjects: 23 added, 0 changed, 0 unchanged",
        "activity kinds: 14 added, 0 changed, 0 unchanged",
        "kind units: 14 added, 0 changed, 0 unchanged",
        "credential types: 19 added, 0 changed, 0 unchanged",
        "providers: 1 added, 0 changed, 0 unchanged",
        "attestations: 1 added, 0 changed, 0 unchanged",
        "fee rates: 2 added, 0 changed, 0 unchanged",
        "fee families: 19 added, 0 changed, 0 unchanged",
    ]


def test_second_load_changes_nothing():
    load()

    said = load()

    assert [line.split(": ")[1].split(",")[:2] for line in said] == [["0 added", " 0 changed"]] * 8


def test_load_restores_what_differs_and_leaves_what_the_board_added():
    load()
    Subject.objects.filter(code="ethics").update(title="Something else")
    SubjectFactory(code="point-of-care", title="Point of care")

    said = load()

    assert said[0] == "subjects: 0 added, 1 changed, 22 unchanged"
    assert dict(Subject.objects.filter(code__in=["ethics", "point-of-care"]).values_list("code", "title")) == {
        "ethics": "Medical ethics",
        "point-of-care": "Point of care",
    }


def test_dry_run_leaves_nothing_behind():
    said = load(dry_run=True)

    assert (said[-1], Subject.objects.count(), Provider.objects.count()) == ("dry run: nothing was changed", 0, 0)


@pytest.mark.parametrize(
    ("code", "units"),
    [
        ("ce-course", {"contact-hour": "1.00", "ceu": "10.00"}),
        ("in-service", {"contact-hour": "1.00"}),
        ("college-course", {"semester-hour": "15.00", "quarter-hour": "10.00"}),
        ("article", {"points": "1.00"}),
        ("staff-meeting", {}),
    ],
)
def test_kinds_are_worth_what_the_board_says(code, units):
    load()

    assert worth(code) == units


def test_only_meetings_and_orientation_never_count():
    load()

    never = ActivityKind.objects.filter(counts=False).order_by("code").values_list("code", flat=True)
    assert list(never) == ["job-orientation", "staff-meeting"]


@pytest.mark.parametrize(
    ("code", "last_voluntary", "first_mandatory"),
    [
        ("MLS(ASCP)", "2003-12-31", "2004-01-01"),
        ("SBB(ASCP)", "2005-12-31", "2006-01-01"),
        ("DLM(ASCP)", "2005-12-31", "2006-01-01"),
    ],
)
def test_who_must_take_part(code, last_voluntary, first_mandatory):
    load()
    kind = CredentialType.objects.get(code=code)
    told = [is_mandatory(type(kind.mandatory_from).fromisoformat(day), kind.mandatory_from)
            for day in (last_voluntary, first_mandatory)]  # fmt: skip

    assert told == [False, True]


def test_every_pathologists_assistant_must_take_part():
    load()

    assert CredentialType.objects.get(code="PA(ASCP)").mandatory_from is None


def test_signed_wording_is_never_rewritten():
    load()
    Attestation.objects.filter(version="1").update(text="Other words")
    DeclarationFactory(state="submitted")

    with pytest.raises(CommandError) as refusal:
        load()

    assert (refusal.value.returncode, str(refusal.value)) == (
        2,
        "attestation 1 has been signed: give the new wording a new version; nothing was changed",
    )


def test_load_invents_no_amount_and_leaves_the_boards_own():
    load()
    amounts = set(FeeRate.objects.values_list("amount", "verified"))
    FeeRate.objects.filter(kind="application").update(amount=Decimal("95.00"), verified=True)

    load()

    assert amounts == {(None, False)}
    assert FeeRate.objects.get(kind="application").amount == Decimal("95.00")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("code = “XT(ASCP)”", 'types.toml: line 137: “ is a curly quote; replace it with a straight one: "'),
        ('titel = "Example"', "credential types: titel: unknown key; use one of: code, title, mandatory_from, "),
    ],
    ids=["no TOML", "unknown key"],
)
def test_a_file_with_a_mistake_changes_nothing(tmp_path, monkeypatch, line, said):
    shutil.copytree(credentials.reference.FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(credentials.reference, "FOLDER", tmp_path)
    with (tmp_path / "types.toml").open("a", encoding="utf-8") as types:
        types.write(f"\n[[type]]\n{line}\n")

    with pytest.raises(CommandError, match=re.escape(said)) as refusal:
        load()

    assert (refusal.value.returncode, CredentialType.objects.count(), Subject.objects.count()) == (2, 0, 0)
