"""The plain add and change pages of the back office, submitted with their initial values and a few changes."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.db.models import Model
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Holder, User
from audits.models import Colleague
from declarations.models import FeeFamily, FeeRate
from education.models import Provider
from faults.cases.f4.forms.form import Form, kept, of_holder, read_from, staff
from tests import factories

# The role that maintains each model.
KEEPERS = {
    Holder: Role.REGISTRAR,
    User: Role.ADMINISTRATOR,
    Provider: Role.ADMINISTRATOR,
    FeeRate: Role.ADMINISTRATOR,
    FeeFamily: Role.ADMINISTRATOR,
    Colleague: Role.ADMINISTRATOR,
}


def once() -> str:
    return f"new-{uuid4()}"[:30]


def a_type() -> int:
    return int(factories.CredentialTypeFactory(code=once()).pk)


def colleagues() -> dict[str, Any]:
    return {"auditor": staff(Role.AUDITOR).pk, "colleague": factories.HolderFactory().customer_number}


# Data for the add page of each model.
NEW: dict[type[Model], Callable[[], dict[str, Any]]] = {
    Holder: lambda: {"customer_number": once(), "first_name": "Ann", "last_name": "Newcomer", "birth_month": 4},
    Provider: lambda: {"code": once(), "title": "County Laboratory Network"},
    FeeRate: lambda: {"kind": "application", "family": once(), "applies_from": "2026-01-01", "amount": "95.00"},
    FeeFamily: lambda: {"credential_type": a_type(), "family": "technologist"},
    Colleague: colleagues,
}
# For each model, an instance and the data changed on it.
CHANGED: dict[type[Model], tuple[Callable[[], Model], dict[str, Any]]] = {
    Holder: (factories.HolderFactory, {"first_name": "Anna", "email": "corrected@example.org"}),
    User: (factories.HolderUserFactory, {"roles": ["reviewer", "auditor"]}),
    Provider: (lambda: factories.ProviderFactory(code=once(), title="County"), {"title": "County Laboratory Network"}),
    FeeRate: (factories.FeeRateFactory, {"amount": "105.00"}),
    FeeFamily: (lambda: factories.FeeFamilyFactory(credential_type_id=a_type()), {"family": "scientist"}),
    Colleague: (factories.ColleagueFactory, {"note": "They share an office."}),
}


def page_of(model: type[Model], name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def add(model: type[Model]) -> Callable[[], Form]:
    return lambda: read_from(page_of(model, "add"), staff(KEEPERS[model]), NEW[model]())


def change(model: type[Model]) -> Callable[[], Form]:
    def make() -> Form:
        prepared, said = CHANGED[model]
        row = prepared()
        keeper = staff(KEEPERS[model])
        return read_from(page_of(model, "change", row.pk), keeper, said, effect=kept(row, *said))

    return make


def leave() -> Form:
    user = factories.HolderUserFactory(roles=[Role.REGISTRAR])
    return of_holder("admin:logout", holder=user.holder_id, user=user)


FORMS = {f"add a {model._meta.verbose_name}": add(model) for model in NEW}
FORMS |= {f"change a {model._meta.verbose_name}": change(model) for model in CHANGED}
FORMS |= {"log out of the back office": leave}
# It only ends a session.
NO_EFFECT = {"log out of the back office"}
