from education.models import Credit
from faults.cases.f3 import STATES, visit_in_all_states


def test_nothing_fails_while_the_cache_is_flushed_frozen_or_gone(world):
    seen = visit_in_all_states(world, world.start_web(), times=1)

    answers = [answer for each in seen.values() for answer in each.answers]
    assert [answer for answer in answers if answer.is_error or answer.is_sign_out] == []
    assert all(answer.status == 302 for each in seen.values() for answer in each.forms + each.logins)
    assert Credit.objects.filter(title="Anemias in ten cases").count() == len(STATES)
