"""How fast a line is each way, from a probe that is small enough for a village's data plan. Pure; the page mirrors it.

32 KiB down and 16 KiB up over HTTP, a first time within two minutes of connecting, then every 20 minutes, at most 12 times:
600 kB in a morning of four hours. A slow result is asked about again after 3 minutes. Not while a cue is prepared: nothing
may stand in an order's way. What is measured is a floor: a connection that begins slowly never shows what a fast line
could do, and no more than `MOST_KBPS` is claimed.
"""

from site_agent.units import MINUTE, SECOND, Duration

DOWN_BYTES = 32 * 1024
UP_BYTES = 16 * 1024
FIRST_WITHIN = Duration(2 * MINUTE)
EVERY = Duration(20 * MINUTE)
AGAIN_AFTER = Duration(3 * MINUTE)
MOST_PROBES = 12
SLOW_UP_KBPS, SLOW_DOWN_KBPS = 256, 800
"""Below these the server tells a site unstable (`server.ceremony.link_grading`): worth a second look."""
MOST_KBPS = 20_000
LEAST_SHARE = 0.1
"""Of the time that the probe took, this much at least is taken for sending: timing is rough on a fast line."""
WITHIN = Duration(20 * SECOND)
"""A probe that takes longer is given up, and what it would have needed at least is what is told."""


def kbps(size: int, elapsed: Duration, empty: Duration, turns: float) -> int:
    """Kilobits a second.

    Args:
        size: bytes that went one way.
        elapsed: from the request to the end of the answer, in µs.
        empty: the same of a request without bytes, by the same means.
        turns: how many such empty requests the slow start of the connection costs beside (RFC 5681 §3.1: some 14 KiB go
            with the first round trip).

    """
    sending = max(elapsed - empty * (1 + turns), elapsed * LEAST_SHARE, 1.0)
    return min(MOST_KBPS, round(size * 8_000 / sending))


def next_wait(up: int | None, down: int | None, slow_before: int) -> Duration:
    """How long to wait after a probe: less after a slow one, but not three times in a row."""
    slow = (up is not None and up < SLOW_UP_KBPS) or (down is not None and down < SLOW_DOWN_KBPS)
    return AGAIN_AFTER if slow and slow_before < 2 else EVERY
