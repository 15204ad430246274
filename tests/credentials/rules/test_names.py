"""What the package offers under its own name."""

from inspect import ismodule

from credentials import rules


def test_every_name_that_is_offered_is_there_and_the_other_way_round():
    there = [name for name, what in vars(rules).items() if not name.startswith("_") and not ismodule(what)]

    assert sorted(rules.__all__) == sorted(there)
