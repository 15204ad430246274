from django.db import migrations, models

WAITING = models.Q(emailed_at=None, failed_at=None, withdrawn_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_digests_are_gathered"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="letter", name="letter_is_sent_or_withdrawn"),
        migrations.RemoveConstraint(model_name="letter", name="letter_one_waiting_invitation"),
        migrations.RemoveIndex(model_name="letter", name="letter_to_deliver"),
        migrations.RenameField(model_name="letter", old_name="sent_at", new_name="emailed_at"),
        migrations.AddField(
            model_name="letter",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="letter",
            name="failed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="letter",
            name="next_try_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(condition=WAITING, fields=["id"], name="letter_to_deliver"),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(emailed_at=None) | models.Q(withdrawn_at=None), name="letter_is_sent_or_withdrawn"
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.CheckConstraint(
                condition=models.Q(emailed_at=None) | models.Q(failed_at=None), name="letter_sent_or_failed"
            ),
        ),
        migrations.AddConstraint(
            model_name="letter",
            constraint=models.UniqueConstraint(
                condition=models.Q(kind="invitation", emailed_at=None, failed_at=None, withdrawn_at=None),
                fields=("holder",),
                name="letter_one_waiting_invitation",
            ),
        ),
    ]
