import gc


def test_what_is_loaded_is_not_looked_through_for_garbage():
    assert gc.get_freeze_count() > 0
