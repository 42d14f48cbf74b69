"""What decoders find in pictures and sound. Plain facts, so that they pass between processes."""

from dataclasses import dataclass

QUIETEST = -70.0
"""LUFS or dBFS; less is told as this. It is the gate below which R128 counts nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One key picture."""

    width: int
    height: int
    profile: str
    level: float | None
    pixel_format: str
    interlaced: bool
    black: bool
    same: bool
    """Nearly the same as the key picture before it."""
    jpeg: bytes | None
    """A thumbnail; None: it could not be made small enough."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a stretch of sound amounts to. Levels as at its end."""

    momentary: float
    """LUFS over 400 ms."""
    loudest: float
    """The highest momentary of the stretch."""
    short_term: float
    """LUFS over 3 s."""
    integrated: float
    """LUFS since the meter began."""
    true_peak: float
    """dBTP, the highest since the meter began."""
    pieces: int
    """How many tenths of a second it was."""
    clipped: int
    """In how many of them a sample came near full scale."""
