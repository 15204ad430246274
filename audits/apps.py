from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditsConfig(AppConfig):
    name = "audits"

    def ready(self) -> None:
        from audits.permissions import objection
        from audits.queries.work import PASSED, to_approve
        from declarations.permissions import OBJECTIONS
        from declarations.queries.queue_filters import GROUPS, Group

        if objection not in OBJECTIONS:
            OBJECTIONS.append(objection)
        # What a reviewer still has to approve.
        GROUPS["audit_passed"] = Group(_("Audit passed"), PASSED, to_approve)
