import pytest
from django.template import Context, Template

from cmp_portal.templatetags import lean

HEADER = Template('{% load lean %}{% kept "_components/header.html" view=view is_signed_in=is_signed_in %}')
PARTIALS = {"_components/header.html", "_components/mark.html"}


@pytest.fixture(autouse=True)
def _nothing_kept_from_before():
    lean._rendered.cache_clear()


@pytest.fixture
def names(client, db):
    """The templates a visit to the guide renders."""
    return lambda: {template.name for template in client.get("/").templates}


def header(**values):
    return HEADER.render(Context(values))


def test_a_kept_partial_is_rendered_once(names):
    first, second = names(), names()

    assert (first & PARTIALS, second & PARTIALS) == (PARTIALS, set())


def test_a_kept_partial_is_rendered_anew_for_those_who_write_it(names, settings):
    settings.DEBUG = True

    first, second = names(), names()

    assert (first & PARTIALS, second & PARTIALS) == (PARTIALS, PARTIALS)


def test_a_kept_partial_follows_its_values():
    told = [("Log out" in text, 'aria-current="page"' in text) for text in _headers()]

    assert told == [(True, True), (True, False), (False, False), (True, True)]


def _headers():
    yield header(view="account:dashboard", is_signed_in=True)
    yield header(view="guide", is_signed_in=True)
    yield header(view="account:dashboard", is_signed_in=False)
    yield header(view="account:dashboard", is_signed_in=True)


def test_a_kept_partial_escapes_its_values():
    text = Template('{% load lean %}{% kept "_components/footer.html" board_name=name %}').render(
        Context({"name": "Board <b>& Co</b>"})
    )

    assert "Board &lt;b&gt;&amp; Co&lt;/b&gt;" in text
