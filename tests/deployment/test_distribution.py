"""Whether the tables could be distributed over several servers by holder (Citus), judged from the catalog.

A distributed table needs the holder in its rows and in each unique key; small tables would be replicated. Most keys
lack the holder: each is listed with the reason, so that new ones don't go unnoticed.
"""

import pytest
from django.db import connection

from tests.big_tables import tables
from tests.deployment.composed import ROOT

# Rows of feeds and of providers' systems, which are of many holders: they would stay on the first server.
OF_PROVIDERS = {
    *("education_intakebatch", "education_intakechunk", "education_intakerow"),
    *("education_keyedrequest", "education_webhooknotice", "education_webhookattempt"),
    # What payment services write to us names no holder.
    "declarations_paymentevent",
}
# Whose holder is that of the row they belong to: they would be given the column.
BELOW = {
    *("accounts_holderevent", "credentials_holddecision"),
    *("declarations_step", "declarations_appeal", "declarations_atwork", "declarations_declaredcredit"),
    *("declarations_seal", "audits_entry", "audits_auditstep", "audits_finding", "audits_findingevent"),
    *("audits_notavailable", "audits_notavailableevent", "declarations_appealdocument"),
    "declarations_appealdocumentevent",
    *("declarations_checkout", "declarations_payment", "declarations_refund", "declarations_refundevent"),
    *("declarations_print", "declarations_badge"),
}
# Where the key names a row of one holder: with the holder added it says the same.
OF_ONE_HOLDER = {
    "accounts_changedocument": {"change_id, sha256"},
    "credentials_cycle": {"credential_id", "credential_id, daterange(starts_on, ends_on, '[]'::text)"},
    "education_allocation": {"cycle_id, credit_id, area_id"},
    "education_allocationundo": {"cycle_id"},
    "education_cyclestatus": {"cycle_id"},
    "education_dispute": {"credit_id"},
    "education_match": {"recorded_id", "recorded_id, provider_id, external_id"},
    "declarations_appeal": {"declaration_id"},
    "declarations_appealdocument": {"evidence_id"},
    "declarations_atwork": {"waiting_id"},
    "declarations_declaration": {"cycle_id"},
    "declarations_declaredcredit": {'declaration_id, submission, "position"'},
    "declarations_badge": {"proof_id, ends_on"},
    "declarations_checkout": {"fee_id"},
    "declarations_fee": {"declaration_id"},
    "declarations_proof": {"cycle_id", "declaration_id"},
    "declarations_seal": {"declaration_id, submission"},
    "declarations_step": {"declaration_id"},
    "declarations_waiting": {"declaration_id"},
    "audits_audit": {"declaration_id"},
    "audits_entry": {"declaration_id"},
    "audits_finding": {"audit_id, declared_credit_id"},
    "audits_notavailable": {"audit_id, credit_id"},
}
# What nobody else may have, whoever it is: each would need a table of its own to ask.
OF_ALL_HOLDERS = {
    "accounts_holder": {"customer_number"},
    "accounts_user": {"email", "lower(email::text)"},
    "credentials_claim": {"user_id"},
    "credentials_credential": {"credential_type_id, certificate_number"},
    "declarations_badge": {"number, place"},
    "declarations_checkout": {"gateway, reference"},
    "declarations_declaration": {"number"},
    "declarations_fee": {"number"},
    "declarations_payment": {"gateway, reference"},
    "declarations_print": {"sha256"},
    "declarations_sharelink": {"sha256"},
    "education_credit": {"provider_id, external_id"},
    "education_match": {"provider_id, external_id"},
}
KEYS = """
SELECT t.relname,
       (SELECT string_agg(pg_get_indexdef(x.indexrelid, k, true), ', ' ORDER BY k)
          FROM generate_series(1, x.indnkeyatts) k) AS columns
  FROM pg_index x
  JOIN pg_class t ON t.oid = x.indrelid
  LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid AND c.contype = 'x'
 WHERE t.relname = ANY(%s) AND (x.indisunique OR c.oid IS NOT NULL)
"""
COLUMNS = "SELECT table_name FROM information_schema.columns WHERE table_name = ANY(%s) AND column_name = %s"
# A number of a sequence, or one by chance: no other server gives it twice.
GIVEN = {"id", "pgh_id", "uuid"}


@pytest.fixture
def spread(db):
    """The tables that would be spread."""
    return sorted(tables(small=False) - OF_PROVIDERS)


def rows(query, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def test_every_row_has_its_holder_or_belongs_to_one_that_has(spread):
    with_holder = {name for (name,) in rows(COLUMNS, spread, "holder_id")}

    assert set(spread) - with_holder - {"accounts_holder"} == BELOW


def test_every_key_has_the_holder_or_a_reason(spread):
    keys: dict[str, set[str]] = {}
    for table, columns in rows(KEYS, spread):
        if columns not in GIVEN and "holder_id" not in columns.split(", "):
            keys.setdefault(table, set()).add(columns)

    listed = {name: OF_ONE_HOLDER.get(name, set()) | OF_ALL_HOLDERS.get(name, set()) for name in keys}
    assert keys == listed
    assert set(keys) == set(OF_ONE_HOLDER) | set(OF_ALL_HOLDERS)


def test_what_is_given_is_given_by_a_sequence_or_by_chance(spread):
    """Else two servers could give it twice."""
    by_sequence = {name for (name,) in rows(COLUMNS + " AND is_identity = 'YES'", spread, "id")}
    with_number = {name for (name,) in rows(COLUMNS, spread, "id")}
    histories = {name for name in spread if name.endswith("event")}

    assert with_number - by_sequence - histories == set()


@pytest.mark.parametrize("table", sorted(OF_ALL_HOLDERS))
def test_what_stands_in_the_way_is_told(table):
    assert f"`{table}`" in (ROOT / "docs" / "scaling.md").read_text()
