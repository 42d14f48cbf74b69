from server.engine.ids import derived_id, id_key, new_id


def test_new_ids_differ_and_are_of_version_seven():
    ids = [new_id() for _ in range(1_000)]
    assert len(set(ids)) == 1_000
    assert {made[14] for made in ids} == {"7"}


def test_a_derived_id_is_the_same_for_the_same_parts_only():
    assert derived_id("a", "bc") == derived_id("a", "bc")
    assert derived_id("a", "bc") != derived_id("ab", "c")
    assert derived_id("a", "bc") != derived_id("a", "b", "c")


def test_derived_ids_never_change_between_versions_of_this_program():
    assert derived_id("a", "b") == "2a517a0b-b7ed-5e40-bf1f-900458e90676"


def test_the_key_of_an_id_is_its_sixteen_bytes():
    assert id_key("2a517a0b-b7ed-5e40-bf1f-900458e90676") == bytes.fromhex("2a517a0bb7ed5e40bf1f900458e90676")
    assert id_key("2A517A0B-b7ed-5e40-bf1f-900458e90676") is None
    assert id_key("not an id") is None
