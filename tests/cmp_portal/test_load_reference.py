import io
import re
import shutil
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

import credentials.reference
import declarations.reference
import education.reference
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


def test_load_leaves_a_provider_as_the_board_keeps_it():
    load()
    Provider.objects.update(title="Our own society")

    load()

    assert Provider.objects.get(code="ascp").title == "Our own society"


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


FOLDERS = {
    "types.toml": credentials.reference,
    "kinds.toml": credentials.reference,
    "attestations.toml": declarations.reference,
    "fees.toml": declarations.reference,
    "providers.toml": education.reference,
}
TYPE = '[[type]]\ncode = "YT(ASCP)"\n'
RATE = '[[rate]]\nkind = "application"\napplies_from = 2031-01-01\n'
PROVIDER = '[[provider]]\ncode = "x"\ntitle = "Example"\napproved_from = 2031-01-02\napproved_until = 2031-01-01'
KIND = '[[kind]]\ncode = "webinar"\ntitle = "Webinar"\n'
MISTAKES = [
    ("types.toml", "[[type]]\ncode = “XT(ASCP)”", 'line 137: “ is a curly quote; replace it with a straight one: "'),
    ("types.toml", "# Exämple".encode("latin-1"), "line 136: not UTF-8; save the file as UTF-8"),
    ("types.toml", '[[type]]\ntitel = "Example"', "titel: unknown key; use one of: code, title, mandatory_from, "),
    ("types.toml", '[[typ]]\ncode = "YT(ASCP)"', "types.toml: typ: unknown; start each row with [[type]]"),
    ("types.toml", '[[type]]\ntitle = "Y"', "credential types: row 20: code: missing key; add it"),
    ("types.toml", TYPE, "credential types: YT(ASCP): title: missing key; add it"),
    ("types.toml", f"{TYPE}title = 5", "YT(ASCP): title: must be text in quotes"),
    ("types.toml", f'{TYPE}title = "{161 * "x"}"', "YT(ASCP): title: Ensure this value has at most 160 characters"),
    ("types.toml", f'{TYPE}mandatory_from = "2026-01-01"', "mandatory_from: must be a date without quotes"),
    ("types.toml", f'{TYPE}verified = "no"', "verified: must be true or false, without quotes"),
    (
        "types.toml",
        f'{TYPE}title = "Y"\ncycle_years = 0',
        "YT(ASCP): cycle_years: 0 is not a number of years from 1 to",
    ),
    (
        "types.toml",
        f'{TYPE}title = "Y"\ncycle_years = 9999',
        "cycle_years: 9999 is not a number of years from 1 to 100",
    ),
    ("types.toml", f'{TYPE}title = "Y"\nreexamination_after_years = -1', "-1 is not a number of years from 0 to 100"),
    ("types.toml", '[[type]]\ncode = "MLS(ASCP)"\ntitle = "Y"', "MLS(ASCP): code: used twice; give each row its own"),
    ("kinds.toml", KIND, "kinds.toml: kind 15: points_per_unit: missing key; add it"),
    ("kinds.toml", f'{KIND}points_per_unit = "1"', "kinds.toml: webinar: points_per_unit: write, for example, {"),
    ("kinds.toml", f'{KIND}points_per_unit = {{ hours = "1" }}', "hours: unknown unit; use one of: contact-hour, "),
    ("kinds.toml", f'{KIND}points_per_unit = {{ ceu = "0" }}', "ceu: must be more than zero"),
    ("attestations.toml", '[[attestation]]\nversion = "2"', "attestations.toml: attestation 2: text: missing key"),
    ("fees.toml", '[[rate]]\nkind = "application"', "fee rates: application: applies_from: missing key; add it"),
    ("fees.toml", '[[rate]]\namont = "5"', "fee rates: amont: unknown key; use one of: kind, family"),
    ("fees.toml", '[[family]]\nfamily = "x"', "fees.toml: family 20: credential_type: missing key; add it"),
    ("fees.toml", f"{RATE}amount = -5", "amount must be 0 or more; leave it out while it is not known"),
    ("fees.toml", f"{RATE}amount = 5\nreduced = 9", "reduced must be 0 or more, and no more than the amount"),
    ("providers.toml", PROVIDER, "providers: Example: approved_until must not be before approved_from; nothing was"),
]


@pytest.mark.parametrize(("file", "added", "said"), MISTAKES)
def test_a_file_with_a_mistake_changes_nothing(tmp_path, monkeypatch, file, added, said):
    _add(file, added, tmp_path, monkeypatch)

    with pytest.raises(CommandError, match=re.escape(said)) as refusal:
        load()

    assert (refusal.value.returncode, CredentialType.objects.count(), Subject.objects.count()) == (2, 0, 0)


def test_a_file_without_rows_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(credentials.reference, "FOLDER", tmp_path)
    (tmp_path / "kinds.toml").write_text('[kind]\ncode = "webinar"\n')

    with pytest.raises(CommandError, match=re.escape("kinds.toml: kind: no rows; start each with [[kind]]")):
        load()


def _add(file, added, tmp_path, monkeypatch):
    shutil.copytree(FOLDERS[file].FOLDER, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(FOLDERS[file], "FOLDER", tmp_path)
    with (tmp_path / file).open("ab") as lines:
        lines.write(b"\n" + (added if isinstance(added, bytes) else added.encode()) + b"\n")
