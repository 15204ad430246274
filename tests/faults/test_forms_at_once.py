from faults.cases.f4 import a_place, verdicts


def test_every_form_sent_three_times_at_once_has_one_effect_and_one_answer(world):
    with a_place(world) as place:
        found = verdicts(place, times=[3])

    assert [one for one in found if one.errors or one.answers or one.effects] == []
