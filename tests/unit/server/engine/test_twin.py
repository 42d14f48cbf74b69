from collections import defaultdict, deque
from dataclasses import dataclass, field

import msgspec

from server.engine.twin import twin
from tests.support.engines import init_command, initiated, running_engine
from tests.support.programmes import ADMIN, import_programme, start


class Fact(msgspec.Struct, frozen=True):
    words: str


@dataclass(slots=True)
class Leaf:
    facts: list[Fact] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Tree:
    leaves: dict[str, Leaf] = field(default_factory=dict)
    counts: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    last: deque[int] = field(default_factory=lambda: deque(maxlen=2))
    note: str | None = None


def tree() -> Tree:
    made = Tree(leaves={"a": Leaf([Fact("one")], {"x"})}, note="n")
    made.counts["k"] += 1
    made.last.append(1)
    return made


def test_the_twin_is_equal_and_keeps_the_kinds_of_containers():
    copy = twin(tree())
    assert copy == tree()
    copy.counts["new"] += 1
    assert copy.counts == {"k": 1, "new": 1}


def test_what_one_changes_the_other_does_not_see():
    original = tree()
    copy = twin(original)
    copy.leaves["a"].facts.append(Fact("two"))
    copy.leaves["a"].seen.add("y")
    copy.leaves["b"] = Leaf()
    copy.counts["k"] += 1
    copy.last.append(2)
    assert original == tree()


def test_facts_are_shared():
    original = tree()
    assert twin(original).leaves["a"].facts[0] is original.leaves["a"].facts[0]


async def test_the_state_ahead_and_the_durable_state_stay_equal():
    async with running_engine() as engine:
        await initiated(engine)
        await engine.submit_many([import_programme(), start(1), start(9), start(2)], ADMIN)
        await engine.submit(init_command(), ADMIN)
        assert engine._ahead._state == engine.state
        assert engine._ahead._state is not engine.state


def test_a_queue_of_bounded_length_stays_bounded():
    first = deque([[1], [2]], maxlen=2)
    second = twin(first)
    second.append([3])
    second[0].append(9)
    assert list(second) == [[2, 9], [3]]
    assert list(first) == [[1], [2]]
