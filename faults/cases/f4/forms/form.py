"""A form of the portal about to be sent, with everything it needs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.urls import reverse

from accounts.models import User
from faults.cases.f4.twins import holder_sums
from faults.web import Answer, Visitor, at_once, filled, signed_in
from tests.factories.education import CERTIFICATE


@dataclass(frozen=True)
class Form:
    """A form about to be sent, and what shows its effect."""

    path: str
    body: bytes
    user: User | None
    effect: Callable[[], object]
    # What the visitor's session holds besides who they are.
    session: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def send(self, port: int, times: int) -> list[Answer]:
        visitor = signed_in(self.user, port, self.session) if self.user or self.session else Visitor(port)
        visitor = Visitor(port, visitor.cookies, self.headers)
        return at_once([lambda: visitor.post(self.path, self.body)] * times)


def of_holder(name: str, /, *args: object, holder: int, user: User, **data: object) -> Form:
    return Form(reverse(name, args=args), filled(**data), user, lambda: holder_sums(holder))


def document() -> BytesIO:
    file = BytesIO(CERTIFICATE)
    file.name = "certificate.pdf"
    return file
