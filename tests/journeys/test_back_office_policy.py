"""Every page of the back office in a browser: no CSP violation, and every control is reachable by keyboard."""

import pytest
from django.test import Client

from tests.fixtures import NOON
from tests.hostile.addresses import addresses
from tests.hostile.world import make
from tests.journeys import stops

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def staff(person, live_server, transactional_db, settings):
    """A member of staff, with the addresses that are a page to them."""
    settings.FEES = True
    world = make(NOON)

    def come(role):
        client, somebody = Client(), person()
        client.force_login(world.people[role])
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
        somebody.page.context.add_cookies([cookie | {"url": live_server.url}])
        places = [one.path for one in addresses(world) if one.route.startswith("admin/")]
        return somebody, [path for path in places if _is_page(client.get(path))]

    return come


def _is_page(answer):
    return answer.status_code == 200 and answer["Content-Type"].startswith("text/html")


def test_no_page_breaks_its_policy_and_the_keys_come_to_all_of_it(staff):
    missed = {}
    for role in ("registrar", "reviewer", "auditor", "administrator"):
        somebody, pages = staff(role)
        for path in pages:
            if path not in missed:
                somebody.opens(path)
                missed[path] = stops.missed_on(somebody.page)

    assert len(missed) > 50
    assert {path: found for path, found in missed.items() if found} == {}


def test_what_has_no_stop_and_what_lets_nobody_go_on_is_found(person):
    page = person().page
    page.set_content("<a href='#'>one</a> <a href='#' tabindex='-1'>two</a> <button>three</button>")
    assert [found[:21] for found in stops.missed_on(page)] == ["Tab never reaches <a "]

    page.set_content("<a href='#'>one</a> <button id='trap'>two</button>")
    page.evaluate("trap.addEventListener('keydown', (pressed) => pressed.preventDefault())")
    assert [found[:23] for found in stops.missed_on(page)] == ["Tab never leaves <butto"]


def test_what_scripts_do_there_keeps_to_the_policy(staff):
    somebody, _pages = staff("registrar")

    somebody.opens("/admin/credentials/credentialtype/export/")
    somebody.opens("/admin/education/provider/add/")
    somebody.clicks("Today", role="link")
    somebody.page.locator(".datetimeshortcuts .date-icon").first.click()
    somebody.page.locator(".calendar td a").first.click()
    somebody.opens("/admin/credentials/requirementset/?_facets=True")
    somebody.opens("/admin/credentials/credential/?q=%F0%9F%98%80&hold=suspended")

    assert somebody.page.locator("#changelist").is_visible()
