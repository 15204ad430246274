import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser

from cmp_portal.lib import clock
from cmp_portal.lib.commands import Command as BaseCommand
from cmp_portal.operations.doctor import Level, examine

EXIT_WARNINGS, EXIT_PROBLEMS = 1, 2


class Command(BaseCommand):
    help = (
        "Check everything the portal needs, and report in plain words what is wrong and what to do: settings, static\n"
        "files, disk, broker, cache, documents, mail (nothing is sent), database, reference data, jobs, backlogs.\n"
        "Works without a database, and says so.\n\n"
        "Prints one line per check: ok, warning or problem."
    )
    exit_codes = {0: "all is well", EXIT_WARNINGS: "warnings", EXIT_PROBLEMS: "problems"}
    example = "manage.py doctor --json"
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object per line, with the counts on the last one"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        counts = Counter({level: 0 for level in Level})
        for finding in examine(at=clock.now()):
            counts[finding.level] += 1
            self.stdout.write(json.dumps(asdict(finding)) if options["json"] else str(finding))
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        if counts[Level.PROBLEM] or counts[Level.WARNING]:
            said = f"problems: {counts[Level.PROBLEM]}, warnings: {counts[Level.WARNING]}"
            raise CommandError(said, returncode=EXIT_PROBLEMS if counts[Level.PROBLEM] else EXIT_WARNINGS)
