"""More is requested: the holder replaces a rejected credit, or states that there is none."""

from datetime import date

import pytest

from accounts.models import Alert
from audits import actions
from audits.enums import Verdict
from audits.queries.audits import findings_of
from declarations import actions as declaring
from declarations.actions.rulings import record_ruling
from declarations.enums import Move, Ruled, State
from declarations.models import Declaration
from declarations.queries import newest_rulings, signed_contents, verification_of
from tests.audits.auditing import DAY, amend, begun, find_all, lacking, requested, spare
from tests.declarations.reviews import AT, credit_in
from tests.factories import CreditFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def under_review(auditor):
    return begun(auditor)


@pytest.fixture
def refused(auditor):
    return lacking(auditor)


def test_a_refused_credit_is_replaced_and_both_versions_stay(refused, auditor):
    before, old = signed_contents(refused.declaration), credit_in(refused.declaration, "ethics")
    other = spare(refused)

    amend(refused, other)

    now = signed_contents(refused.declaration)
    assert {one["credit"] for one in before} ^ {one["credit"] for one in now} == {str(old.uuid), str(other.uuid)}
    assert sorted(refused.declaration.declared.values_list("submission", flat=True).distinct()) == [1, 2]
    assert verification_of(refused.declaration.number).differences == ()


def test_what_is_replaced_twice_is_replaced_once(refused):
    other = spare(refused)
    amend(refused, other)

    amend(refused, other)

    assert refused.declaration.steps.filter(move=Move.AMEND).count() == 1


def test_another_credit_takes_no_place_that_is_taken(refused):
    amend(refused, spare(refused))

    with pytest.raises(actions.MoveRefused, match="nothing to replace"):
        amend(refused, spare(refused))


def test_what_was_amended_passes(refused, auditor, reviewer):
    other = spare(refused)
    amend(refused, other)
    actions.hand_in(audit=refused, by=refused.holder.user, at=AT + DAY)
    actions.begin(audit=refused, by=auditor, at=AT + DAY)
    actions.find(audit=refused, credit=other, verdict=Verdict.VERIFIED, by=auditor, at=AT + DAY)

    actions.pass_audit(audit=refused, by=auditor, at=AT + DAY)

    declaring.approve(declaration=refused.declaration, by=reviewer, at=AT + DAY)
    assert Declaration.objects.get().state == State.ELIGIBLE


@pytest.mark.parametrize(
    "of",
    [{"completed_on": date(2026, 4, 1)}, {"completed_on": date(2023, 2, 28)}, {"subjects": ["chemistry"]}],
    ids=["after the window", "before it", "of another subject"],
)
def test_what_would_not_count_takes_no_place(refused, of):
    other = spare(refused, **of)

    with pytest.raises(actions.MoveRefused):
        amend(refused, other)

    assert (refused.declaration.declared.filter(submission=2).count(), other.allocations.count()) == (0, 0)


def test_of_the_findings_on_a_credit_that_stays_the_newest_counts(refused, auditor):
    stays = credit_in(refused.declaration, "safety")
    amend(refused, spare(refused))
    actions.hand_in(audit=refused, by=refused.holder.user, at=AT + DAY)
    actions.begin(audit=refused, by=auditor, at=AT + DAY)

    actions.find(audit=refused, credit=stays, verdict=Verdict.UNCLEAR, by=auditor, at=AT + DAY, reason="Which day?")

    assert findings_of(refused)[str(stays.uuid)].verdict == Verdict.UNCLEAR


def test_too_little_takes_the_place_of_nothing(refused):
    other = spare(refused)

    with pytest.raises(actions.MoveRefused, match="requirements are not met yet"):
        amend(refused, other, points="0.50")

    assert refused.declaration.declared.filter(submission=2).count() == 0


def test_what_was_ruled_on_the_other_credits_stays(refused, auditor):
    safety = credit_in(refused.declaration, "safety")
    record_ruling(refused.declaration, safety, Ruled.ACCEPTED, None, "", by=auditor, at=AT)

    amend(refused, spare(refused))

    assert {key: one.outcome for key, one in newest_rulings(refused.declaration).items()} == {safety.pk: Ruled.ACCEPTED}


def test_what_was_refused_does_not_come_back(refused):
    with pytest.raises(actions.MoveRefused):
        amend(refused, credit_in(refused.declaration, "ethics"))


def test_credits_of_somebody_else_replace_nothing(refused):
    other = CreditFactory(subjects=["ethics"])

    with pytest.raises(actions.MoveRefused, match=r"Credits that are not yours: 1\."):
        actions.shares_of(refused, [(str(other.uuid), "ethics", other.points)])
    with pytest.raises(actions.MoveRefused, match="no longer exists"):
        amend(refused, other)


def test_nothing_is_replaced_that_was_not_asked_for(under_review):
    with pytest.raises(actions.MoveRefused, match="only after the Board has asked for more"):
        amend(under_review, spare(under_review))


def test_what_is_said_twice_is_kept_as_it_was_said_first(refused):
    credit, own = credit_in(refused.declaration, "chemistry"), refused.holder.user

    for at in (AT, AT + DAY):
        actions.say_not_available(audit=refused, credit=credit, reason="Lost in a fire.", by=own, at=at)

    assert refused.not_available.get().at == AT


def test_a_holder_says_what_is_not_available_and_takes_it_back(refused):
    credit, own = credit_in(refused.declaration, "chemistry"), refused.holder.user

    actions.say_not_available(audit=refused, credit=credit, reason="Lost in a fire.", by=own, at=AT)
    said = [one.reason for one in refused.not_available.all()]
    actions.say_not_available(audit=refused, credit=credit, reason="", by=own, at=AT)

    assert (said, refused.not_available.count()) == (["Lost in a fire."], 0)


def test_each_word_of_the_board_is_told_once(refused):
    titles = Alert.objects.filter(kind="audit_moved").values_list("title", flat=True)

    assert [title.partition("(ASCP)")[2] for title in titles.order_by("id")] == [
        " selected for an audit",
        ": documents needed",
        ": documents received",
        ": more is needed",
    ]


def shown(audit):
    """What the holder's alerts of the audit's moves say now."""
    alerts = Alert.objects.shown().filter(holder=audit.holder, key__startswith="audit-step:").order_by("id")
    return [alert.title.partition("(ASCP): ")[2] for alert in alerts]


def test_no_alert_asks_for_what_was_submitted_or_says_to_wait_when_more_is_needed(auditor):
    audit = requested(auditor)
    told = [shown(audit)]
    actions.extend(audit=audit, until=date(2026, 6, 1), by=auditor, at=AT, note="You asked for it.")
    told.append(shown(audit))
    actions.hand_in(audit=audit, by=audit.holder.user, at=AT)
    told.append(shown(audit))
    actions.begin(audit=audit, by=auditor, at=AT)
    told.append(shown(audit))
    actions.ask_more(audit=audit, by=auditor, at=AT, note="The rest, please.")
    told.append(shown(audit))

    asked, received = "documents needed", "documents received"
    assert told == [[asked], [asked, "a deadline was set"], [received], [received], ["more is needed"]]


@pytest.mark.parametrize("decide", [actions.fail, actions.pass_audit])
def test_once_it_is_decided_no_alert_says_that_the_audit_is_under_review(auditor, settings, decide):
    settings.AUDIT_FAIL_NEEDS_OTHER_EYES = False
    audit = begun(auditor)
    find_all(audit, auditor)

    decide(audit=audit, by=auditor, at=AT, note="It is decided.")

    assert "documents received" not in shown(audit)


def test_amending_is_a_step_of_the_declaration(refused):
    amend(refused, spare(refused))

    assert refused.declaration.steps.order_by("id").last().move == Move.AMEND
