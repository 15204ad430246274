import django.db.models.deletion
from django.db import migrations, models

# Who wanted no mail still wants none, but for the kinds whose mail now stays.
WISHES = """
    UPDATE accounts_preference SET channel = 'never' WHERE NOT by_email;
    DELETE FROM accounts_preference
     WHERE channel = 'never'
       AND kind IN ('one_month_left', 'expires_soon', 'expired', 'declaration_moved', 'security');
"""
UNWISHES = "UPDATE accounts_preference SET by_email = (channel <> 'never')"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_job_runs_report"),
    ]

    operations = [
        migrations.CreateModel(
            name="Correspondence",
            fields=[
                (
                    "holder",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="correspondence",
                        serialize=False,
                        to="accounts.holder",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=16)),
                ("time_zone", models.CharField(blank=True, max_length=64)),
                ("unreachable_email", models.EmailField(blank=True, max_length=254)),
                ("unreachable_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Digest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("next_try_at", models.DateTimeField(blank=True, null=True)),
                ("emailed_at", models.DateTimeField(blank=True, null=True)),
                ("failed_at", models.DateTimeField(blank=True, null=True)),
                ("day", models.DateField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="alert",
            name="alert_kind_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="preference",
            name="preference_kind_is_known",
        ),
        migrations.RemoveIndex(
            model_name="alert",
            name="alert_to_deliver",
        ),
        migrations.AddField(
            model_name="alert",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="alert",
            name="failed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="next_try_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="read_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="alert",
            name="withdrawn_because",
            field=models.CharField(
                blank=True,
                choices=[
                    ("declared", "You have submitted the declaration."),
                    ("overtaken", "A newer reminder took its place."),
                    ("incomplete", "The requirements are no longer complete."),
                    ("outdated", "It is no longer true."),
                ],
                db_default="",
                default="",
                max_length=16,
            ),
        ),
        migrations.AddField(
            model_name="preference",
            name="channel",
            field=models.CharField(
                choices=[("at_once", "At once"), ("daily", "In one mail a day"), ("never", "No e-mail")],
                default="at_once",
                max_length=8,
            ),
            preserve_default=False,
        ),
        migrations.RunSQL(WISHES, UNWISHES),
        migrations.RemoveField(
            model_name="preference",
            name="by_email",
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
                    ("evidence_refused", "Document held back"),
                    ("dispute_answered", "Dispute answered"),
                    ("ready_to_declare", "Ready to declare"),
                    ("one_month_left", "One month left to submit"),
                    ("expires_soon", "Expires soon"),
                    ("expired", "Expired"),
                    ("declaration_moved", "Declaration"),
                    ("security", "Sign-in and security"),
                    ("request_answered", "Request answered"),
                    ("renewed", "Renewed for three years"),
                    ("evidence_discardable", "Documents may be discarded"),
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
                    ("evidence_refused", "Document held back"),
                    ("dispute_answered", "Dispute answered"),
                    ("ready_to_declare", "Ready to declare"),
                    ("one_month_left", "One month left to submit"),
                    ("expires_soon", "Expires soon"),
                    ("expired", "Expired"),
                    ("declaration_moved", "Declaration"),
                    ("security", "Sign-in and security"),
                    ("request_answered", "Request answered"),
                    ("renewed", "Renewed for three years"),
                    ("evidence_discardable", "Documents may be discarded"),
                ],
                max_length=32,
            ),
        ),
        migrations.AddConstraint(
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
                            "evidence_refused",
                            "dispute_answered",
                            "ready_to_declare",
                            "one_month_left",
                            "expires_soon",
                            "expired",
                            "declaration_moved",
                            "security",
                            "request_answered",
                            "renewed",
                            "evidence_discardable",
                        ],
                    )
                ),
                name="preference_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(("channel__in", ["at_once", "daily", "never"])), name="preference_channel_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("channel", "never"),
                    ("kind__in", ["declaration_moved", "expired", "expires_soon", "one_month_left", "security"]),
                    _negated=True,
                ),
                name="preference_some_mail_stays",
            ),
        ),
        migrations.AddConstraint(
            model_name="preference",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["security"]), _negated=True), ("channel", "at_once"), _connector="OR"
                ),
                name="preference_some_mail_is_urgent",
            ),
        ),
        migrations.AddConstraint(
            model_name="correspondence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("unreachable_at", None), ("unreachable_email", "")),
                    models.Q(models.Q(("unreachable_email", ""), _negated=True), ("unreachable_at__isnull", False)),
                    _connector="OR",
                ),
                name="correspondence_unreachable_since",
            ),
        ),
        migrations.AddField(
            model_name="digest",
            name="holder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="digests", to="accounts.holder"
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="digest",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="alerts",
                to="accounts.digest",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("digest", None), ("emailed_at", None), ("failed_at", None), ("withdrawn_at", None)),
                fields=["id"],
                name="alert_to_deliver",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("digest__isnull", False)), fields=["digest"], name="alert_of_digest"
            ),
        ),
        migrations.AddConstraint(
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
                            "evidence_refused",
                            "dispute_answered",
                            "ready_to_declare",
                            "one_month_left",
                            "expires_soon",
                            "expired",
                            "declaration_moved",
                            "security",
                            "request_answered",
                            "renewed",
                            "evidence_discardable",
                        ],
                    )
                ),
                name="alert_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(("emailed_at", None), ("failed_at", None), _connector="OR"),
                name="alert_sent_or_failed",
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_because", ""),
                    models.Q(
                        ("withdrawn_at__isnull", False),
                        ("withdrawn_because__in", ["declared", "overtaken", "incomplete", "outdated"]),
                    ),
                    _connector="OR",
                ),
                name="alert_withdrawn_for_a_known_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="digest",
            index=models.Index(
                condition=models.Q(("emailed_at", None), ("failed_at", None)), fields=["id"], name="digest_to_deliver"
            ),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.UniqueConstraint(fields=("holder", "day"), name="digest_once_a_day"),
        ),
        migrations.AddConstraint(
            model_name="digest",
            constraint=models.CheckConstraint(
                condition=models.Q(("emailed_at", None), ("failed_at", None), _connector="OR"),
                name="digest_sent_or_failed",
            ),
        ),
    ]
