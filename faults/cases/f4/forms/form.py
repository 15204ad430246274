"""A form of the portal about to be sent, with everything it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

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

    def send(self, port: int, times: int) -> list[Answer]:
        visitor = signed_in(self.user, port) if self.user else Visitor(port)
        return at_once([lambda: visitor.post(self.path, self.body)] * times)


def of_holder(name: str, *args: object, holder: int, user: User, **data: object) -> Form:
    return Form(reverse(name, args=args), filled(**data), user, lambda: holder_sums(holder))


def document() -> BytesIO:
    file = BytesIO(CERTIFICATE)
    file.name = "certificate.pdf"
    return file
