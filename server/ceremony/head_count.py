"""What a head-count may be."""

from collections.abc import Container

from server.ceremony.rules import Refused

MAX_HEAD_COUNT = 99_999
"""Largest head-count of one category at one site; more is refused."""
UNUSUAL_FACTOR = 20
"""A total over this many times the expected number must be confirmed ("Vẫn báo")."""
UNUSUAL_WITHOUT_EXPECTED = 1_000
"""The same where no number was expected."""
UNSORTED = "unsorted"
"""The category of a number told by phone without categories."""


def refuse_bad_counts(counts: dict[str, int], categories: Container[str]) -> None:
    """Every category must exist (or be `unsorted`), every number lie from 0 to `MAX_HEAD_COUNT`.

    Raises:
        Refused: `counts_missing`, `counts_bad`.

    """
    if not counts:
        raise Refused("counts_missing", "Chưa có số đại biểu nào.", {"counts": "Nhập số đại biểu."})
    fields: dict[str, str] = {}
    for category, count in counts.items():
        if category not in categories and category != UNSORTED:
            fields[f"counts.{category}"] = "Không có loại đại biểu này."
        elif count < 0:
            fields[f"counts.{category}"] = "Số đại biểu không được âm."
        elif count > MAX_HEAD_COUNT:
            fields[f"counts.{category}"] = f"Số đại biểu không quá {written(MAX_HEAD_COUNT)}."
    if fields:
        raise Refused("counts_bad", f"{next(iter(fields.values()))} Kiểm tra lại số vừa nhập.", fields)


def refuse_unusual(total: int, expected: int) -> None:
    """A number far over the expected one is more often a slip of the finger than a crowd.

    Raises:
        Refused: `head_count_unusual`.

    """
    if total <= (expected * UNUSUAL_FACTOR or UNUSUAL_WITHOUT_EXPECTED):
        return
    why = f"lớn hơn {UNUSUAL_FACTOR} lần dự kiến ({written(expected)})" if expected else "lớn khác thường"
    raise Refused("head_count_unusual", f"Số {written(total)} {why}. Kiểm tra lại, hoặc bấm Vẫn báo.", {"counts": why})


def written(value: int) -> str:
    """12345 as officials write it: 12.345."""
    return f"{value:,}".replace(",", ".")
