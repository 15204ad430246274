"""Where the back office shows feeds and their lines, and what is sent to it."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.education.feeds import HEAD, LINE

UNKNOWN = {"external_id": "A-9", "customer_number": "999", "last_name": "Black", "birth_month": 4}


def page_of(batch):
    return reverse("admin:education_intakebatch_change", args=[batch.pk])


def line_of(row, verb="change"):
    return reverse(f"admin:education_intakerow_{verb}", args=[row.pk])


def upload(client, content=f"{HEAD}\n{LINE}\n", name="march.csv", provider=None):
    file = SimpleUploadedFile(name, content.encode())
    return client.post(reverse("admin:education_intakebatch_add"), {"provider": provider.pk, "file": file})
