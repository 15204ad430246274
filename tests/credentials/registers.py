"""The register of holders as a feed file, and its effects on the database."""

import credentials.reference
from credentials.models import CredentialType, Cycle
from tests import importing
from tests.factories import RequirementSetFactory
from tests.importing import rows_of, written

HEAD = (
    "customer_number,email,first_name,last_name,birth_month,credential,certificate_number,certified_on,"
    "cycle_starts_on,cycle_ends_on"
)
NADIA = "100,nadia@example.org,Nadia,Example,4"
MLS = "MLS(ASCP),3001,2018-06-14"
GOOD = f"{NADIA},{MLS},2024-07-01,2027-06-30"


def register_from(folder):
    """Import lines below the header; MLS(ASCP) and MLT(ASCP) have requirement sets."""
    credentials.reference.load()
    for code in ("MLS(ASCP)", "MLT(ASCP)"):
        RequirementSetFactory(credential_type=CredentialType.objects.get(code=code))

    def register(*lines, head=HEAD, **options):
        return importing.run("import_holders", written(folder / "holders.csv", head, *lines), **options)

    return register


def everything():
    """All rows, including history, that a second run must leave unchanged."""
    return rows_of(
        "accounts_holder", "accounts_holderevent", "credentials_credential", "credentials_credentialevent",
        "credentials_cycle", "credentials_cycleevent", "pghistory_context",
    )  # fmt: skip


def cycles():
    """Start, end and whether it is closed, for each cycle."""
    rows = Cycle.objects.order_by("credential", "starts_on").values_list("starts_on", "ends_on", "closed_at")
    return [(str(starts), str(ends), closed is not None) for starts, ends, closed in rows]
