"""Instants, durations and identifiers as distinct types.

Every instant and duration in the system is an integer number of microseconds. An `Instant` is UTC since the Unix epoch
as the ceremony clock tells it; a `Monotonic` is a reading of one process's monotonic clock and means nothing elsewhere;
a `Duration` is a difference of two of the same kind. They never share a bare number.
"""

from typing import Annotated, NewType

from msgspec import Meta

Exact = Annotated[int, Meta(ge=-(2**53), le=2**53)]
"""What JavaScript can count without rounding: 285 years in microseconds. Decoders refuse more, so that no date, float or
column downstream has to fear it.
"""
Instant = NewType("Instant", Exact)
"""Microseconds of UTC since 1970-01-01, on the ceremony clock."""
Monotonic = NewType("Monotonic", int)
"""Microseconds on the local monotonic clock of one process."""
Duration = NewType("Duration", Exact)
"""Microseconds between two instants of the same clock; may be negative."""

CeremonyId = NewType("CeremonyId", str)
SiteCode = NewType("SiteCode", str)
DeviceId = NewType("DeviceId", str)
"""Fingerprint of the device's public key: see `site_agent.launch.signed.fingerprint`."""
KeyId = NewType("KeyId", str)
"""Fingerprint of any Ed25519 public key."""
PublicKey = NewType("PublicKey", str)
"""Raw 32 bytes of an Ed25519 public key, base64url without padding."""
CommandId = NewType("CommandId", str)
"""UUID (version 7 when made by a client), lower case with dashes."""
CueId = NewType("CueId", str)
Attempt = NewType("Attempt", int)
"""Number of a launch attempt, counted per cue from 1, rehearsals included."""
Term = NewType("Term", int)
"""Number of a warrant; rises with each one issued in a ceremony."""
SeatName = NewType("SeatName", str)
PersonId = NewType("PersonId", str)
"""Opaque name of one person's key; never a name or a phone number."""
ClockId = NewType("ClockId", str)
FeedId = NewType("FeedId", str)
Sha256 = NewType("Sha256", str)
"""SHA-256 digest as 64 lower-case hexadecimal digits."""

MILLISECOND = Duration(1_000)
SECOND = Duration(1_000_000)
MINUTE = Duration(60_000_000)
HOUR = Duration(3_600_000_000)


def milliseconds(value: float) -> Duration:
    """Duration of `value` milliseconds, rounded to whole microseconds."""
    return Duration(round(value * 1_000))


def seconds(value: float) -> Duration:
    """Duration of `value` seconds, rounded to whole microseconds."""
    return Duration(round(value * 1_000_000))


def in_milliseconds(duration: Duration) -> float:
    """The duration as milliseconds, for people and metrics."""
    return duration / 1_000


def in_seconds(duration: Duration) -> float:
    """The duration as seconds, for timers of the event loop."""
    return duration / 1_000_000
