import hashlib
from typing import Any
from uuid import uuid4

import factory
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile

from accounts.enums import AlertKind, ChangeKind, Channel, LetterKind, RequestState
from accounts.models import (
    Alert,
    CalendarFeed,
    Change,
    ChangeDocument,
    Correspondence,
    Digest,
    Holder,
    JobRun,
    Letter,
    Preference,
    StaffIdentity,
    User,
)
from cmp_portal.lib import clock
from tests.factories.following import FollowingFactory

PASSWORD = "correct-horse-battery-staple"
PASSPORT = b"%PDF-1.7\n% A page of a passport\n%%EOF\n"


class HolderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Holder

    customer_number = factory.Sequence(lambda n: f"{10_000_000 + n}")
    first_name = factory.Iterator(["Amara", "Jonas", "Mei", "Rosa", "Samuel", "Priya", "Tomasz", "Leila"])
    last_name = factory.Iterator(["Okafor", "Lindqvist", "Tanaka", "Delgado", "Brooks", "Raman", "Nowak", "Haddad"])
    birth_month = factory.Sequence(lambda n: n % 12 + 1)
    email = factory.Sequence(lambda n: f"holder{n}@example.org")


class UserFactory(factory.django.DjangoModelFactory):
    """An account with PASSWORD and a confirmed email address; `roles=[…]` for staff and providers."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.org")
    password = PASSWORD
    roles: list[str] = []

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return User.objects.create_user(*args, **kwargs)

    @factory.post_generation
    def confirmed(user: User, create: bool, extracted: bool | None) -> None:
        if create and extracted is not False:
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


class HolderUserFactory(UserFactory):
    """An account linked to its holder's record."""

    holder = factory.SubFactory(HolderFactory)


class StaffIdentityFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StaffIdentity

    user = factory.SubFactory(UserFactory, roles=["reviewer"])
    issuer = "https://login.example.org"
    subject = factory.Sequence(lambda n: f"subject-{n}")
    linked_at = factory.LazyFunction(clock.now)


class AlertFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Alert

    holder = factory.SubFactory(HolderFactory)
    kind = AlertKind.CREDIT_POSTED
    key = factory.Sequence(lambda n: f"credit-posted:{n}")
    title = "2.00 points from Laboratory Education Network"
    body = "“Troubleshooting ABO discrepancies” is in your record. Allocate it to a requirement."
    created_at = factory.LazyFunction(clock.now)


class PreferenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Preference

    holder = factory.SubFactory(HolderFactory)
    kind = AlertKind.CREDIT_POSTED
    channel = Channel.NEVER


class CorrespondenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Correspondence

    holder = factory.SubFactory(HolderFactory)
    time_zone = "Pacific/Honolulu"


class DigestFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Digest

    holder = factory.SubFactory(HolderFactory)
    day = factory.LazyFunction(clock.today)
    gathered_at = factory.LazyFunction(clock.now)


class JobRunFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = JobRun

    name = "roll_cycles"
    started_at = factory.LazyFunction(clock.now)


class CalendarFeedFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CalendarFeed

    holder = factory.SubFactory(HolderFactory)
    uuid = factory.LazyFunction(uuid4)
    created_at = factory.LazyFunction(clock.now)


class LetterFactory(factory.django.DjangoModelFactory):
    """An invitation to the address on file, not yet sent unless `sent`."""

    class Meta:
        model = Letter

    class Params:
        sent = factory.Trait(emailed_at=factory.LazyFunction(clock.now))

    holder = factory.SubFactory(HolderFactory)
    kind = LetterKind.INVITATION
    email = factory.LazyAttribute(lambda o: o.holder.email)
    written_at = factory.LazyFunction(clock.now)


class ChangeFactory(factory.django.DjangoModelFactory):
    """A pending change of name; or of `address`; or `declined`."""

    class Meta:
        model = Change

    class Params:
        address = factory.Trait(kind=ChangeKind.ADDRESS, first_name="", last_name="", email="new@example.org")
        declined = factory.Trait(
            state=RequestState.DECLINED,
            decided_at=factory.LazyFunction(clock.now),
            decided_by=factory.SubFactory(UserFactory),
            note="The document shows another name.",
        )

    holder = factory.SubFactory(HolderFactory)
    kind = ChangeKind.NAME
    first_name = "Amara"
    last_name = "Okafor-Lindqvist"
    requested_at = factory.LazyFunction(clock.now)
    requested_by = factory.SubFactory(UserFactory)


class ChangeDocumentFactory(FollowingFactory):
    class Meta:
        model = ChangeDocument

    _follows = {"holder": ["change.holder"]}

    holder = factory.SubFactory(HolderFactory)
    change = factory.SubFactory(ChangeFactory, holder=factory.SelfAttribute("..holder"))
    name = "passport.pdf"
    file = factory.LazyAttribute(lambda o: ContentFile(PASSPORT, name=o.name))
    media_type = "application/pdf"
    size = len(PASSPORT)
    sha256 = hashlib.sha256(PASSPORT).hexdigest()
    uploaded_at = factory.LazyFunction(clock.now)
