import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("declarations", "0013_copies_of_documents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="fee",
            name="moves",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="refund",
            name="moves",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="refund",
            name="stays_within_its_payment",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="refund",
            name="keeps_its_words",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="refund",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="refund",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="refund",
            name="delete_delete",
        ),
        migrations.RemoveConstraint(
            model_name="paymentevent",
            name="payment_event_outcome_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_has_reason",
        ),
        migrations.AddField(
            model_name="refund",
            name="reference",
            field=models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
        migrations.AddField(
            model_name="refundevent",
            name="reference",
            field=models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
        migrations.AlterField(
            model_name="paymentevent",
            name="outcome",
            field=models.CharField(
                choices=[
                    ("applied", "Applied"),
                    ("ignored", "Nothing to do"),
                    ("unknown", "A payment of nobody we know"),
                    ("later", "Left for the next sweep"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="refund",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="refund",
            name="reason",
            field=models.TextField(blank=True),
        ),
        migrations.AlterField(
            model_name="refundevent",
            name="by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="refundevent",
            name="reason",
            field=models.TextField(blank=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fee",
            trigger=pgtrigger.compiler.Trigger(
                name="moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{dropped:paid,due:dropped,due:paid,paid:refunded,refunded:paid}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="ec50c3710b63ffca72c61f2bf2ccd12355d41217",
                    operation="UPDATE",
                    pgid="pgtrigger_moves_3a34a",
                    table="declarations_fee",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refund",
            trigger=pgtrigger.compiler.Trigger(
                name="moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{done:refused,promised:done,promised:refused}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="e1c3dbfb306a946e0b3385022f66d1ed7886566e",
                    operation="UPDATE",
                    pgid="pgtrigger_moves_ac277",
                    table="declarations_refund",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refund",
            trigger=pgtrigger.compiler.Trigger(
                name="stays_within_its_payment",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF NEW.state <> 'promised' AND NEW.by_id IS NOT NULL THEN\n        RAISE EXCEPTION 'a new refund is promised' USING ERRCODE = 'check_violation';\n    END IF;\n    PERFORM 1 FROM declarations_fee f\n      WHERE f.id = (SELECT p.fee_id FROM declarations_payment p WHERE p.id = NEW.payment_id) FOR UPDATE;\n    IF NEW.state <> 'refused'\n       AND (SELECT COALESCE(SUM(r.amount), 0) FROM declarations_refund r\n             WHERE r.payment_id = NEW.payment_id AND r.state <> 'refused'\n               AND (NEW.by_id IS NOT NULL OR r.state = 'done' OR r.reference <> '')) + NEW.amount\n       > (SELECT p.amount FROM declarations_payment p WHERE p.id = NEW.payment_id) THEN\n        RAISE EXCEPTION 'no more is paid back than was paid' USING ERRCODE = 'check_violation';\n    END IF;\n RETURN NEW;",
                    hash="800aea677256701896295114bde3fc15677dda4f",
                    operation="INSERT",
                    pgid="pgtrigger_stays_within_its_payment_d9c8c",
                    table="declarations_refund",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refund",
            trigger=pgtrigger.compiler.Trigger(
                name="keeps_its_words",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF (NEW.payment_id, NEW.amount, NEW.reason, NEW.by_id, NEW.at)\n       IS DISTINCT FROM (OLD.payment_id, OLD.amount, OLD.reason, OLD.by_id, OLD.at)\n       OR (OLD.reference <> '' AND NEW.reference <> OLD.reference) THEN\n        RAISE EXCEPTION 'a refund is never rewritten' USING ERRCODE = 'check_violation';\n    END IF;\n RETURN NEW;",
                    hash="0861c3362ef48435d53e5d7b67b63012ed93ea13",
                    operation="UPDATE",
                    pgid="pgtrigger_keeps_its_words_02c0d",
                    table="declarations_refund",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refund",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "declarations_refundevent" ("amount", "at", "by_id", "id", "payment_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reference", "said", "settled_at", "state", "uuid") SELECT new_values."amount", new_values."at", new_values."by_id", new_values."id", new_values."payment_id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."reason", new_values."reference", new_values."said", new_values."settled_at", new_values."state", new_values."uuid" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="170df06ef9f39cc10cd65125f1c11987e8fab454",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_271b7",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="declarations_refund",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refund",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "declarations_refundevent" ("amount", "at", "by_id", "id", "payment_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reference", "said", "settled_at", "state", "uuid") SELECT new_values."amount", new_values."at", new_values."by_id", new_values."id", new_values."payment_id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."reason", new_values."reference", new_values."said", new_values."settled_at", new_values."state", new_values."uuid" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="3f2461caa0e181d5019461d834fea4c64d60b6b0",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_b1868",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="declarations_refund",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="refund",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "declarations_refundevent" ("amount", "at", "by_id", "id", "payment_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "reference", "said", "settled_at", "state", "uuid") SELECT old_values."amount", old_values."at", old_values."by_id", old_values."id", old_values."payment_id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."reason", old_values."reference", old_values."said", old_values."settled_at", old_values."state", old_values."uuid" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="e82a9cd1cb29e0bcff705d7a3d0b12abf69a8f51",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_434a8",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="declarations_refund",
                    when="AFTER",
                ),
            ),
        ),
        AddConstraintNotValid(
            model_name="paymentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["applied", "ignored", "unknown", "later"])),
                name="payment_event_outcome_is_known",
            ),
        ),
        AddConstraintNotValid(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("reason", ""), _negated=True), ("by", None), _connector="OR"),
                name="refund_has_reason",
            ),
        ),
        AddConstraintNotValid(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("by__isnull", False), models.Q(("reference", ""), _negated=True), _connector="OR"),
                name="refund_has_author",
            ),
        ),
    ]
