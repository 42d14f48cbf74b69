"""The messages, in plain words and without names or phones of people: gateways keep what they carry. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import msgspec

from server.alerts.book import Batch, Kind
from server.alerts.matters import Matter, Severity
from site_agent.units import Instant

VIETNAM = timezone(timedelta(hours=7), "+07")
MOST_LINES = 20


class Message(msgspec.Struct, frozen=True):
    """What a gateway is given."""

    title: str
    """Says all that a text message has room for."""
    body: str


def message(batch: Batch, ceremony: str, url: str, least: Severity) -> Message | None:
    """The batch for a gateway that is told of matters as loud as `least`; None if it has none."""
    loudness = list(Severity)
    matters = [each for each in batch.matters if loudness.index(each.severity) <= loudness.index(least)]
    if not matters:
        return None
    lines = [line(batch.kind, matter) for matter in matters[:MOST_LINES]]
    if len(matters) > MOST_LINES:
        lines.append(f"và {len(matters) - MOST_LINES} việc khác")
    return Message(title=title(batch.kind, matters), body="\n".join([*lines, "", f"{ceremony} · {url}/wall"]))


def test_message(ceremony: str, url: str) -> Message:
    """What `diemcau alerts test` sends."""
    body = f"Đây là tin thử, không có sự cố nào.\n\n{ceremony} · {url}/wall"
    return Message(title="Điểm Cầu: tin thử kênh cảnh báo", body=body)


def title(kind: Kind, matters: Sequence[Matter]) -> str:
    """One line."""
    before = "Nhắc lại: " if kind is Kind.AGAIN else ""
    if len(matters) == 1:
        return f"{before}{line(kind, matters[0])}"
    incidents = sum(each.severity is Severity.INCIDENT for each in matters)
    sites = sum(each.severity in {Severity.REQUIRED, Severity.DOWN} for each in matters)
    if kind is Kind.BACK:
        parts = [f"{incidents} sự cố đã khép lại"] * bool(incidents) + [f"{sites} điểm cầu đã kết nối lại"] * bool(sites)
        return ", ".join(parts) or "Trung tâm đã trở lại bình thường"
    programme = ["chương trình truyền hình có sự cố"] * any(each.severity is Severity.PROGRAMME for each in matters)
    parts = programme + [f"{incidents} sự cố"] * bool(incidents) + [f"{sites} điểm cầu mất kết nối"] * bool(sites)
    return before + ", ".join(parts)


def line(kind: Kind, matter: Matter) -> str:
    """One matter: “VNPT: 38 điểm cầu mất kết nối cùng lúc (07:02)”."""
    at = clock_words(matter.since)
    if matter.severity is Severity.SELF:
        if kind is Kind.BACK:
            return "Trung tâm: các điểm cầu đã phản hồi trở lại"
        return f"Trung tâm: {matter.count}/{matter.total} điểm cầu cùng không phản hồi ({at}), có thể do chính trung tâm"
    if matter.severity is Severity.PROGRAMME:
        return f"Truyền hình: {matter.name} ({'đã khắc phục, từ' if kind is Kind.BACK else 'từ'} {at})"
    if matter.severity is Severity.INCIDENT:
        if kind is Kind.BACK:
            return f"{matter.name}: {matter.total} điểm cầu đã kết nối lại (mất từ {at})"
        left = f", còn {matter.count} nơi" if matter.count < matter.total else ""
        note = f", {matter.note}" if matter.note else ""
        return f"{matter.name}: {matter.total} điểm cầu mất kết nối cùng lúc ({at}){left}{note}"
    where = f"{matter.name} ({matter.place})"
    return f"{where}: đã kết nối lại (mất từ {at})" if kind is Kind.BACK else f"{where}: mất kết nối từ {at}"


def clock_words(instant: Instant) -> str:
    """07:02, in Vietnam's time."""
    return f"{datetime.fromtimestamp(instant / 1_000_000, VIETNAM):%H:%M}"
