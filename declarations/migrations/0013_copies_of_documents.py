import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("declarations", "0012_badge_for_each_end"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="appealdocument",
            name="came_with_its_appeal",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="appealdocument",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="appealdocument",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="appealdocument",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="appealdocument",
            name="replaces",
            field=models.UUIDField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="appealdocumentevent",
            name="replaces",
            field=models.UUIDField(blank=True, null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appealdocument",
            trigger=pgtrigger.compiler.Trigger(
                name="came_with_its_appeal",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    IF NOT EXISTS (SELECT 1 FROM declarations_appeal a\n                     JOIN declarations_declaration d ON d.id = a.declaration_id\n                     JOIN education_evidence e ON e.id = NEW.evidence_id\n                    WHERE a.id = NEW.appeal_id AND e.holder_id = d.holder_id\n                      AND e.credit_id IS NULL\n                      AND CASE WHEN NEW.replaces IS NULL THEN e.uploaded_at = a.at\n                               ELSE d.state = 'appealed' AND e.uploaded_at > a.at END) THEN\n        RAISE EXCEPTION 'a document of an appeal comes with it, from the same holder' USING ERRCODE = 'check_violation';\n    END IF;\n    IF NEW.replaces IS NOT NULL\n       AND NOT EXISTS (SELECT 1 FROM declarations_appealdocument f JOIN education_evidence e ON e.id = f.evidence_id\n                        WHERE e.uuid = NEW.replaces AND f.appeal_id = NEW.appeal_id\n                          AND e.condition IN ('infected', 'unreadable')) THEN\n        RAISE EXCEPTION 'what is replaced is a document of the same appeal that cannot be opened' USING ERRCODE = 'check_violation';\n    END IF;\n    PERFORM 1 FROM declarations_appeal a WHERE a.id = NEW.appeal_id AND NEW.replaces IS NOT NULL FOR UPDATE;\n    IF EXISTS (SELECT 1 FROM declarations_appealdocument f\n                WHERE f.appeal_id = NEW.appeal_id AND f.replaces = NEW.replaces) THEN\n        RAISE EXCEPTION 'one copy comes in the place of one document' USING ERRCODE = 'check_violation';\n    END IF;\n RETURN NEW;",
                    hash="7243a8ce012c494b7792cdfe522dfddf365e512f",
                    operation="INSERT",
                    pgid="pgtrigger_came_with_its_appeal_a0e5d",
                    table="declarations_appealdocument",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appealdocument",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "declarations_appealdocumentevent" ("appeal_id", "evidence_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replaces") SELECT new_values."appeal_id", new_values."evidence_id", new_values."id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."replaces" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="5e7aa358582868b0435b418d059d4de73b9bb553",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_e961a",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="declarations_appealdocument",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appealdocument",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "declarations_appealdocumentevent" ("appeal_id", "evidence_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replaces") SELECT new_values."appeal_id", new_values."evidence_id", new_values."id", _pgh_attached_context.value, NOW(), \'update\', new_values."id", new_values."replaces" FROM ( SELECT new_values.* FROM old_values JOIN new_values ON (old_values."id") = (new_values."id") WHERE (old_values.* IS DISTINCT FROM new_values.*) ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="8bfa3d100a212f6a79c1b7fa59aae320db4e0b4b",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e8540",
                    referencing="REFERENCING OLD TABLE AS old_values  NEW TABLE AS new_values ",
                    table="declarations_appealdocument",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="appealdocument",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "declarations_appealdocumentevent" ("appeal_id", "evidence_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "replaces") SELECT old_values."appeal_id", old_values."evidence_id", old_values."id", _pgh_attached_context.value, NOW(), \'delete\', old_values."id", old_values."replaces" FROM ( SELECT old_values.* FROM old_values  ) AS old_values, _pgh_attached_context; RETURN NULL;',
                    hash="41efe0f20e04de04288977e964668614d9b3512a",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_d66f7",
                    referencing="REFERENCING OLD TABLE AS old_values ",
                    table="declarations_appealdocument",
                    when="AFTER",
                ),
            ),
        ),
    ]
