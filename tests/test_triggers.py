"""Page versions rely on history that triggers write: while these are disabled, no credit changes."""

import re
from pathlib import Path

import pgtrigger
import pytest
from django.core.management import call_command

from accounts.models import Holder
from cmp_portal import loading, scale
from cmp_portal.lib import versions
from cmp_portal.privacy import erasing
from cmp_portal.views import dashboard
from education.models import Credit
from tests.factories import CreditFactory, HolderUserFactory

ROOT = Path(__file__).resolve().parents[1]
OURS = ("accounts", "audits", "cmp_portal", "credentials", "declarations", "deploy", "education", "templates")
# In PostgreSQL's words and in those of the library, `pgtrigger` as a command among them.
AT_REST = re.compile(
    r"session_replication_role|(disable|enable \w+)\s+(trigger|rule)|pgtrigger\W+(ignore|disable|enable|uninstall)",
    re.IGNORECASE,
)
# Where some rest, and why a page's version is another one nevertheless.
PLACES = {
    "cmp_portal/loading.py": "those that write history do not",
    "cmp_portal/privacy/erasing.py": "those that write history do not",
    "cmp_portal/scale/tables.py": "only credits of new holders are written, and credits are counted too",
}


def test_triggers_rest_in_these_places_alone():
    files = [file for app in OURS for file in (ROOT / app).rglob("*") if file.is_file() and file.suffix != ".pyc"]
    texts = {file.relative_to(ROOT).as_posix(): file.read_text(errors="ignore") for file in files}

    assert {name for name, text in texts.items() if AT_REST.search(text)} == set(PLACES)


@pytest.mark.parametrize(
    "words",
    [
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE education_credit DISABLE TRIGGER USER",
        "alter table education_credit enable always trigger append_only",
        "pgtrigger.ignore()",
        'call_command("pgtrigger", "disable")',
    ],
)
def test_all_ways_to_let_them_rest_are_found(words):
    assert AT_REST.search(words)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "at_rest",
    [
        pytest.param(loading._guards_at_rest, id="taking a record in"),
        pytest.param(lambda: pgtrigger.ignore(*erasing._written_once()), id="erasing"),
    ],
)
def test_history_is_written_while_guards_rest(now, at_rest):
    user = HolderUserFactory()
    credit = CreditFactory(holder=user.holder)
    before = versions.marks(user.pk, dashboard)

    with at_rest():
        Credit.objects.filter(pk=credit.pk).update(title="A different title")

    assert versions.marks(user.pk, dashboard) != before


@pytest.mark.django_db
def test_the_bulk_load_leaves_credits_that_are_there_alone(now, today):
    for command in ("load_reference", "load_requirements"):
        call_command(command, verbosity=0)
    CreditFactory.create_batch(3)
    known = list(Holder.objects.values_list("pk", flat=True))
    before = list(Credit.objects.order_by("pk").values())

    scale.seed(scale.Order(holders=5, seed=7, on=today, at=now), into_existing=True)

    assert list(Credit.objects.filter(holder__in=known).order_by("pk").values()) == before
