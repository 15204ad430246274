import pytest

from tests.planting import Fault, each, found_in, without

pytestmark = pytest.mark.django_db


FAULTS = [
    Fault(
        "an alert told twice",
        {"duplicate alerts"},
        lambda w: (
            without("accounts_alert", "alert_told_once")
            + """INSERT INTO accounts_alert (holder_id, kind, key, title, body, link, created_at)
                 SELECT holder_id, kind, key, title, body, link, created_at FROM accounts_alert ORDER BY id LIMIT 1"""
        ),
    ),
    Fault(
        "a second sign-in for one address",
        {"accounts whose email addresses differ only in case"},
        lambda w: (
            "DROP INDEX user_email_unique_whatever_case;"
            f"""UPDATE accounts_user SET email = (SELECT upper(email) FROM accounts_user
                                                   WHERE holder_id = {w.submitted.holder_id})
                 WHERE id = {w.reviewer.pk}"""
        ),
    ),
    Fault(
        "a second sign-in for one record",
        {"records with several accounts"},
        lambda w: (
            without("accounts_user", "accounts_user_holder_id_key")
            + f"UPDATE accounts_user SET holder_id = {w.submitted.holder_id} WHERE id = {w.reviewer.pk}"
        ),
    ),
]


@each(FAULTS)
def test_a_planted_fault_is_found(world, fault):
    assert found_in(fault, world) == fault.finds
