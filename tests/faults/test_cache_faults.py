from education.models import Credit
from faults.cases.f3 import STATES, is_sign_out, visit_in_all_states
from faults.web import start_web


def test_nothing_fails_while_the_cache_is_flushed_frozen_or_gone(world):
    seen = visit_in_all_states(world, start_web(world), times=1)

    answers = [answer for each in seen.values() for answer in each.answers]
    assert [answer for answer in answers if answer.is_error or is_sign_out(answer)] == []
    assert all(answer.status == 302 for each in seen.values() for answer in each.forms + each.logins)
    assert Credit.objects.filter(title="Anemias in ten cases").count() == len(STATES)
