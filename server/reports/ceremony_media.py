"""How the programme went out: who was on air, how long the audience saw the slate, which relays came and went."""

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.media_history import (
    LOST,
    MediaNote,
    MediaSwitched,
    MediaWorkerMoved,
    RecordingMoved,
    RecordingNow,
    RelayMoved,
    RelayNow,
)
from server.ceremony.sources import SourceName
from site_agent.units import Duration, Instant

SOURCES = {
    SourceName.PRIMARY: "nguồn chính",
    SourceName.BACKUP: "nguồn dự phòng",
    SourceName.SLATE: "hình chờ",
    None: "không nguồn nào",
}
WHY = {
    "by_hand": "chuyển tay",
    "primary_lost": "mất nguồn chính",
    "primary_back": "nguồn chính đã ổn định trở lại",
    "backup_lost": "mất nguồn dự phòng",
    "start": "bắt đầu phát",
}
_RELAY = {
    RelayNow.OFF: "dừng phát lại",
    RelayNow.SENDING: "đang phát lại",
    RelayNow.TRYING: "mất kết nối, đang thử lại",
    RelayNow.FAILED_AUTH: "nền tảng từ chối khóa luồng",
    RelayNow.FAILED_PROFILE: "nền tảng không nhận định dạng",
}
_RECORDING = {
    RecordingNow.OFF: "dừng ghi hình",
    RecordingNow.RECORDING: "đang ghi hình",
    RecordingNow.FULL: "dừng ghi hình vì hết chỗ trên đĩa",
    RecordingNow.FAILED: "lỗi ghi hình",
}


class MediaLine(msgspec.Struct, frozen=True):
    """A change, as people read it."""

    at: Instant
    words: str


class MediaReport(msgspec.Struct, frozen=True):
    """What is known of the programme."""

    switches: int
    """Changes of the source on air."""
    interruptions: int
    """How often the slate came because sources were lost."""
    interrupted: Duration
    """How long it stood, all together."""
    lines: tuple[MediaLine, ...]


def build_media(state: Ceremony, now: Instant) -> MediaReport | None:
    """The report as of now; None where there was no programme."""
    notes = state.media.notes
    if not notes:
        return None
    switches = [note for note in notes if isinstance(note, MediaSwitched)]
    ends = [*(note.at for note in switches[1:]), now]
    lost = [
        max(0, end - note.at)
        for note, end in zip(switches, ends, strict=False)
        if note.to is SourceName.SLATE and note.why in LOST
    ]
    lines = tuple(MediaLine(note.at, _words(state, note)) for note in notes)
    return MediaReport(state.media.switches, len(lost), Duration(sum(lost)), lines)


def _words(state: Ceremony, note: MediaNote) -> str:
    match note:
        case MediaSwitched(to=to, why=why):
            return f"lên sóng {SOURCES[to]}: {WHY.get(why, why or 'không rõ lý do')}"
        case RelayMoved(relay=relay, to=now, words=words):
            return f"{state.relays.name(relay)}: {_RELAY[now]}{_why(words)}"
        case RecordingMoved(to=recording, words=words):
            return f"{_RECORDING[recording]}{_why(words)}"
        case MediaWorkerMoved(up=True):
            return "tiến trình truyền hình đã chạy"
        case MediaWorkerMoved(words=words):
            return f"tiến trình truyền hình dừng{_why(words)}"


def _why(words: str) -> str:
    return f" ({words.rstrip('.')})" if words else ""
