"""Overload and outage pages are in the visitor's language and theme, whatever is busy or down."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from threading import Event

import pytest
from django.db import connection

from cmp_portal.lib import throttled_work
from cmp_portal.lib.services.processes import free_port
from tests.journeys import contrast, spacing, violations
from tests.journeys.conftest import Person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Of nobody in particular, and asks the database.
PAGE = "/audits/rounds/"
DARK = 64  # of 255
OUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> %s"


@contextmanager
def crowded(settings):
    settings.REQUESTS_AT_ONCE = 0
    yield


@contextmanager
def flooded(settings):
    """All places of those whose password is to be checked are taken, as one who finds none shows."""
    settings.PASSWORD_HASHERS = ["cmp_portal.lib.hashing.GentleArgon2PasswordHasher"]
    go_on = Event()
    with ThreadPoolExecutor(throttled_work.WAITING + 1) as crowd:
        wait(
            [crowd.submit(throttled_work.run_throttled, go_on.wait) for _one in range(throttled_work.WAITING + 1)],
            None,
            FIRST_COMPLETED,
        )
        try:
            yield
        finally:
            go_on.set()


@contextmanager
def away(_settings):
    """Nobody gets into the database, and who was in is out, but for this test's own connection."""
    connection.ensure_connection()
    name, mine = connection.settings_dict["NAME"], connection.connection.info.backend_pid
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            cursor.execute(OUT, [name, mine])
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@contextmanager
def slow(_settings):
    """What the page asks for is locked, and nobody waits long for a lock."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE \"{name}\" SET lock_timeout = '100ms'")
        cursor.execute(OUT, [name, connection.connection.info.backend_pid])  # who was in would wait for good
        try:
            cursor.execute("BEGIN; LOCK TABLE audits_round IN ACCESS EXCLUSIVE MODE")
            yield
        finally:
            cursor.execute("ROLLBACK")
            cursor.execute(f'ALTER DATABASE "{name}" RESET lock_timeout')


@contextmanager
def mute(settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "127.0.0.1"
    settings.EMAIL_PORT = free_port()  # where nobody listens
    yield


def looks(somebody):
    somebody.opens(PAGE)


def logs_in(somebody):
    somebody.page.locator("input[name=login]").fill("mara@example.org")
    somebody.page.locator("input[name=password]").fill("nine tubes of citrate")
    somebody.page.locator("main form button[type=submit]").first.click()


def asks_for_a_password(somebody):
    somebody.opens("/account/password/reset/")
    somebody.page.locator("input[name=email]").fill("mara@example.org")
    somebody.page.locator("main form button[type=submit]").first.click()


# What is wrong, what somebody does then, and what they read.
TROUBLES = {
    "crowded": (
        crowded,
        looks,
        {"en": "Many people are using the portal right now", "es": "hay muchísimas personas aquí"},
    ),
    "flooded": (flooded, logs_in, {"en": "Many people are logging in right now", "es": "Muchísimas personas están"}),
    "away": (away, looks, {"en": "The portal is not available right now", "es": "El portal no puede funcionar"}),
    "mute": (mute, asks_for_a_password, {"en": "We can't send email right now", "es": "no puede salir ningún correo"}),
    "slow": (slow, looks, {"en": "This took longer than it should", "es": "Esto tarda más de lo debido"}),
}


@pytest.fixture(params=["en", "es"])
def visitor(request, browser, live_server, monkeypatch):
    """Somebody about to log in, whose browser asks for a language; one of their pages may be an error of ours."""
    monkeypatch.setattr(throttled_work, "REST", 0)  # nobody comes after the flood
    context = browser.new_context(locale=f"{request.param}-US")
    somebody = Person(context.new_page(), live_server.url)
    somebody.language = request.param
    somebody.opens("/account/login/")
    yield somebody
    context.close()


@pytest.mark.parametrize("trouble", TROUBLES)
def test_who_is_asked_to_come_back_can_read_it(visitor, settings, trouble):
    happens, does, words = TROUBLES[trouble]
    answers = []
    visitor.page.on("response", lambda answer: answers.append((answer.status, "retry-after" in answer.headers)))

    with happens(settings):
        does(visitor)
        visitor.sees(words[visitor.language])

    assert (503, True) in answers
    assert visitor.page.locator("html").get_attribute("lang") == visitor.language
    assert {look: faults for look, faults in _looks(visitor.page, trouble) if faults} == {}


def _looks(page, name):
    page.wait_for_load_state()
    for scheme, width in ((scheme, width) for scheme in ("light", "dark") for width in (320, 1280)):
        page.set_viewport_size({"width": width, "height": 700})
        page.emulate_media(color_scheme=scheme)
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
        is_dark = _ground(page) < DARK
        yield (
            f"{name} {scheme} {width}",
            [
                *violations.on(page),
                *contrast.too_weak_on(page),
                *([] if is_dark == (scheme == "dark") else [f"background lightness is {_ground(page)} of 255"]),
            ],
        )
    yield f"{name}, with wider spacing", list(spacing.lost_on(page))


def _ground(page):
    """How light what is behind the words is, from 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return max(int(part) for part in colour.removeprefix("rgba(").removeprefix("rgb(").strip(")").split(",")[:3])
