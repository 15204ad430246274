"""The doctor's checks of settings and machine."""

import pytest

from cmp_portal.operations.doctor import local


@pytest.mark.parametrize("check", local.CHECKS)
def test_the_house_is_well(levels, check):
    assert levels(check) == ["ok"]


def test_production_as_it_should_be_is_well(told, production):
    assert told(local.dangerous_settings) == [("ok", "fit for production")]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", True),
        ("DEMO", True),
        ("SECRET_KEY", "development-only-" + "x" * 50),
        ("SECRET_KEY", "short"),
        ("SITE_URL", "http://cmp.example.org"),
        ("STAFF_SECOND_FACTOR", False),
        ("ALLOWED_HOSTS", ["*"]),
        ("METRICS_NETWORKS", ["0.0.0.0/0"]),
        ("METRICS_TOKEN", "short"),
    ],
)
def test_a_dangerous_setting_is_a_problem_in_production(levels, production, name, value):
    setattr(production, name, value)

    assert levels(local.dangerous_settings) == ["problem"]


def test_no_scanner_is_a_warning_in_production(levels, production):
    production.EVIDENCE_SCANNER = ""

    assert levels(local.dangerous_settings) == ["ok", "warning"]


def test_an_unknown_time_zone_is_a_problem(levels, settings):
    settings.BOARD_TIME_ZONE = "America/Springfield"

    assert levels(local.time_zones) == ["problem"]


def test_static_files_that_are_not_collected_are_a_problem(levels, settings, tmp_path):
    manifest = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": manifest}
    settings.STATIC_ROOT = tmp_path

    assert levels(local.static_files) == ["problem"]
