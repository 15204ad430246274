import pytest
from django.contrib import admin
from django.urls import reverse
from import_export.admin import ImportExportMixin

from accounts.enums import Permission, Role
from cmp_portal.lib.admin import PermissionAdmin
from credentials.models import Credential
from tests.factories import SubjectFactory, UserFactory


class Careless(ImportExportMixin, PermissionAdmin):
    """Says nothing of who may take the list along, or bring one."""

    see = keep = Permission.SEE_RECORDS


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.REGISTRAR, Role.ADMINISTRATOR])
def test_list_is_neither_taken_along_nor_brought_unless_its_admin_says_so(db, rf, role):
    request, careless = rf.get("/"), Careless(Credential, admin.site)
    request.user = UserFactory(roles=[role])

    assert (careless.has_export_permission(request), careless.has_import_permission(request)) == (False, False)


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_exported_cell_is_no_formula(db, client, start):
    SubjectFactory(code="sums", title=f"{start}1+1")
    client.force_login(UserFactory(roles=[Role.REVIEWER]))
    asked = {"format": "0", "resource": "0", "subjectresource_code": "on", "subjectresource_title": "on"}

    answer = client.post(reverse("admin:credentials_subject_export"), asked)

    assert answer.content.decode() == f"code,title\r\nsums,'{start}1+1\r\n"
