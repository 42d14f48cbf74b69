"""Sound that is not there, as silence, so that players and platforms always have both tracks. Pure."""

from collections.abc import Iterable, Iterator

from server.media.worker.annexb import adts
from server.media.worker.flow import TICKS_PER_SECOND, Ticks, Unit

_SAMPLES = 1024
_FRAME = bytes.fromhex("21004990021900238" + "0")
"""One AAC-LC frame of two silent channels."""
_MISSING = TICKS_PER_SECOND * 3 // 2
"""Sound this far behind the picture has stopped; encoders interleave within a second."""


class Silence:
    """Fills one source's sound where it has none. Takes and gives units in decoding order."""

    def __init__(self, hz: int, *, sound_expected: bool) -> None:
        self.filling = False
        """Whether silence stands in for sound now."""
        self._frame = adts(_FRAME, hz, 2)
        self._step = _SAMPLES * TICKS_PER_SECOND / hz
        self._late = _MISSING if sound_expected else 0
        self._end: float | None = None
        """Where the sound so far ends."""

    def filled(self, units: Iterable[Unit]) -> Iterator[Unit]:
        """The units, and silence between them where sound is missing; sound that comes too late for its place is left out."""
        for unit in units:
            if unit.track == "audio":
                if self._end is not None and unit.dts < self._end - self._step:
                    continue
                self.filling = False
                self._end = unit.dts + self._step
                yield unit
                continue
            if self._end is None:
                self._end = float(unit.dts)
            if unit.dts - self._end > self._late:
                self.filling = True
                yield from self._until(unit)
            yield unit

    def _until(self, unit: Unit) -> Iterator[Unit]:
        assert self._end is not None
        if unit.dts - self._end > 10 * TICKS_PER_SECOND:
            self._end = float(unit.dts)
        end = unit.dts - (self._late // 3 if self._late else 0)
        while self._end <= end:
            at = Ticks(round(self._end))
            yield Unit("audio", at, at, key=True, data=self._frame, arrived=unit.arrived)
            self._end += self._step
