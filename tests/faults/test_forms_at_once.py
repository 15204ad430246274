from faults.cases.f4 import verdicts
from faults.web import start_web


def test_every_form_sent_three_times_at_once_has_one_effect_and_one_answer(world):
    port = start_web(world)

    found = verdicts(world, port, times=[3])

    assert [one for one in found if one.errors or one.answers or one.effects] == []
