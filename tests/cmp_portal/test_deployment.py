import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
# Not in production; said by `wsgi.py`; taken by the store.
APART = {"CMP_DEBUG", "CMP_DEMO", "CMP_WEB", "EVIDENCE_ROOT"}
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_service_waits_for_the_migration(name):
    waits_for = COMPOSE["services"][name]["depends_on"]

    assert waits_for["migrate"] == {"condition": "service_completed_successfully"}


def test_every_setting_can_be_made():
    source = (ROOT / "cmp_portal" / "settings.py").read_text()
    read = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', source)) | {"CMP_ENV"}

    assert read - APART == set(COMPOSE["x-portal"]["environment"])


def test_every_job_is_described(settings):
    described = (ROOT / "docs" / "operating.md").read_text().split("## Jobs")[1].split("## Health")[0]
    jobs = {entry["task"].rpartition(".")[2] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert {job for job in jobs if f"`{job}`" not in described} == set()


def test_services_depend_on_services_only():
    services = COMPOSE["services"]

    assert {needed for each in services.values() for needed in each.get("depends_on", [])} <= set(services)


def test_volumes_are_declared():
    used = {volume.split(":")[0] for each in COMPOSE["services"].values() for volume in each.get("volumes", [])}

    assert used == set(COMPOSE["volumes"])
