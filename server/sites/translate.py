"""Report item → command: the only mapping, and the only list of what a site may send over its link."""

from typing import Any

import msgspec

from server.ceremony.attendance import CheckIn, ChooseHeadCount, DeclareChair, ReportHeadCount
from server.ceremony.messages import AskForHelp, ReadMessages, SendMessage, WithdrawHelp
from server.ceremony.notices import ReadNotice
from server.ceremony.papers import OpenPaper
from server.ceremony.pledges import SignPledge
from server.ceremony.readiness import ReportReadiness
from server.ceremony.rules import Command
from site_agent.link.messages import ReportItem
from site_agent.units import SiteCode

KINDS: dict[str, type[Command]] = {
    "check_in": CheckIn,
    "declare_chair": DeclareChair,
    "report_head_count": ReportHeadCount,
    "choose_head_count": ChooseHeadCount,
    "report_readiness": ReportReadiness,
    "ask_for_help": AskForHelp,
    "withdraw_help": WithdrawHelp,
    "send_message": SendMessage,
    "read_messages": ReadMessages,
    "read_notice": ReadNotice,
    "open_paper": OpenPaper,
    "sign_pledge": SignPledge,
}
"""What a site may report. All name their site, which is the session's and never the sender's to choose."""

_OURS = frozenset({"id", "kind", "site", "occurred_at", "device_at"})
_VERSION = 14
"""Where a UUID's text tells its version."""


class BadItem(Exception):
    """An item that can never become a command; `code` and `detail` are for its sender."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def to_command(item: ReportItem, site: SiteCode) -> Command:
    """The command that an item of a session of `site` asks for. The same item always gives the same command.

    Raises:
        BadItem: unknown kind, fields that do not fit, or an id of the server's own kind.

    """
    kind = KINDS.get(item.kind)
    if kind is None:
        raise BadItem("unknown_kind", f"Máy chủ không nhận loại báo cáo “{item.kind[:40]}”. Tải lại trang để cập nhật.")
    if item.id[_VERSION : _VERSION + 1] == "5":
        # Version 5 is for ids that the server derives; a device that guessed one could block a deadline.
        raise BadItem("bad_id", "Mã báo cáo không hợp lệ. Tải lại trang rồi báo lại.")
    clash = _OURS & item.fields.keys()
    if clash:
        raise BadItem("bad_fields", f"Báo cáo có trường không được phép: {', '.join(sorted(clash))}.")
    asked: dict[str, Any] = {**item.fields, "id": item.id, "kind": item.kind, "site": site, "occurred_at": item.occurred_at}
    if item.device_at is not None and "device_at" in kind.__struct_fields__:
        asked["device_at"] = item.device_at
    try:
        return msgspec.convert(asked, kind)
    except msgspec.ValidationError as error:
        if _not_numbers(item.fields.get("counts")):
            raise BadItem("counts_not_numbers", "Số đại biểu phải là số nguyên, ví dụ 33. Nhập lại bằng chữ số.") from error
        raise BadItem("bad_fields", f"Báo cáo sai định dạng ({error}). Tải lại trang rồi báo lại.") from error


def _not_numbers(counts: Any) -> bool:
    """Head-counts that somebody wrote as words or fractions."""
    return isinstance(counts, dict) and any(type(count) is not int for count in counts.values())
