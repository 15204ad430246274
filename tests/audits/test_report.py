"""The report on a round."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.enums import Role
from audits import actions
from audits.enums import AuditState, Verdict
from audits.models import Audit
from audits.queries import report_of, report_text
from tests.audits.lots import ALL, DAY, DRAWN, opened, received
from tests.factories import FindingFactory, UserFactory, lead

pytestmark = pytest.mark.django_db


@pytest.fixture
def round():
    """Six of six drawn: three passed after 3, 9 and 9 days, one failed after 70, two open."""
    received(6)
    round = actions.draw(round=opened(), at=DRAWN)
    ends = [(AuditState.PASSED, 3), (AuditState.PASSED, 9), (AuditState.PASSED, 9), (AuditState.FAILED, 70)]
    for audit, (state, days) in zip(Audit.objects.order_by("id"), ends, strict=False):
        lead(audit, state, at=DRAWN + days * DAY + timedelta(hours=5))
    reviewed = lead(Audit.objects.latest("id"), AuditState.UNDER_REVIEW)
    for reason, times in (("No certificate", 2), ("Wrong year", 1)):
        for _one in range(times):
            FindingFactory(audit=reviewed, verdict=Verdict.REFUSED, reason=reason)
    FindingFactory(audit=reviewed)
    return round


def test_the_figures_of_a_round(round):
    report = report_of(round)

    assert (report.population, report.drawn, report.decided) == (6, 6, 4)
    assert report.outcomes == (("Selected", 1), ("Under review", 1), ("Passed", 3), ("Failed", 1))
    assert report.days == ((3, 1), (9, 2), (70, 1))
    assert report.reasons == (("No certificate", 2), ("Wrong year", 1))


def test_the_figures_in_words(round):
    words = dict(report_text(report_of(round)))

    assert (words["Drawn"], words["Median time to decide"], words["“No certificate”"]) == ("6 (100.0%)", "9 days", "2")


def test_other_rounds_are_not_counted(round):
    other = actions.draw(round=opened(cutoff=DRAWN + DAY), at=DRAWN + 2 * DAY)

    report = report_of(other)

    assert (report.population, report.outcomes, report.days, report.reasons) == (0, (), (), ())


def test_a_round_that_is_not_drawn_has_a_report_too():
    assert report_of(opened(Decimal("0.1"))).drawn == 0


@pytest.mark.parametrize("number", [1, 3])
def test_the_report_asks_the_same_number_of_questions(number, django_assert_num_queries):
    received(number)
    round = actions.draw(round=opened(ALL), at=DRAWN)

    with django_assert_num_queries(4):
        report_of(round)


def test_the_page_draws_what_the_report_says(round, client):
    client.force_login(UserFactory(roles=[Role.AUDITOR]))

    page = client.get(reverse("admin:audits_round_report", args=[round.pk]))

    charts = {chart.name: [(row.label, *row.values) for row in chart.rows] for chart in page.context["page"].charts}
    assert charts == {
        "outcomes": [("1: Selected", "1"), ("2: Under review", "1"), ("3: Passed", "3"), ("4: Failed", "1")],
        "days": [("0–7", "1"), ("8–14", "2"), ("15–30", "0"), ("31–60", "0"), ("61+", "1")],
        "reasons": [("1: No certificate", "2"), ("2: Wrong year", "1")],
    }
    assert page.content.decode().count('<svg class="chart"') == 3


@pytest.mark.parametrize(("form", "start"), [("csv", b"\xef\xbb\xbffigure"), ("pdf", b"%PDF")])
def test_the_report_is_taken_along(round, client, form, start):
    client.force_login(UserFactory(roles=[Role.AUDITOR]))

    answer = client.get(reverse("admin:audits_round_report_file", args=[round.pk, form]))

    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert content.startswith(start)
    assert answer["Content-Disposition"] == f'attachment; filename="audit-round-{round.pk}.{form}"'


def test_there_is_no_other_form(round, client):
    client.force_login(UserFactory(roles=[Role.AUDITOR]))

    assert client.get(reverse("admin:audits_round_report_file", args=[round.pk, "exe"])).status_code == 404
