"""A second, independent copy of a state: what one may change, the other does not see."""

import copy
from collections import deque
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def twin(state: T) -> T:
    """Copy dataclasses and containers, share everything frozen (events, ids, numbers).

    Unlike `copy.deepcopy` it neither remembers what it saw nor copies events, so that a state of 5,000 sites with their
    history is copied in tens of milliseconds. A slice of state is a tree: no object stands in two places.
    """
    made: T = _twin(state)
    return made


def _twin(value: Any) -> Any:
    if isinstance(value, dict):
        same = copy.copy(value)
        for key, item in value.items():
            if not isinstance(item, (int, str)):
                same[key] = _twin(item)
        return same
    if isinstance(value, (list, deque)):
        return type(value)(_twin(item) for item in value)
    if isinstance(value, set):
        return set(value)
    parts = _parts(value.__class__)
    if parts is None:
        return value
    made: Any = object.__new__(type(value))
    for part in parts:
        # Frozen dataclasses may hold containers too, hence past their guard.
        object.__setattr__(made, part, _twin(getattr(value, part)))
    return made


@cache
def _parts(kind: type) -> tuple[str, ...] | None:
    """Names of a dataclass's fields; None for every other type."""
    return tuple(part.name for part in fields(kind)) if is_dataclass(kind) else None
