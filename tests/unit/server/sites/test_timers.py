from server.sites.timers import LazyTimers


def test_a_key_is_due_once_at_the_time_set_first():
    timers = LazyTimers()
    timers.set("a", 10)
    timers.set("a", 5)
    timers.set("b", 7)
    assert list(timers.due(6)) == []
    assert list(timers.due(10)) == ["b", "a"]
    assert list(timers.due(100)) == []


def test_a_due_key_may_be_set_again_while_the_due_are_taken():
    timers = LazyTimers()
    for key in ("a", "b"):
        timers.set(key, 1)
    for key in timers.due(5):
        timers.set(key, 6)
    assert len(timers) == 2
    assert sorted(timers.due(6)) == ["a", "b"]


def test_keys_that_cannot_be_compared_may_be_due_at_the_same_time():
    timers = LazyTimers()
    keys = [object(), object()]
    for key in keys:
        timers.set(key, 1)
    assert set(timers.due(1)) == set(keys)
