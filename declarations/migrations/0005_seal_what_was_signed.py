"""Seals for what was signed before there were seals. They say so, and only what is certain: `afterwards`.

The row of a declaration tells of its newest submission. Of the ones before it only their shares are certain.
"""

from datetime import UTC

from django.db import migrations

from credentials.enums import Per
from credentials.rules import Area, Requirements, Rule, plain_requirements
from declarations.rules import chained, digest_of

BATCH = 500


def seal_what_was_signed(apps, schema_editor):
    Declaration = apps.get_model("declarations", "Declaration")
    unsealed = Declaration.objects.filter(received_at__isnull=False, declared__isnull=False, seals__isnull=True)
    related = ("cycle__credential__credential_type", "attestation", "requirement_set__credential_type")
    terms = Signed(apps)
    done = 0
    while batch := list(unsealed.filter(pk__gt=done).distinct().select_related(*related).order_by("pk")[:BATCH]):
        seal_all(apps, batch, terms)
        done = batch[-1].pk


def seal_all(apps, declarations, terms):
    last_rows = {}
    rows = apps.get_model("declarations", "DeclaredCredit").objects.filter(declaration__in=declarations)
    for row in rows.order_by("submission", "position").only("declaration_id", "submission", "position", "hash"):
        last_rows.setdefault(row.declaration_id, {})[row.submission] = row
    Seal = apps.get_model("declarations", "Seal")
    Seal.objects.bulk_create(
        [Seal(**one) for each in declarations for one in seals_of(each, last_rows[each.pk], terms)]
    )


def seals_of(declaration, last_rows, terms):
    before = ""
    for submission, row in sorted(last_rows.items()):
        content = {
            "format": 1,
            "afterwards": True,
            "submission": submission,
            "previous_seal": before,
            "shares": row.position,
        }
        if submission == max(last_rows):
            content |= said_by(declaration) | terms.of(declaration)
        before = chained(row.hash, content)
        yield {
            "declaration": declaration,
            "submission": submission,
            "content": content,
            "previous_hash": row.hash,
            "hash": before,
        }


def said_by(declaration):
    cycle, credential = declaration.cycle, declaration.cycle.credential
    return {
        "number": declaration.number,
        "received_at": declaration.received_at.astimezone(UTC).isoformat(),
        "received_on": declaration.received_on.isoformat(),
        "credential": credential.credential_type.code,
        "certificate_number": credential.certificate_number,
        "cycle": {"starts_on": cycle.starts_on.isoformat(), "ends_on": cycle.ends_on.isoformat()},
        "window": {
            "starts_on": declaration.window_starts_on.isoformat(),
            "ends_on": declaration.window_ends_on.isoformat(),
        },
        "total": {"needed": str(declaration.requirement_set.total), "counted": str(declaration.counted)},
    }


class Signed:
    """Requirements are frozen since the first signature, and a signed wording is not rewritten: both are as they were."""

    def __init__(self, apps):
        self.model = apps.get_model("declarations", "Terms")
        self.known = {}

    def of(self, declaration):
        wording, requirements = declaration.attestation, declaration.requirement_set
        said = {"version": wording.version, "text": wording.text}
        return {
            "attestation": self.digest("attestation", wording, lambda: said),
            "requirements": self.digest("requirements", requirements, lambda: plain_requirements(lifted(requirements))),
        }

    def digest(self, kind, row, told):
        key = (kind, row.pk)
        if key not in self.known:
            content = told()
            digest = digest_of(content)
            self.model.objects.get_or_create(digest=digest, defaults={"content": content})
            self.known[key] = {"version": row.version, "sha256": digest}
        return self.known[key]


def lifted(row):
    return Requirements(
        credential=row.credential_type.code,
        areas=tuple(map(lifted_area, row.areas.order_by("position"))),
        rules=tuple(map(lifted_rule, row.rules.order_by("position"))),
        **{
            name: getattr(row, name)
            for name in ("title", "version", "applies_from", "total", "step", "verified", "source", "note")
        },
    )


def lifted_area(row):
    said = {name: getattr(row, name) for name in ("code", "title", "minimum", "maximum")}
    return Area(accepts=frozenset(row.accepts), **said)


def lifted_rule(row):
    filters = {name: frozenset(getattr(row, name)) or None for name in ("kinds", "subjects", "providers", "areas")}
    said = {name: getattr(row, name) for name in ("code", "title", "minimum", "maximum")}
    return Rule(per=Per(row.per), **said, **filters)


class Migration(migrations.Migration):
    dependencies = [
        ("credentials", "0005_claims"),
        ("declarations", "0004_seals_and_terms"),
    ]

    operations = [migrations.RunPython(seal_what_was_signed, migrations.RunPython.noop)]
