from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"

    def ready(self) -> None:
        from audits.permissions import objection
        from declarations.permissions import OBJECTIONS

        if objection not in OBJECTIONS:
            OBJECTIONS.append(objection)
