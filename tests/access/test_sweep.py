"""The access matrix lists every route and back-office action, and nothing else."""

from types import ModuleType

import pytest
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.urls import URLResolver, get_resolver, path
from django.urls.resolvers import RegexPattern

from accounts.models import Holder
from cmp_portal import urls
from tests.access import sweep
from tests.access.table import ACTIONS, ADDRESSES

NAMES = {address.name for address in ADDRESSES}
OFFERED = {(action.model, action.name) for action in ACTIONS}


def names(resolver=None):
    return {name for name, _route in sweep.addresses(resolver or get_resolver())}


def test_every_address_has_a_line():
    assert sorted(names() - NAMES) == []


def test_every_line_has_an_address():
    assert sorted(NAMES - names()) == []


def test_every_action_has_a_line():
    assert sorted(set(sweep.actions(admin.site)) - OFFERED) == []


def test_every_line_has_an_action():
    assert sorted(OFFERED - set(sweep.actions(admin.site))) == []


def nothing(request):
    return HttpResponse()


@pytest.mark.parametrize(
    ("added", "missed"),
    [
        (path("new/", nothing, name="new"), "new"),
        (path("new/<int:pk>/", nothing), "new/<int:pk>/"),
        (path("new/", ([path("inner/", nothing, name="inner")], "app", "space")), "space:inner"),
        (path("other/", AdminSite(name="other").urls), "other:login"),
    ],
)
def test_new_address_is_missed(added, missed):
    new = ModuleType("new_urls")
    new.urlpatterns = [*urls.urlpatterns, added]

    assert missed in names(URLResolver(RegexPattern(r"^/"), new)) - NAMES


def test_new_action_is_missed(monkeypatch):
    monkeypatch.setattr(admin.site._registry[Holder], "actions", [nothing])

    assert set(sweep.actions(admin.site)) - OFFERED == {("accounts.Holder", "nothing")}


def test_new_action_for_all_lists_is_missed(monkeypatch):
    monkeypatch.setitem(admin.site._actions, "nothing", nothing)

    assert ("audits.Round", "nothing") in set(sweep.actions(admin.site)) - OFFERED
