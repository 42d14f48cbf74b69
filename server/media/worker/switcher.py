"""Which source is on air, and one timeline for whatever is: primary, else backup, else slate. Pure; `now` comes in.

1. On air is the best source that is alive: the one wanted by hand, then primary, backup, slate. A source whose pictures stop
   for `loss` is lost, and the next best takes over at once: from the key picture of its last seconds that arrived nearest to
   when the programme broke off, so that nothing is missing and the programme's timeline keeps up with the clock.
2. A better source takes over at its next key picture once it has come without a break for `stable` (`settling` if it never
   broke yet); by hand at its next key picture.
3. Whatever takes over continues where the pictures before it ended: its timestamps are shifted by one amount, for picture and
   sound alike. Sound that overlaps is left out, and where sound is missing silence is laid.
4. At the very beginning the slate waits a while for a better source that somebody is connecting: nobody opens with an apology.
5. Timestamps that jump end a source's stretch: it goes on at its next key picture, shifted anew. So does a key picture that
   does not come in time for a segment; a source whose key pictures are always too far apart is no source.

What comes out rises strictly in decoding time on each track and never shows a picture that cannot be decoded.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from server.media.messages import Profile, SourceName
from server.media.worker.capture_clock import CaptureClock
from server.media.worker.elementary import AUDIO_FRAME_SAMPLES
from server.media.worker.flow import TICKS_PER_SECOND, Ticks, Unit
from site_agent.units import SECOND, Duration, Monotonic

ORDER: tuple[SourceName, ...] = ("primary", "backup", "slate")
BEGINNING = Ticks(TICKS_PER_SECOND)
"""The programme's timeline begins here, so that the clock reference before it is not negative."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Bounds of the switcher; durations in µs, ticks of 1/90 000 s."""

    key_distance: Ticks
    """Most between key pictures, so that segments keep within their target."""
    frame: Ticks
    sound_frame: Ticks
    loss: Duration = Duration(2_000_000)  # noqa: RUF009 -- a name for an int
    stable: Duration = Duration(10_000_000)  # noqa: RUF009
    settling: Duration = SECOND
    kept: Duration = Duration(5_000_000)  # noqa: RUF009
    """What is held ready of a source that is not on air."""
    opening: Duration = Duration(6_000_000)  # noqa: RUF009
    """How long the slate waits for a source that is being connected: two key pictures, and what a busy machine adds."""
    jump: Ticks = Ticks(TICKS_PER_SECOND)  # noqa: RUF009
    """A longer step forward is a jump; a shorter one is a gap, told as it is."""
    backward: Ticks = Ticks(TICKS_PER_SECOND // 10)  # noqa: RUF009

    @classmethod
    def of(cls, profile: Profile, key_distance: Ticks, stable: Duration) -> "Rules":
        """For a programme of this profile."""
        return cls(
            stable=stable,
            key_distance=key_distance,
            frame=Ticks(TICKS_PER_SECOND // profile.frames_per_second),
            sound_frame=Ticks(AUDIO_FRAME_SAMPLES * TICKS_PER_SECOND // profile.audio_hz),
        )


@dataclass(frozen=True, slots=True)
class Laid:
    """A unit on the programme's timeline."""

    unit: Unit
    captured: Monotonic
    source: SourceName


class _Feed:
    """One source as the switcher sees it."""

    def __init__(self, name: SourceName) -> None:
        self.name = name
        self.capture = CaptureClock()
        self.offset = Duration(0)
        self.kept: deque[Unit] = deque()
        self.since: Monotonic | None = None
        """Since when it comes without a break: when its first key picture was handed over."""
        self.broke = False
        """Whether it ever broke off: then it must prove itself before it comes back."""
        self.last_picture: Monotonic | None = None
        self.last_sound: Monotonic | None = None
        self._last: dict[str, Ticks] = {}
        self._last_key: Ticks | None = None
        self._key_distance = 0

    def see(self, unit: Unit, now: Monotonic, rules: Rules) -> bool:
        """Learn from a unit; whether its timestamps jumped."""
        last = self._last.get(unit.track)
        jumped = last is not None and not -rules.backward <= unit.dts - last <= rules.jump
        if jumped:
            self.break_off()
        self._last[unit.track] = unit.dts
        if unit.track == "audio":
            self.last_sound = now
            return jumped
        self.last_picture = now
        self.capture.see(unit.pts, unit.arrived)
        if unit.key:
            self._key_distance = unit.dts - self._last_key if self._last_key is not None else 0
            self._last_key = unit.dts
            self.since = self.since if self.since is not None else now
        return jumped

    def break_off(self) -> None:
        """What it held cannot be continued: begin anew at its next key picture."""
        self.capture = CaptureClock()
        self.kept.clear()
        self.broke = self.broke or self.since is not None
        self.since = self.last_picture = self._last_key = None
        self._key_distance = 0
        self._last.clear()

    def keep(self, unit: Unit, rules: Rules) -> None:
        self.kept.append(unit)
        while self.kept[0].arrived < unit.arrived - rules.kept:
            self.kept.popleft()

    def fit(self, rules: Rules) -> bool:
        return self._key_distance <= rules.key_distance

    def alive(self, now: Monotonic, rules: Rules) -> bool:
        return self.last_picture is not None and now - self.last_picture < rules.loss

    def key_nearest(self, when: Monotonic) -> Unit | None:
        keys = [unit for unit in self.kept if unit.key and unit.track == "video"]
        return min(keys, key=lambda unit: abs(unit.arrived - when), default=None)


class Switcher:
    """Takes units of all sources, gives the programme's."""

    def __init__(self, rules: Rules, silence: bytes = b"") -> None:
        self.rules = rules
        self.silence = silence
        """One AAC frame with its ADTS header; empty: gaps of sound stay gaps."""
        self.on_air: SourceName | None = None
        self.since = Monotonic(0)
        self.why = ""
        """As `OutputStatus.why`."""
        self._feeds = {name: _Feed(name) for name in ORDER}
        self._wanted: SourceName | None = None
        self._by_hand = False
        self._coming_since: Monotonic | None = None
        """Since when somebody is connecting a source, before anything was on air."""
        self._continuing = False
        """Whether the source on air may continue, or must first show a key picture."""
        self._shift = Ticks(0)
        self._last_laid: Monotonic | None = None
        self._break = Monotonic(0)
        """Arrival of the last picture that was laid: there the programme breaks off."""
        self._picture_dts: Ticks | None = None
        self._picture_end = BEGINNING
        self._key_dts = BEGINNING
        self._sound_end: Ticks | None = None

    def want(self, source: SourceName | None) -> None:
        """By hand: this source, at its next key picture; None: the best that is alive."""
        if source != self._wanted:
            self._wanted, self._by_hand = source, source is not None

    def coming(self, any_source: bool, now: Monotonic) -> None:
        """Whether somebody is connecting a source that nothing has come of yet."""
        if not any_source:
            self._coming_since = None
        elif self._coming_since is None:
            self._coming_since = now

    def calibrate(self, name: SourceName, offset: Duration) -> None:
        """What to add to the capture times of a source, µs."""
        self._feeds[name].offset = offset

    def forget(self, name: SourceName) -> None:
        """The source is no longer planned, or is another one now."""
        self._feeds[name].break_off()
        self._feeds[name].broke = False
        self._continuing = self._continuing and self.on_air != name

    def units(self, name: SourceName, units: Sequence[Unit], now: Monotonic) -> list[Laid]:
        """What the programme gets when these units of a source have come."""
        laid: list[Laid] = []
        feed = self._feeds[name]
        for unit in units:
            if feed.see(unit, now, self.rules) and name == self.on_air:
                self._continuing = False
            if name == self.on_air and self._continuing:
                laid += self._continue(feed, unit, now)
                continue
            feed.keep(unit, self.rules)
            if unit.key and unit.track == "video" and self._may_take_over(feed, now):
                laid += self._take_over(feed, unit, now, self._reason(feed))
        return laid + self.tick(now)

    def tick(self, now: Monotonic) -> list[Laid]:
        """What the programme gets because time passed; to be called some ten times a second."""
        for feed in self._feeds.values():
            if feed.last_picture is not None and not feed.alive(now, self.rules):
                feed.break_off()
        if self.on_air is None or self._last_laid is None or now - self._last_laid < self.rules.loss:
            return []
        self._continuing = False
        return self._fall_back(now)

    def _ranked(self) -> list[SourceName]:
        return ([self._wanted] if self._wanted else []) + [name for name in ORDER if name != self._wanted]

    def _may_take_over(self, feed: _Feed, now: Monotonic) -> bool:
        if self.on_air is None:
            return feed.name != "slate" or self._wanted == "slate" or not self._opens_soon(now)
        if self.on_air == feed.name:
            return True
        ranked = self._ranked()
        if ranked.index(feed.name) > ranked.index(self.on_air) or not feed.fit(self.rules) or feed.since is None:
            return False
        if self._by_hand and feed.name == self._wanted:
            return True
        return now - feed.since >= (self.rules.stable if feed.broke else self.rules.settling)

    def _opens_soon(self, now: Monotonic) -> bool:
        return self._coming_since is not None and now - self._coming_since < self.rules.opening

    def _reason(self, feed: _Feed) -> str:
        if self.on_air == feed.name:
            return self.why
        if feed.name == self._wanted:
            return "by_hand"
        return f"{feed.name}_back" if feed.broke or self.why not in {"", "start"} else "start"

    def _fall_back(self, now: Monotonic) -> list[Laid]:
        """The source on air is lost: the next best that has a key picture at hand."""
        why = f"{self.on_air}_lost"
        for name in self._ranked():
            feed = self._feeds[name]
            if name == self.on_air or not feed.alive(now, self.rules) or not feed.fit(self.rules):
                continue
            if key := feed.key_nearest(self._break):
                return self._take_over(feed, key, now, why)
        return []

    def _take_over(self, feed: _Feed, key: Unit, now: Monotonic, why: str) -> list[Laid]:
        """Put a source on air from this key picture of its kept units on."""
        if feed.name != self.on_air:
            self.on_air, self.since, self.why = feed.name, now, why
            self._by_hand = self._by_hand and feed.name != self._wanted
        first = self._picture_dts is None
        after = BEGINNING if self._picture_dts is None else Ticks(self._picture_dts + self.rules.frame)
        self._shift = Ticks(max(self._picture_end - key.pts, after - key.dts))
        self._continuing = True
        if first:
            self._sound_end = Ticks(key.pts + self._shift)
        kept = list(feed.kept)
        feed.kept.clear()
        begin = next(index for index, unit in enumerate(kept) if unit is key)
        sound_before = [unit for unit in kept[:begin] if unit.track == "audio"]
        laid: list[Laid] = []
        for unit in (key, *sound_before, *kept[begin + 1 :]):
            laid += self._lay(feed, unit, now)
        return laid

    def _continue(self, feed: _Feed, unit: Unit, now: Monotonic) -> list[Laid]:
        far = unit.track == "video" and not unit.key and unit.dts + self._shift - self._key_dts >= self.rules.key_distance
        if not far:
            return list(self._lay(feed, unit, now))
        if feed.fit(self.rules):  # one key picture was lost on the way: wait for the next, as long as for any picture
            self._continuing = False
            return []
        laid = self._fall_back(now)
        if laid:
            feed.break_off()
        return laid or list(self._lay(feed, unit, now))

    def _lay(self, feed: _Feed, unit: Unit, now: Monotonic) -> Iterator[Laid]:
        if unit.track == "audio":
            yield from self._lay_sound(feed, unit)
            return
        if feed.last_sound is None or now - feed.last_sound > SECOND:
            yield from self._lay_silence(feed, Ticks(unit.dts + self._shift))
        dts = Ticks(unit.dts + self._shift)
        if self._picture_dts is not None and dts <= self._picture_dts:
            dts = Ticks(self._picture_dts + 1)
        pts = Ticks(max(unit.pts + self._shift, dts))
        self._picture_dts = dts
        self._picture_end = Ticks(max(self._picture_end, pts + self.rules.frame))
        if unit.key:
            self._key_dts = dts
        self._last_laid, self._break = now, unit.arrived
        yield self._laid(feed, replace(unit, pts=pts, dts=dts))

    def _lay_sound(self, feed: _Feed, unit: Unit) -> Iterator[Laid]:
        """A frame of sound, unless its time is taken; what is missing before it is filled with silence."""
        at = Ticks(unit.pts + self._shift)
        end = self._sound_end if self._sound_end is not None else at
        if at < end - self.rules.sound_frame // 2 or at > self._picture_end + 3 * TICKS_PER_SECOND:
            return
        if at - end > 2 * self.rules.sound_frame:
            yield from self._lay_silence(feed, at)
            end = self._sound_end or end
        at = Ticks(max(at, end - self.rules.sound_frame + 1))
        self._sound_end = Ticks(at + self.rules.sound_frame)
        yield self._laid(feed, replace(unit, pts=at, dts=at))

    def _lay_silence(self, feed: _Feed, until: Ticks) -> Iterator[Laid]:
        while self.silence and self._sound_end is not None and self._sound_end + self.rules.sound_frame <= until:
            at = self._sound_end
            self._sound_end = Ticks(at + self.rules.sound_frame)
            yield self._laid(feed, Unit("audio", at, at, True, self.silence, self._break))

    def _laid(self, feed: _Feed, unit: Unit) -> Laid:
        captured = feed.capture.captured(Ticks(unit.pts - self._shift)) + feed.offset
        return Laid(unit, Monotonic(captured), feed.name)
