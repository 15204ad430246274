"""Tables that stay small however many holders there are. All others grow with them."""

from django.apps import apps

OURS = ("accounts", "credentials", "education", "declarations", "audits")
# A few rows per item defined by the Board, its staff, its providers or the developers.
SMALL = {
    *("accounts.StaffIdentity", "accounts.JobRun"),
    *("credentials.Subject", "credentials.ActivityKind", "credentials.KindUnit", "credentials.CredentialType"),
    *("credentials.RequirementSet", "credentials.Area", "credentials.Rule"),
    *("education.Provider", "education.ApiToken", "education.Webhook"),
    *("declarations.Attestation", "declarations.Terms", "declarations.FeeFamily", "declarations.FeeRate"),
    *("audits.Round", "audits.TypeRate", "audits.Stratum", "audits.Colleague"),
}


def is_small(app: str, model: str) -> bool:
    """Whether a model or its history table is small; by name, since migrations also refer to removed models."""
    return f"{app}.{model}".removesuffix("Event").removesuffix("event").lower() in {name.lower() for name in SMALL}


def tables(*, small: bool) -> set[str]:
    models = [model._meta for label in OURS for model in apps.get_app_config(label).get_models()]
    return {one.db_table for one in models if one.managed and is_small(one.app_label, one.object_name) == small}
