import pytest

GOOD = {
    "PRODUCTION": True, "DEBUG": False, "DEMO": False, "SECRET_KEY": "s" * 50, "SITE_URL": "https://cmp.example.org",
    "STAFF_SECOND_FACTOR": True, "ALLOWED_HOSTS": ["cmp.example.org"], "METRICS_NETWORKS": [], "METRICS_TOKEN": "",
    "EVIDENCE_SCANNER": "clamd://clamav:3310",
}  # fmt: skip


@pytest.fixture
def told(now):
    """Level and message of a check's result."""
    return lambda check: [(one.level.value, one.told) for one in check(now)]


@pytest.fixture
def levels(now):
    return lambda check: [one.level.value for one in check(now)]


@pytest.fixture
def production(settings):
    for name, value in GOOD.items():
        setattr(settings, name, value)
    return settings


@pytest.fixture
def well(db):
    """An installation in order, at the moment it is: the database's clock can't be made to stand still."""
    from cmp_portal.lib import clock
    from cmp_portal.lib.jobs import jobs
    from tests import factories

    at = clock.now()
    factories.SubjectFactory()
    factories.ActivityKindFactory()
    factories.MlsRequirementSetFactory()
    factories.AttestationFactory(verified=True)
    for job in jobs():
        factories.JobRunFactory(name=job.name, started_at=at, ended_at=at)
