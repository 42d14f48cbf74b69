"""One publisher's stay: its bytes in, units of the profile out, copied or encoded, with sound always. Lives on the event loop."""

import asyncio
from collections.abc import Callable, Sequence

from server.media.messages import Fault, Measured, Profile
from server.media.worker.clock import monotonic
from server.media.worker.demux import Demuxer, Guard
from server.media.worker.flow import Ticks, Unit
from server.media.worker.intake import Encode, Intake, Judged
from server.media.worker.lag import Lag
from server.media.worker.normalise import Normaliser
from server.media.worker.pace import Pace
from server.media.worker.silence import Silence
from server.media.worker.timeline import Timeline
from site_agent.units import Duration, Monotonic, seconds

_REMEMBERED = seconds(30)
"""How long a fault is told that happens at one instant."""
_LONGEST_PAUSE = 10.0
_SLOW_PAUSES = (10.0, 20.0, 60.0)
"""Seconds of rest after an encoder that this machine is too slow for: the slate is better than a picture that stands still."""
_GOOD_RUN = seconds(20)

Pictures = Sequence[tuple[Ticks, Monotonic]]


class Session:
    """Begins with `start`, ends with `close`. An `IntakeSink`."""

    def __init__(
        self,
        name: str,
        profile: Profile,
        timeline: Timeline,
        loop: asyncio.AbstractEventLoop,
        *,
        deliver: Callable[[Sequence[Unit]], None],
        arrived: Callable[[Pictures], None],
        guard: Guard | None = None,
    ) -> None:
        """May be made in any thread. `deliver` takes units ready for the programme, `arrived` what capture times are reckoned
        from; both on the loop.
        """
        self._profile = profile
        self._timeline = timeline
        self._deliver = deliver
        self._arrived = arrived
        self._intake = Intake(profile, timeline, self, loop, self._reopen)
        self._demuxer = Demuxer(name, self._intake, guard)
        self._silence: Silence | None = None
        self._normaliser: Normaliser | None = None
        self._encoding: asyncio.Task[None] | None = None
        self._judged: Judged | None = None
        self._last: dict[str, Ticks] = {}
        self._await_key = True
        self._ready = False
        self._ended = asyncio.Event()
        self._closed = False
        self._failures = 0
        self._slow = 0
        self._problem: tuple[Monotonic, Fault] | None = None
        self._jumps = timeline.jumps
        self._jumped_at: Monotonic | None = None
        self._pace = Pace()
        self._lag = Lag()
        self.unreadable = ""
        """Words, while bytes come in which nothing can be read, or which no decoder survives."""
        self._fell = False
        self.encoded = False
        """Whether it is encoded into the profile."""

    def start(self) -> None:
        """Begin; what has been pushed so far is not lost. Not before the session on the same timeline has ended."""
        if not self._closed:
            self._timeline.resume()
            self._ready = True
            self._demuxer.start()

    def push(self, data: bytes, arrived: Monotonic) -> None:
        """What the publisher sent. From any thread; never blocks."""
        self._demuxer.queue.push(data, arrived)

    async def finish(self) -> None:
        """Nothing comes any more: let out what is still inside, then close."""
        self._demuxer.queue.end()
        if self._ready and not self._closed:
            try:
                async with asyncio.timeout(2):
                    await self._ended.wait()
            except TimeoutError:
                """It is closed the hard way."""
        await self.close()

    async def close(self) -> None:
        """End at once; afterwards nothing is delivered and no thread or child is left."""
        self._closed = True
        self._demuxer.queue.abandon()
        await asyncio.to_thread(self._demuxer.close)
        if self._encoding is not None:
            self._encoding.cancel()
            await asyncio.gather(self._encoding, return_exceptions=True)

    @property
    def measured(self) -> Measured:
        """What the publisher sends, before any encode."""
        return Measured() if self._judged is None else self._judged.measured

    @property
    def encoder_pid(self) -> int | None:
        """Of the encoder's process, while there is one."""
        return None if self._normaliser is None else self._normaliser.pid

    def faults(self, now: Monotonic) -> tuple[Fault, ...]:
        """What is wrong with what the publisher sends, serious things first."""
        found = list(self._judged.faults) if self._judged else []
        if self._fell:
            found.append(Fault("decoder_crash", self.unreadable, serious=True))
        elif self.unreadable:
            found.append(Fault("garbage", _GARBAGE, serious=True))
        if self._pace.too_fast:
            found.append(Fault("too_fast", _TOO_FAST, serious=True))
        if self._jumped_at is not None and now - self._jumped_at < _REMEMBERED:
            found.append(Fault("timestamps_jump", _jump_words(self._timeline.last_jump), serious=False))
        if self._silence is not None and self._silence.filling and self._judged and self._judged.has_sound:
            found.append(Fault("audio_stopped", _SOUND_STOPPED, serious=True))
        if self._demuxer.queue.dropped:
            found.append(Fault("overrun", _OVERRUN, serious=True))
        if self._problem is not None and now - self._problem[0] < _REMEMBERED:
            found.append(self._problem[1])
        return tuple(sorted(found, key=lambda fault: not fault.serious))

    # An IntakeSink

    def judged(self, judged: Judged) -> None:
        """What the stream is has been found out, or has changed."""
        self.unreadable, self._fell = "", False
        if self._judged is None or self._judged.has_sound != judged.has_sound:
            self._silence = Silence(self._profile.audio_hz, sound_expected=judged.has_sound)
        self._judged = judged

    def arrived(self, pictures: Pictures) -> None:
        """For capture times."""
        if self._closed:
            return
        if self._timeline.jumps != self._jumps:
            self._jumps, self._jumped_at = self._timeline.jumps, pictures[-1][1]
        for pts, arrived in pictures:
            self._pace.see(pts, arrived)
            self._lag.given(pts)
        if self._normaliser is not None and self._lag.too_far:
            self._normaliser.give_up()
        self._arrived(pictures)

    def copied(self, units: Sequence[Unit]) -> None:
        """Units that agree with the profile."""
        if self._encoding is not None:
            self._end_encoder()
        self._out(units)

    def encode(self, wanted: Encode) -> None:
        """What follows has to be encoded."""
        self._end_encoder()
        if self._closed:
            return
        self.encoded = True
        self._await_key = True
        self._lag.begin()
        self._normaliser = Normaliser(self._profile, wanted, self._out)
        self._encoding = asyncio.create_task(self._encode(self._normaliser))

    def to_encoder(self, data: bytes) -> None:
        """For the encoder."""
        if self._normaliser is not None:
            self._normaliser.write(data)

    def unreadable_bytes(self) -> None:
        """Nothing can be read in what comes."""
        self.unreadable, self._fell = _UNREADABLE, False

    def fell(self, times: int, pause: float) -> None:
        """What comes made a decoder crash: it was not opened, and is left out for `pause` seconds."""
        self.unreadable = _crash_words(times, pause)
        self._fell = True

    def ended(self) -> None:
        """The demuxer has come to its end."""
        self._ended.set()

    def _reopen(self) -> None:
        self._demuxer.reopen()

    def _end_encoder(self) -> None:
        if self._encoding is not None:
            self._encoding.cancel()
        self._encoding, self._normaliser, self.encoded = None, None, False
        self._await_key = True

    async def _encode(self, normaliser: Normaliser) -> None:
        """One encoder until it ends; another follows where the stream goes on."""
        began = monotonic()
        said = await normaliser.run()
        if self._closed or self._demuxer.queue.ended:
            return
        self._failures = 0 if monotonic() - began > _GOOD_RUN else self._failures + 1
        if normaliser.too_slow:
            pause = _SLOW_PAUSES[min(self._slow, len(_SLOW_PAUSES) - 1)]
            self._slow += 1
            words = _TOO_SLOW.format(pause=pause)
        else:
            pause = min(_LONGEST_PAUSE, 0.1 * 2 ** min(self._failures, 8))
            words = f"Bộ chuyển mã dừng giữa chừng ({said[:120] or 'bị tắt'}), đã chạy lại."
        self._problem = (Monotonic(monotonic() + seconds(pause)), Fault("encoder", words, serious=True))
        await asyncio.sleep(pause)
        # One that was too slow begins with what comes now, any other where the one before it ended.
        self._intake.encode_again(self._lag.newest if normaliser.too_slow else self._last.get("video", Ticks(0)))

    # Out

    def _out(self, units: Sequence[Unit]) -> None:
        if self._closed or self._silence is None:
            return
        if self._pace.too_fast:
            self._await_key = True
            return
        following = [unit for unit in units if self._follows(unit)]
        if pictures := [unit.pts for unit in units if unit.track == "video"]:
            self._lag.made(pictures[-1])
        if following:
            self._deliver(list(self._silence.filled(following)))

    def _follows(self, unit: Unit) -> bool:
        """After a change between copy and encode, what has been delivered already is left out up to the next key picture."""
        last = self._last.get(unit.track)
        if last is not None and unit.dts <= last:
            return False
        if self._await_key:
            if unit.track == "video" and unit.key:
                self._await_key = False
            elif unit.track == "video" or last is None:
                return False
        self._last[unit.track] = unit.dts
        return True


_GARBAGE = "Có dữ liệu nhưng không đọc được hình: nguồn phải gửi MPEG-TS (H.264 + AAC). Kiểm tra định dạng đầu ra của bộ phát."
_UNREADABLE = "Có dữ liệu nhưng không đọc được hình: nguồn phải gửi MPEG-TS (H.264 + AAC)"
_SOUND_STOPPED = "Tiếng đã ngừng giữa chừng, đang thay bằng im lặng. Kiểm tra đường tiếng vào bộ phát."
_OVERRUN = "Nguồn gửi nhanh hơn máy chủ đọc kịp, một phần đã bị bỏ. Giảm tốc độ bit của nguồn."
_TOO_FAST = (
    "Nguồn gửi nhanh hơn thời gian thực nên không đưa lên chương trình được. "
    "Phát từ tệp bằng ffmpeg: thêm “-re” trước “-i”. Kéo một tệp qua http: chép tệp vào máy chủ."
)
_TOO_SLOW = (
    "Máy chủ không chuyển mã kịp nguồn này nên tạm dừng chuyển mã, {pause:.0f} giây sau thử lại. "
    "Đặt nguồn đúng chuẩn để khỏi phải chuyển mã."
)


def _crash_words(times: int, pause: float) -> str:
    return (
        f"Luồng này làm hỏng bộ giải mã ({times} lần) nên không được đưa lên chương trình; tự thử lại sau {pause:.0f} giây. "
        "Dừng phát, đổi bộ mã hóa (OBS: Settings → Output → Video Encoder = x264), rồi phát lại."
    )


def _jump_words(by: Duration | None) -> str:
    far = f" {abs(by) / 1_000_000:.1f} giây".replace(".", ",") if by is not None else ""
    way = "lùi" if by is not None and by < 0 else "tới"
    return f"Mốc thời gian của nguồn nhảy {way}{far}, đã nối lại. Nếu lặp lại: khởi động lại bộ phát, kiểm tra đồng hồ bộ phát."
