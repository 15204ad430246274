import pytest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe

from cmp_portal import gallery
from cmp_portal.lib import precompiled_partials as module
from credentials.models import Cycle
from education.queries import progress_page
from tests.factories import AllocationFactory, CreditFactory, CycleFactory, HolderUserFactory, MlsRequirementSetFactory

CARDS = [("_components/card.html", "card", one) for one in gallery.cards()]
ROWS = [("education/_row.html", "row", one) for one in gallery.rows()]


@pytest.fixture(autouse=True)
def _nothing_cast_before():
    module._cast.cache_clear()


def rendered(partial, **things):
    return module.squeezed(render_to_string(partial, things))


@pytest.mark.parametrize(("partial", "name", "thing"), CARDS + ROWS)
def test_filled_is_what_the_template_renders(partial, name, thing):
    assert module.filled(partial, **{name: thing}) == rendered(partial, **{name: thing})


@pytest.mark.parametrize(("partial", "name", "thing"), CARDS + ROWS)
def test_words_are_escaped_as_the_template_does(partial, name, thing):
    hostile = {
        field: """<b>'"&%s {{ 7 }}""" if isinstance(value, str) and value else value for field, value in thing.items()
    }

    assert module.filled(partial, **{name: hostile}) == rendered(partial, **{name: hostile})


def test_a_holders_own_page_is_what_the_templates_render(db, today):
    cycle = CycleFactory(requirement_set=MlsRequirementSetFactory())
    for subject in ("chemistry", "ethics", "safety"):
        AllocationFactory(cycle=cycle, credit__subjects=[subject], credit__title=f"A > B, 100 % of {subject}")
        CreditFactory(holder=cycle.holder, subjects=[subject])
    page = progress_page(HolderUserFactory(holder=cycle.holder), credential=None, cursor=None, on=today)
    parts = {"_standing.html": ("card", "timeline", "headline", "declare"), "_areas.html": ("areas",)}
    parts["_rules.html"] = ("rules", "verified", "source_text")

    assert Cycle.objects.count() == 1
    assert len(page.rows) == 6
    assert [module.filled("education/_row.html", row=row) for row in page.rows] == [
        rendered("education/_row.html", row=row) for row in page.rows
    ]
    for partial, names in parts.items():
        things = {name: getattr(page, name) for name in names}
        assert module.filled(f"education/{partial}", **things) == rendered(f"education/{partial}", **things)


def test_things_of_one_shape_share_a_mould():
    first, second = gallery.card(code="MLS(ASCP)"), gallery.card(code="SBB(ASCP)")

    texts = [module.filled("_components/card.html", card=one) for one in (first, second)]

    assert module._cast.cache_info().misses == 1
    assert [("MLS(ASCP)" in text, "SBB(ASCP)" in text) for text in texts] == [(True, False), (False, True)]


def test_a_word_that_is_missing_makes_another_shape():
    texts = [module.filled("_components/card.html", card=gallery.card(next_url=url)) for url in ("/there/", "")]

    assert ["/there/" in text for text in texts] == [True, False]
    assert module._cast.cache_info().misses == 2


def test_each_language_has_its_own_mould(settings):
    settings.LANGUAGES = [("en", "English"), ("es", "Spanish")]
    for language in ("en", "es"):
        with translation.override(language):
            module.filled("_components/card.html", card=gallery.card())

    assert module._cast.cache_info().misses == 2


def test_whoever_writes_a_partial_sees_it_anew(settings):
    settings.DEBUG = True

    module.filled("_components/card.html", card=gallery.card())

    assert module._cast.cache_info().currsize == 0


def test_a_list_is_filled_in_its_order():
    template = Template('{% load lean %}{% every "_components/card.html" card=cards %}')
    text = template.render(Context({"cards": [gallery.card(code="B & C"), gallery.card(code="A")]}))

    assert text.index("B &amp; C</h3>") < text.index(">A</h3>")


@pytest.mark.parametrize("stage", [mark_safe("<b>Open</b>"), "<b>Open\0</b>", "Open"])
def test_words_that_are_html_or_odd_are_escaped_one_by_one(stage):
    card = gallery.card(title="Ann & Bob", stage_label=stage)

    assert module.filled("_components/card.html", card=card) == rendered("_components/card.html", card=card)


def test_spaces_at_the_ends_of_a_line_go_and_between_words_stay():
    text = '<li class="a"> One <b>two</b> three </li>\n <p>\n Four </p> <pre> five </pre>'

    assert module.squeezed(text) == '<li class="a">One <b>two</b> three</li><p>Four</p><pre> five </pre>'
