"""What a device misses, in words for the show caller. Codes: `site_agent.link.messages.CueReady.reasons`."""

_WORDS = {
    "clock": "đồng hồ chưa khớp",
    "hidden": "màn hình đang ở thẻ ẩn",
    "sound": "chưa bật âm thanh",
    "no_start_tap": "chưa bấm “Bắt đầu”",
    "programme": "chương trình chưa phát ở điểm này",
    "disk": "máy không ghi được đĩa",
}
_ASSET = "asset:"
MAX_REASONS = 5
MAX_CHARACTERS = 60

NO_SCREEN = "màn hình hội trường chưa kết nối"
UNANSWERED = "màn hình chưa trả lời"


def words(reasons: tuple[str, ...]) -> str:
    """A device's reasons as one line."""
    return ", ".join(_word(reason) for reason in reasons[:MAX_REASONS])


def _word(reason: str) -> str:
    if reason.startswith(_ASSET):
        return f"chưa tải xong {reason.removeprefix(_ASSET)[:MAX_CHARACTERS]}"
    return _WORDS.get(reason, reason[:MAX_CHARACTERS])
