"""F11: enumeration: guessing IDs, UUIDs and certificate numbers reveals nothing, not even what exists."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import islice, product
from random import Random
from urllib.parse import quote, urlencode
from uuid import UUID

from django.apps import apps
from django.core.files.base import ContentFile
from django.db import connection
from django.urls import URLResolver, get_resolver
from django.urls.converters import IntConverter, PathConverter, StringConverter, UUIDConverter
from django.utils.regex_helper import normalize

from accounts.models import Holder, User
from credentials.models import Credential
from credentials.rules.claims import TRIES_A_DAY, TRIES_A_DAY_AT_A_CERTIFICATE
from declarations.enums import State
from faults.figures import Figure, rounds
from faults.tables import OURS, database_sums, differing
from faults.web import TIMEOUT, TOKEN, signed_in, start_web
from faults.world import World
from tests import factories
from tests.factories.education import CERTIFICATE

AT_ONCE = 4
MARK = "Zzyzx"  # appears in every text of the other holder's record, and nowhere else
NOTHING = {IntConverter: "99999999999999999", UUIDConverter: str(UUID(int=2**128 - 1)), PathConverter: "99999999999999"}
WORDS = {"area": "chemistry", "form": "csv", "move": "approve", "wanted": "match"}
# What legitimately differs between two responses to the same request.
BY_CHANCE = re.compile(rb'(name="csrfmiddlewaretoken" value=)"[^"]*"')
CHANCE = {"Connection", "Date", "Expires", "Set-Cookie", "X-Request-ID"}
TOO_MANY = TRIES_A_DAY_AT_A_CERTIFICATE + 2
# A wrong claim is recorded so that it counts toward the limit, and the record's holder is alerted.
KEPT = {"accounts_alert", "credentials_claim", "credentials_claimevent"}
MAY_BE = {302, 403, 404, 405, 422}
# Public verification pages: anyone may ask whether a document is valid, and an unknown one gets the same answer.
FOR_EVERYBODY = {"verify/%(uuid)s/"}


@dataclass(frozen=True)
class Target:
    """A route with an ID or UUID in it."""

    route: str
    parts: tuple[tuple[str, type[StringConverter | IntConverter]], ...]

    def path(self, key: Callable[[type[StringConverter | IntConverter]], str]) -> str:
        filled = {name: key(kind) if kind in NOTHING else WORDS.get(name, "1") for name, kind in self.parts}
        return "/" + self.route % filled


@dataclass
class Found:
    """What the guesses turned up."""

    asked: int = 0
    errors: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    unlike: list[str] = field(default_factory=list)


def targets() -> list[Target]:
    """All routes of the portal that take an ID or a UUID."""
    return [one for one in _targets(get_resolver()) if any(kind in NOTHING for _name, kind in one.parts)]


def _targets(resolver: URLResolver, before: str = "", above: tuple[tuple[str, type], ...] = ()) -> Iterator[Target]:
    for one in resolver.url_patterns:
        route, _names = normalize(one.pattern.regex.pattern)[0]
        kinds = (*above, *((name, type(kind)) for name, kind in one.pattern.converters.items()))
        if isinstance(one, URLResolver):
            yield from _targets(one, before + route, kinds)
        elif one.pattern.converters or not one.pattern.regex.groups:
            yield Target(before + route, kinds)


# --- The other holder's record ----------------------------------------------------------------------------------------


def begin_anew() -> int:
    """Restart every sequence at one common number, so that no own row shares an ID with a row of the other holder.

    Returns that number, the first ID of the rows made from now on.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'")
        sequences = cursor.fetchall()
        first = 1_000 + max(last or 0 for _name, last in sequences)
        for name, _last in sequences:
            cursor.execute(f"ALTER SEQUENCE {name} RESTART WITH {first}")
    return first


def foreign_record() -> Holder:
    """A holder with a row behind every route, all texts containing MARK."""
    holder: Holder = factories.HolderFactory(first_name=MARK, last_name=f"{MARK}son")
    user = factories.HolderUserFactory(holder=holder, email=f"{MARK}@example.org".lower())
    credential = factories.CredentialFactory(holder=holder, certificate_number=f"{MARK}-1")
    cycle = factories.CycleFactory(holder=holder, credential=credential)
    words = {"holder": holder, "title": f"{MARK} of the blood", "provider_name": f"{MARK} Hospital"}
    credit = factories.CreditFactory(self_recorded=True, **words)
    factories.AllocationFactory(cycle=cycle, credit=credit)
    picture = ContentFile(MARK.encode(), f"{MARK}.jpg")
    document = ContentFile(CERTIFICATE + MARK.encode(), f"{MARK}.pdf")
    factories.EvidenceFactory(credit=credit, name=f"{MARK}.pdf", file=document, preview=picture)
    factories.DisputeFactory(credit=factories.CreditFactory(holder=holder), raised_by=user, note=f"{MARK}!")
    factories.MatchFactory(recorded=credit)
    factories.SynchronisationRequestFactory(holder=holder)
    factories.FeeFactory(declaration=factories.DeclarationFactory(cycle=cycle, state=State.SUBMITTED), paid=True)
    factories.AlertFactory(holder=holder, title=f"{MARK} has news", body=MARK)
    for number in range(2, 12):
        factories.CredentialFactory(holder=holder, certificate_number=f"{MARK}-{number}")
    return holder


def keys(first: int) -> dict[type, list[str]]:
    """All IDs and UUIDs of rows made since `begin_anew`, in any table."""
    ours = [model for app in OURS for model in apps.get_app_config(app).get_models() if not model._meta.proxy]
    numbers: set[str] = set()
    uuids: set[str] = set()
    for model in ours:
        numbers |= {str(key) for key in model._default_manager.filter(pk__gte=first).values_list("pk", flat=True)}
        if any(one.name == "uuid" for one in model._meta.fields):
            uuids |= {str(key) for key in model._default_manager.filter(pk__gte=first).values_list("uuid", flat=True)}
    return {IntConverter: sorted(numbers), UUIDConverter: sorted(uuids), PathConverter: sorted(numbers)}


# --- The guesses ------------------------------------------------------------------------------------------------------


class Guesser:
    """A client with one keep-alive connection per thread."""

    def __init__(self, port: int, user: User) -> None:
        self.port, self.own = port, threading.local()
        cookies = {**signed_in(user, port).cookies, "csrftoken": TOKEN}
        said = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.headers = {"Host": "localhost", "Cookie": said, "Content-Type": "application/x-www-form-urlencoded"}

    def ask(self, method: str, path: str, **form: str) -> tuple[int, bytes]:
        """The status, and headers and body without what legitimately differs (date, request ID, CSRF token)."""
        body = urlencode({"csrfmiddlewaretoken": TOKEN, **form}) if method == "POST" else None
        try:
            self._line.request(method, path, body, self.headers)
            response = self._line.getresponse()
            page = response.read()
        except (OSError, HTTPException):  # an idle keep-alive connection was closed
            self._line.close()
            self._line.request(method, path, body, self.headers)
            response = self._line.getresponse()
            page = response.read()
        told = sorted((name, value) for name, value in response.getheaders() if name not in CHANCE)
        return response.status, BY_CHANCE.sub(rb"\1", repr(told).encode() + page)

    @property
    def _line(self) -> HTTPConnection:
        if not hasattr(self.own, "line"):
            self.own.line = HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        line: HTTPConnection = self.own.line
        return line


@dataclass(frozen=True)
class Guess:
    """A request for an ID or UUID that may exist; the answer is compared with that for one that can't."""

    method: str
    target: Target
    keys: tuple[tuple[type, str], ...]

    @property
    def path(self) -> str:
        return self.target.path(dict(self.keys).__getitem__)


def guesses(number: int, first: int) -> Iterator[Guess]:
    """Every real key at every route first; then random IDs and UUIDs."""
    chance, real, places = Random(number), keys(first), targets()
    known = max(len(one) for one in real.values())
    for turn in range(number):
        target = places[turn % len(places)]
        step = turn // len(places) // 2
        method = "GET" if turn // len(places) % 2 else "POST"
        if step < known:
            chosen = {kind: values[step % len(values)] for kind, values in real.items()}
        else:
            chosen = {kind: by_chance(kind, chance, first) for kind in real}
        yield Guess(method, target, tuple(chosen.items()))


def by_chance(kind: type, chance: Random, first: int) -> str:
    if kind is UUIDConverter:
        return str(UUID(int=chance.getrandbits(128), version=4))
    return str(first + chance.randrange(10 ** chance.randrange(2, 18)))


def without(path: str, said: bytes) -> bytes:
    """A response without the requested path, which the redirect to the login page repeats."""
    return said.replace(path.encode(), b"PATH").replace(quote(path, safe="").encode(), b"PATH")


def guess_all(guesser: Guesser, number: int, first: int) -> Found:
    found = Found()
    nothing = {}
    for method, one in product(("GET", "POST"), targets()):
        path = one.path(NOTHING.__getitem__)
        status, said = guesser.ask(method, path)
        nothing[method, one] = status, without(path, said)

    def judge(guess: Guess) -> None:
        status, said = guesser.ask(guess.method, guess.path)
        what = f"{status} {guess.method} {guess.path}"
        found.asked += 1
        if status >= 500:
            found.errors.append(what)
        if MARK.encode().lower() in said.lower():
            found.marked.append(what)
        is_closed = status in MAY_BE or guess.target.route in FOR_EVERYBODY
        if not is_closed or (status, without(guess.path, said)) != nothing[guess.method, guess.target]:
            found.unlike.append(what)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(judge, guesses(number, first)))
    return found


# --- Claims -----------------------------------------------------------------------------------------------------------


def newcomers(number: int) -> Iterator[User]:
    """Enough users without a record for that many wrong claims, and for two calls of `too_often`; created together."""
    return iter(factories.UserFactory.create_batch(number // TRIES_A_DAY + 1 + 2 * TOO_MANY))


def claim_answers(port: int, number: int, people: Iterator[User]) -> tuple[int, set[tuple[int, bytes]]]:
    """Wrong claims on held and on unknown certificates: the number of tries, and the distinct responses."""
    held = list(
        Credential.objects.filter(certificate_number__startswith=MARK).values_list("certificate_number", flat=True)
    )
    real = [one for one in held[1:] for _try in range(TRIES_A_DAY_AT_A_CERTIFICATE)]
    tried = real[:number] + [f"{MARK}-{1_000 + turn}" for turn in range(number - len(real))]
    Random(number).shuffle(tried)
    said = set()
    for start in range(0, len(tried), TRIES_A_DAY):
        newcomer = Guesser(port, next(people))
        said |= {claim(newcomer, certificate) for certificate in tried[start : start + TRIES_A_DAY]}
    return len(tried), said


def too_often(port: int, certificate: str, people: Iterator[User]) -> list[tuple[int, bytes]]:
    """The responses to users who claim the same certificate in turn, until its limit is exceeded."""
    return [claim(Guesser(port, one), certificate) for one in islice(people, TOO_MANY)]


def claim(guesser: Guesser, certificate: str) -> tuple[int, bytes]:
    form = {"certificate_number": certificate, "last_name": "Nobody", "birth_month": "1"}
    status, said = guesser.ask("POST", "/account/claim/", **form)
    # The certificate number is repeated in the page, so the length varies with it.
    return status, re.sub(rb"\('Content-Length', '\d+'\), ", b"", said.replace(certificate.encode(), b"CERTIFICATE"))


def prepare() -> tuple[User, int]:
    """Create the guesser, who has a record, and the other holder's; returns the guesser and the first foreign ID."""
    cycle = factories.CycleFactory(mls=True)
    factories.CreditFactory(holder=cycle.holder)
    user: User = factories.HolderUserFactory(holder=cycle.holder)
    first = begin_anew()
    foreign_record()
    return user, first


def run(world: World) -> Iterator[Figure]:
    number = rounds(10_000, full=100_000)
    # All guesses come from one address, whose limit would answer instead of the page.
    world.env["VERIFICATION_PER_ADDRESS"] = f"{number}/m/ip"
    port = start_web(world)
    claimed = max(200, number // 100)
    (user, first), people = prepare(), newcomers(claimed)
    before = database_sums(without=KEPT)
    found = guess_all(Guesser(port, user), number, first)
    asked = f"{found.asked:,} guesses at {len(targets())} addresses"
    yield Figure("F11", "answers that contain data of others", len(found.marked), of=asked)
    yield Figure("F11", "answers unlike the one for an unknown key", len(found.unlike), of="; ".join(found.unlike[:2]))
    yield Figure("F11", "5xx", len(found.errors))
    claims, said = claim_answers(port, claimed, people)
    yield Figure(
        "F11",
        "different answers to a wrong claim",
        len(said),
        1,
        of=f"{claims:,} claims, 100 of them for existing certificates",
    )
    differ = too_often(port, f"{MARK}-1", people) != too_often(port, f"{MARK}-9999", people)
    yield Figure("F11", "different answers to too many claims", int(differ))
    changed = differing(before, database_sums(without=KEPT))
    yield Figure("F11", "tables in which rows of others changed", len(changed), of=", ".join(changed))
