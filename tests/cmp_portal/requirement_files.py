"""Small files of requirements, and how they are loaded."""

import io

from django.core.management import CommandError, call_command

from credentials.models import CredentialType, RequirementSet
from tests.credentials.rules.files import SMALL
from tests.factories import AllocationFactory, CredentialFactory, CreditFactory, CycleFactory

WITHOUT_CHEMISTRY = SMALL.replace('code = "chemistry"', 'code = "hematology"').replace(
    '["chemistry"]', '["hematology"]'
)
NEXT = SMALL.replace('version = "1"', 'version = "2"\napplies_from = 2027-01-01')
EACH = """
[[rule]]
code = "each"
title = "Each article"
kinds = ["article"]
maximum = "1"
per = "item"
"""


def load_texts(folder, *texts, **options):
    """Load these texts as files; tells exit code, output and complaints."""
    files = [folder / f"set-{number}.toml" for number in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return command(*files, **options)


def command(*files, **options):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("load_requirements", *map(str, files), stdout=out, stderr=err, **options)
    except CommandError as refusal:
        return refusal.returncode, out.getvalue().splitlines(), err.getvalue().splitlines()
    return 0, out.getvalue().splitlines(), err.getvalue().splitlines()


def cycle_of_mls(**fields):
    kind = CredentialType.objects.get(code="MLS(ASCP)")
    return CycleFactory(
        credential=CredentialFactory(credential_type=kind), requirement_set=RequirementSet.objects.get(), **fields
    )


def share(cycle, code):
    credit = CreditFactory(holder=cycle.holder, subjects=[code if code != "rest" else "management"])
    return AllocationFactory(cycle=cycle, credit=credit, area=cycle.requirement_set.areas.get(code=code))
