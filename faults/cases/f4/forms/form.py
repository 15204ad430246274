"""A form ready to submit, with everything it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.db.models import Model
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from faults.cases.f4.twins import holder_sums
from faults.pages import fields_to
from faults.web import Answer, Visitor, at_once, filled, signed_in
from tests import factories
from tests.factories.education import CERTIFICATE


@dataclass(frozen=True)
class Form:
    """A form ready to submit; `effect` reads the state it changes, where row counts don't show it."""

    path: str
    body: bytes
    user: User | None
    effect: Callable[[], object] = str
    # Session data beyond the login.
    session: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, port: int, times: int) -> list[Answer]:
        visitor = signed_in(self.user, port, self.session) if self.user or self.session else Visitor(port)
        visitor = Visitor(port, visitor.cookies, self.headers)
        body = self.body_for(visitor)
        return at_once([lambda: visitor.post(self.path, body)] * times)

    def body_for(self, visitor: Visitor) -> bytes:
        return self.body


@dataclass(frozen=True)
class ReadForm(Form):
    """A form read from its page, hidden fields included, with some fields overridden."""

    page: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)

    def body_for(self, visitor: Visitor) -> bytes:
        text = visitor.get(self.page).body.decode()
        return filled(**{**fields_to(self.path, page=self.page, text=text), **self.said})


def read_from(
    page: str, user: User, said: Mapping[str, Any] | None = None, *, to: str = "", effect: Callable[[], object] = str
) -> Form:
    """A form read from a page; submitted to `to`, by default the page itself."""
    return ReadForm(to or page, b"", user, effect, page=page, said=said or {})


def of_holder(name: str, /, *args: object, holder: int, user: User, **data: object) -> Form:
    return Form(reverse(name, args=args), filled(**data), user, lambda: holder_sums(holder))


def document(content: bytes = CERTIFICATE) -> BytesIO:
    file = BytesIO(content)
    file.name = "certificate.pdf"
    return file


def kept(row: Model, *names: str) -> Callable[[], object]:
    """A function that reads the row's current values."""
    rows = type(row)._base_manager.filter(pk=row.pk)
    return lambda: rows.values_list(*names).get()


def staff(role: Role) -> User:
    user: User = factories.UserFactory(roles=[role])
    return user
