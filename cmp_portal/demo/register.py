"""The demo's initial register: staff, providers, holders, credentials and their first cycles."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from accounts.models import Holder, User
from cmp_portal.demo.signins import ADMIN, PASSWORD, STAFF
from cmp_portal.demo.stories import Chapter, Person, Story, certified_on, chapters_of
from credentials.enums import Hold
from credentials.models import Credential, CredentialType, Cycle, RequirementSet
from credentials.rules import newest_for
from education.models import Provider

FIRST_CUSTOMER = 10020001
FIRST_CERTIFICATE = 700101
PROVIDERS = {
    "midwest-lab-society": "Midwest Society for Laboratory Medicine (sample)",
    "sample-transfusion-network": "Sample Network of Transfusion Services",
    "atlantic-lab-academy": "Atlantic Laboratory Academy (sample)",
    "sample-pathology-forum": "Sample Forum of Pathology Professionals",
    "open-bench-learning": "Open Bench Learning (sample)",
}


@dataclass
class Told:
    """A story with its rows; cycles are looked up by first day, since renewals create the later ones."""

    story: Story
    chapters: list[Chapter]
    credential: Credential
    user: User | None

    def cycle(self, chapter: Chapter) -> Cycle:
        cycles = Cycle.objects.select_related("credential__credential_type", "requirement_set__credential_type")
        return cycles.get(credential=self.credential, starts_on=chapter.starts_on)


@dataclass
class Register:
    """The rows written, for later steps."""

    staff: dict[str, User] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def holders(self) -> dict[Holder, list[Told]]:
        """Stories by holder, in order of creation."""
        of: dict[Holder, list[Told]] = {}
        for one in self.told:
            of.setdefault(one.credential.holder, []).append(one)
        return of


def write_register(people: Iterable[Person], *, on: date, at: datetime) -> Register:
    """Write all people with their credentials and those cycles that no renewal will create."""
    chance = Random("register")  # noqa: S311 (a story, not a secret)
    # Hashed once for all accounts, as hashing is slow; the demo password is no secret.
    password = make_password(PASSWORD)
    register = Register(staff={email: _user(email, roles=roles, password=password) for email, roles in STAFF.items()})
    Provider.objects.bulk_create(
        [Provider(code=code, title=title) for code, title in PROVIDERS.items()], ignore_conflicts=True
    )
    types = {one.code: one for one in CredentialType.objects.all()}
    for number, person in enumerate(people):
        holder = _holder(person, FIRST_CUSTOMER + number, chance)
        user = _user_of(person, holder, password)
        for story in person.stories:
            certificate = FIRST_CERTIFICATE + 37 * len(register.told)
            credential = _credential(story, holder, types[story.credential], certificate, on=on, chance=chance)
            register.told.append(Told(story, chapters_of(story, on), credential, user))
    _hold(register, at=at)
    _write_first_cycles(register.told, on=on)
    return register


def _holder(person: Person, number: int, chance: Random) -> Holder:
    return Holder.objects.create(
        customer_number=str(number),
        first_name=person.first_name,
        last_name=person.last_name,
        birth_month=chance.randint(1, 12),
        email=person.address,
    )


def _user_of(person: Person, holder: Holder, password: str) -> User | None:
    """The account of a person who has an email address or has declared before; only the former get a password."""
    if person.email:
        return _user(person.email, holder=holder, password=password)
    declared = any(story.acts or story.renewed_before for story in person.stories)
    return _user(person.address, holder=holder) if declared else None


def _user(email: str, *, holder: Holder | None = None, roles: Iterable[str] = (), password: str = "") -> User:
    encoded = password or make_password(None)
    user = User.objects.create(email=email, password=encoded, holder=holder, roles=list(roles))
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _credential(
    story: Story, holder: Holder, kind: CredentialType, certificate: int, *, on: date, chance: Random
) -> Credential:
    chapters = chapters_of(story, on)
    return Credential.objects.create(
        holder=holder,
        credential_type=kind,
        certificate_number=str(certificate),
        certified_on=certified_on(story, chapters, chance.randint(0, 3)),
        anchor_on=chapters[-1].ends_on if chapters else None,
    )


def _hold(register: Register, *, at: datetime) -> None:
    for one in register.told:
        if one.story.hold != Hold.NONE:
            one.credential.hold, one.credential.hold_reason = one.story.hold, one.story.hold_reason
            one.credential.hold_by, one.credential.hold_at = register.staff[ADMIN], at
            one.credential.save()


def _write_first_cycles(told: Iterable[Told], *, on: date) -> None:
    sets = list(RequirementSet.objects.all())
    Cycle.objects.bulk_create(
        Cycle(
            holder=one.credential.holder,
            credential=one.credential,
            requirement_set=newest(sets, one.credential.credential_type_id, _judged_on(one.chapters, on)),
            starts_on=first.starts_on,
            ends_on=first.ends_on,
        )
        for one in told
        for first in one.chapters[:1]
    )


def _judged_on(chapters: list[Chapter], on: date) -> date:
    """The date that selects the first cycle's requirements: its end, or today if it expired without renewal."""
    return chapters[0].ends_on if len(chapters) > 1 else max(chapters[0].ends_on, on)


def newest(sets: Iterable[RequirementSet], kind: int, day: date) -> RequirementSet:
    """The newest requirements of a credential type that apply to a cycle ending on `day`; LookupError if none do."""
    if found := newest_for((one for one in sets if one.credential_type_id == kind), day):
        return found
    raise LookupError(f"no requirement set of credential type {kind} applies on {day}")
