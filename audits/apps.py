from django.apps import AppConfig
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class AuditsConfig(AppConfig):
    name = "audits"

    def ready(self) -> None:
        from audits.enums import AuditState
        from audits.permissions import objection
        from declarations.enums import State
        from declarations.permissions import OBJECTIONS
        from declarations.queries.queue_filters import STAGES, Stage

        if objection not in OBJECTIONS:
            OBJECTIONS.append(objection)
        # What a reviewer still has to approve.
        passed = Q(state=State.UNDER_AUDIT, declaration__audit__state=AuditState.PASSED)
        STAGES["audit_passed"] = Stage(_("Audit passed"), passed)
