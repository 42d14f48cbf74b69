"""How far an encoder is behind what it is given, in the time of the stream. Pure.

A machine that is too slow for a source (4K at 60, say) still makes a few pictures a second of it: the source would seem alive
and its viewers stand still. Said in time, it is found out however few bytes wait.
"""

from server.media.worker.flow import TICKS_PER_SECOND, Ticks

MOST = 8 * TICKS_PER_SECOND
"""As long as the programme may bring nothing new before its viewers are told that it stands still."""
_LOOKED_AT = 10 * TICKS_PER_SECOND
"""One that is behind by more and gains nothing in this time will not catch up; a late start does."""
_GAIN = TICKS_PER_SECOND
_PAUSE = TICKS_PER_SECOND


class Lag:
    """Of one session's encoders, one after the other."""

    def __init__(self) -> None:
        self._given: Ticks | None = None
        self._made: Ticks | None = None
        self._since: tuple[Ticks, int] | None = None
        """Since which picture it has been too far behind, and how far it was then."""
        self.too_far = False
        """Whether it will not catch up."""

    @property
    def newest(self) -> Ticks:
        """The newest picture that was given; 0 before the first."""
        return self._given or Ticks(0)

    def begin(self) -> None:
        """Another encoder: it is behind by nothing yet."""
        self._made, self._since, self.too_far = self._given, None, False

    def given(self, pts: Ticks) -> None:
        """A picture came for it."""
        if self._given is not None and self._made is not None and pts - self._given > _PAUSE:
            self._made = Ticks(self._made + pts - self._given)  # while nothing came, nothing could be made
        self._given = pts if self._given is None else Ticks(max(pts, self._given))
        self._made = self._given if self._made is None else self._made
        self._look(self._given, self._given - self._made)

    def made(self, pts: Ticks) -> None:
        """A picture came out of it."""
        self._made = pts if self._made is None else Ticks(max(pts, self._made))

    def _look(self, at: Ticks, behind: int) -> None:
        if behind <= MOST:
            self._since = None
        elif self._since is None:
            self._since = at, behind
        elif at - self._since[0] >= _LOOKED_AT:
            self.too_far = behind > self._since[1] - _GAIN
            self._since = at, behind
