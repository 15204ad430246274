from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0027_letters_failed"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="alert",
            name="alert_kind_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="preference",
            name="preference_kind_is_known",
        ),
        migrations.AlterField(
            model_name="alert",
            name="kind",
            field=models.CharField(
                choices=[
                    ("credit_posted", "Provider credit posted"),
                    ("credit_matched", "Recorded credit delivered by its provider"),
                    ("all_allocated", "All requirements allocated"),
                    ("no_longer_complete", "No longer complete"),
                    ("shares_released", "Allocation released"),
                    ("requirements_raised", "More points required"),
                    ("evidence_refused", "Document held back"),
                    ("dispute_answered", "Dispute answered"),
                    ("ready_to_declare", "Ready to declare"),
                    ("one_month_left", "One month left to submit"),
                    ("expires_soon", "Expires soon"),
                    ("expired", "Expired"),
                    ("declaration_moved", "Declaration"),
                    ("credential_held", "Credential suspended, revoked or restored"),
                    ("security", "Login and security"),
                    ("request_answered", "Request answered"),
                    ("renewed", "Credential renewed"),
                    ("evidence_discardable", "Documents may be discarded"),
                    ("audit_moved", "Audit"),
                    ("audit_due", "Documents for an audit are due"),
                ],
                max_length=32,
            ),
        ),
        migrations.AlterField(
            model_name="preference",
            name="kind",
            field=models.CharField(
                choices=[
                    ("credit_posted", "Provider credit posted"),
                    ("credit_matched", "Recorded credit delivered by its provider"),
                    ("all_allocated", "All requirements allocated"),
                    ("no_longer_complete", "No longer complete"),
                    ("shares_released", "Allocation released"),
                    ("requirements_raised", "More points required"),
                    ("evidence_refused", "Document held back"),
                    ("dispute_answered", "Dispute answered"),
                    ("ready_to_declare", "Ready to declare"),
                    ("one_month_left", "One month left to submit"),
                    ("expires_soon", "Expires soon"),
                    ("expired", "Expired"),
                    ("declaration_moved", "Declaration"),
                    ("credential_held", "Credential suspended, revoked or restored"),
                    ("security", "Login and security"),
                    ("request_answered", "Request answered"),
                    ("renewed", "Credential renewed"),
                    ("evidence_discardable", "Documents may be discarded"),
                    ("audit_moved", "Audit"),
                    ("audit_due", "Documents for an audit are due"),
                ],
                max_length=32,
            ),
        ),
        AddConstraintNotValid(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "credit_posted",
                            "credit_matched",
                            "all_allocated",
                            "no_longer_complete",
                            "shares_released",
                            "requirements_raised",
                            "evidence_refused",
                            "dispute_answered",
                            "ready_to_declare",
                            "one_month_left",
                            "expires_soon",
                            "expired",
                            "declaration_moved",
                            "credential_held",
                            "security",
                            "request_answered",
                            "renewed",
                            "evidence_discardable",
                            "audit_moved",
                            "audit_due",
                        ],
                    )
                ),
                name="alert_kind_is_known",
            ),
        ),
        AddConstraintNotValid(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "credit_posted",
                            "credit_matched",
                            "all_allocated",
                            "no_longer_complete",
                            "shares_released",
                            "requirements_raised",
                            "evidence_refused",
                            "dispute_answered",
                            "ready_to_declare",
                            "one_month_left",
                            "expires_soon",
                            "expired",
                            "declaration_moved",
                            "credential_held",
                            "security",
                            "request_answered",
                            "renewed",
                            "evidence_discardable",
                            "audit_moved",
                            "audit_due",
                        ],
                    )
                ),
                name="preference_kind_is_known",
            ),
        ),
    ]
