"""A link that comes and goes is told once as “chập chờn”, not at every turn. Pure; after RFC 2439, §4.2 and §4.4.3.

Each fall adds to a site's figure of merit, which decays by half every `HALF_LIFE`. Above `CUT_OFF` the site is flapping: while
it is heard, it stands as unstable whatever the samples say; it is told lost only after `HELD_DOWN_AFTER` of silence. Once the
figure has decayed to `REUSE` it is told as it is again. The ceiling bounds how long a site that has become quiet waits for
that (§4.2: max-hold), so that the cost of the worst site is bounded: see `tests/unit/server/ceremony/test_link_damping.py`.
"""

import msgspec

from server.ceremony.link_grading import CONNECTED, Grade, Standing, is_worse
from site_agent.units import MINUTE, Duration, Instant

HALF_LIFE = Duration(6 * MINUTE)
LOST = 1.0
"""What falling silent adds."""
WORSENED = 0.5
"""What a worse quality adds while connected."""
CUT_OFF = 2.5
REUSE = 1.0
CEILING = 5.0
"""Reached or not, a site that falls no more is told as it is after log2(5) half-lives: 14 minutes."""
HELD_DOWN_AFTER = Duration(3 * MINUTE)
"""Silence after which a flapping site is told lost all the same."""
TOLD_OVER = Duration(15 * MINUTE)
"""The falls that the words count."""
MOST_FALLS = 20


class Flaps(msgspec.Struct, frozen=True):
    """What damping remembers of a site."""

    merit: float = 0.0
    """The figure of merit as it was `at`."""
    at: Instant = Instant(0)
    flapping: bool = False
    falls: tuple[Instant, ...] = ()
    """The last ones, for the words."""

    @property
    def reason(self) -> str:
        """In words: how often within how long."""
        if not self.falls:
            return "chập chờn"
        return f"chập chờn: {len(self.falls)} lần trong 15 phút"


STEADY = Flaps()


def after(flaps: Flaps, before: Grade, now_is: Grade, now: Instant) -> Flaps:
    """Once a site went from one grade, undamped, to another or the same."""
    merit = _decayed(flaps, now)
    added = _penalty(before, now_is)
    if not added and merit == flaps.merit:
        return flaps
    merit = min(CEILING, merit + added)
    flapping = merit >= CUT_OFF or (flaps.flapping and merit > REUSE)
    falls = (*flaps.falls, now) if added else flaps.falls
    falls = tuple(fall for fall in falls if now - fall < TOLD_OVER)[-MOST_FALLS:]
    return Flaps(merit=merit, at=now, flapping=flapping, falls=falls)


def told(flaps: Flaps, raw: Standing, silence: Duration, before: Standing) -> Standing:
    """What is told of a site: as it is; while it flaps, unstable, or lost once it is silent for long.

    Args:
        flaps: now.
        raw: what the samples say.
        silence: since anything was heard of the site.
        before: what was told last.

    """
    if not flaps.flapping or raw.grade is Grade.NEVER_SEEN:
        return raw
    if raw.grade in CONNECTED:
        return _held(flaps, before)
    if silence >= HELD_DOWN_AFTER or before.grade is Grade.DOWN:
        return Standing(Grade.DOWN, "mất kết nối")
    return _held(flaps, before)


def flapping_since(at: Instant) -> Flaps:
    """A site that the journal says is flapping, after a restart: just above the cut-off."""
    return Flaps(merit=CUT_OFF, at=at, flapping=True)


def _held(flaps: Flaps, before: Standing) -> Standing:
    """Unstable; the words are those of the moment it was told, so that they do not change with every fall."""
    if before.grade is Grade.UNSTABLE and before.reason.startswith("chập chờn"):
        return before
    return Standing(Grade.UNSTABLE, flaps.reason)


def _penalty(before: Grade, now_is: Grade) -> float:
    if before in CONNECTED and now_is not in CONNECTED and now_is is not Grade.NEVER_SEEN:
        return LOST
    return WORSENED if before in CONNECTED and now_is in CONNECTED and is_worse(now_is, before) else 0.0


def _decayed(flaps: Flaps, now: Instant) -> float:
    """The figure at `now`; small ones are forgotten."""
    if flaps.merit == 0.0:
        return 0.0
    merit: float = flaps.merit * 0.5 ** (max(0, now - flaps.at) / HALF_LIFE)
    return merit if merit >= 0.01 else 0.0
