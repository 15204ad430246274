"""Public forms for verifying a credential."""

from django.urls import reverse

from faults.cases.f4.forms.form import Form, document
from faults.cases.f4.twins import holder_sums
from faults.web import filled
from tests import factories


def verify() -> Form:
    credential = factories.CredentialFactory()
    form = filled(certificate_number=credential.certificate_number, last_name=credential.holder.last_name)
    return Form(reverse("verification:verify"), form, None, lambda: holder_sums(credential.holder_id))


def verify_file() -> Form:
    holder = factories.HolderFactory()
    return Form(reverse("verification:by_file"), filled(file=document()), None, lambda: holder_sums(holder.pk))


FORMS = {"verify a credential": verify, "verify a file": verify_file}
NO_EFFECT = set(FORMS)
