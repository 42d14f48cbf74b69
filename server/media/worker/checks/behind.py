"""A source whose sender is too slow for its own pictures, in words. Pure."""

from server.media.messages import Fault
from server.media.worker.capture_clock import CaptureClock
from server.media.worker.checks.agree import decimal
from site_agent.units import Monotonic, in_seconds, seconds

_TOLD_FOR = seconds(30)


def behind(capture: CaptureClock, now: Monotonic) -> tuple[Fault, ...]:
    """Whether its timeline fell behind true time lately; told for half a minute after the last time."""
    if capture.slipped_at is None or now - capture.slipped_at > _TOLD_FOR:
        return ()
    words = (
        f"Máy phát không kịp: hình gửi chậm thêm {decimal(in_seconds(capture.slipped_by))} giây so với giờ thật. Trong OBS: "
        "Output → CPU Usage Preset = superfast, hoặc hạ cỡ hình; tắt chương trình khác trên máy phát, kiểm tra đường truyền lên."
    )
    return (Fault("sender_slow", words, serious=False),)
