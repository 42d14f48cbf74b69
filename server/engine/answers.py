"""What a command is answered with, and what listeners are told."""

from typing import Literal

import msgspec

from server.ceremony.rules import Command, Event, Principal
from site_agent.units import CommandId, Instant


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a command was refused: a code to search for, Vietnamese words for the sender, and fields where that helps."""

    code: str
    detail: str
    fields: dict[str, str] = {}


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to one command; `seq` is its entry's place when accepted, `problem` is there when refused."""

    id: CommandId
    outcome: Literal["accepted", "refused"]
    seq: int | None = None
    problem: Problem | None = None


class Published(msgspec.Struct, frozen=True):
    """One accepted command and what followed, durable."""

    seq: int
    at: Instant
    command: Command
    principal: Principal
    events: list[Event]


def refused(command: CommandId, problem: Problem) -> Answer:
    """The answer that changes nothing."""
    return Answer(id=command, outcome="refused", problem=problem)


BAD_ID = Problem("bad_id", "Mã lệnh phải là UUID viết thường, có dấu gạch nối.")
ID_REUSED = Problem("id_reused", "Mã lệnh này đã được dùng cho một lệnh khác. Tạo mã mới rồi gửi lại.")
INTERNAL = Problem("internal_error", "Máy chủ gặp lỗi khi xử lý lệnh này. Lệnh chưa được ghi nhận; báo cho đội kỹ thuật.")
STOPPED = Problem("engine_stopped", "Máy chủ đang dừng. Lệnh chưa được ghi nhận; hãy gửi lại sau ít phút.")
UNWRITABLE = Problem(
    "journal_unwritable",
    "Máy chủ không ghi được nhật ký (ổ đĩa đầy hoặc lỗi) nên chưa nhận lệnh mới. Lệnh này chưa được ghi nhận.",
)
JOURNAL_PROBLEM = (
    "Máy chủ không ghi được nhật ký (ổ đĩa đầy hoặc lỗi). Số liệu đã nhận vẫn an toàn; lệnh mới tạm thời chưa được nhận. "
    "Đội kỹ thuật kiểm tra dung lượng ổ đĩa máy chủ."
)
"""Told on every page while the journal cannot be written."""
