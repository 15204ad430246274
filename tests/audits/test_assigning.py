import pytest

from accounts.enums import Role
from audits.queries import auditor_facts
from audits.rules import AuditorFacts, may_audit
from tests.factories import ColleagueFactory, HolderFactory, UserFactory


@pytest.mark.parametrize(
    ("own", "colleagues", "holder", "expected"),
    [
        (1, {2}, 3, True),
        (1, {2}, 1, False),
        (1, {2}, 2, False),
        (None, set(), 1, True),
        (None, {1}, 1, False),
    ],
)
def test_nobody_audits_themselves_or_a_marked_colleague(own, colleagues, holder, expected):
    assert may_audit(AuditorFacts(own, frozenset(colleagues)), holder) is expected


def test_marks_are_those_of_the_auditor(db):
    auditor = UserFactory(roles=[Role.AUDITOR], holder=HolderFactory())
    marked, _of_another = ColleagueFactory(auditor=auditor), ColleagueFactory()

    assert auditor_facts(auditor) == AuditorFacts(auditor.holder_id, frozenset({marked.colleague_id}))
