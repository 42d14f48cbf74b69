"""A smallest instance of any message type, for tests that care only for who sends it."""

from typing import Any

import msgspec
from msgspec import inspect


def sample(kind: type[msgspec.Struct], fixed: dict[str, Any] | None = None) -> Any:
    """An instance with the least that the types admit; `fixed` sets top-level fields that exist."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    fields = {field.name: _value(field.type) for field in info.fields if field.required}
    names = {field.name for field in info.fields}
    return kind(**fields | {name: value for name, value in (fixed or {}).items() if name in names})


def _value(kind: inspect.Type) -> Any:
    match kind:
        case inspect.StructType():
            return sample(kind.cls)
        case inspect.EnumType():
            return next(iter(kind.cls))
        case inspect.UnionType():
            return None if any(isinstance(each, inspect.NoneType) for each in kind.types) else _value(kind.types[0])
        case inspect.StrType():
            return ""
        case inspect.IntType():
            return 1
        case inspect.FloatType():
            return 0.0
        case inspect.BoolType():
            return True
        case inspect.DictType():
            return {}
        case inspect.VarTupleType() | inspect.ListType():
            return ()
        case _:
            raise TypeError(f"no sample of {kind}")
