from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from education.models import Evidence
from faults.cases.f4.forms.credits import own_credit
from faults.cases.f8 import form
from tests.factories import HolderUserFactory


def test_hostile_files_are_kept_or_refused_with_a_word(db, client):
    credit = own_credit()
    client.force_login(HolderUserFactory(holder=credit.holder))
    path = reverse("education:evidence_add", args=[credit.uuid])

    answers = {client.generic("POST", path, form(seed), MULTIPART_CONTENT).status_code for seed in range(60)}

    # 400: a name longer than any header may be.
    assert answers == {302, 400}
    assert Evidence.objects.exists()
