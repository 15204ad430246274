from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("declarations", "0014_refunds_at_the_service"),
    ]

    operations = [
        ValidateConstraint(model_name="paymentevent", name="payment_event_outcome_is_known"),
        ValidateConstraint(model_name="refund", name="refund_has_reason"),
        ValidateConstraint(model_name="refund", name="refund_has_author"),
    ]
