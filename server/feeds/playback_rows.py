"""The rows that tell who sees the programme. Keys of the feed `watch`: `playback` PlaybackRow, `audience` AudienceRow."""

from server.feeds.rows import Row
from site_agent.units import SiteCode


class PlaybackRow(Row, frozen=True):
    """Sites whose picture is ours (`hls`), as their screens tell it. Each of them stands in exactly one of the counts."""

    should: int
    """All of them."""
    see_and_hear: int
    """Pictures move on a page that is seen, and its sound is on."""
    silent: int
    """Pictures move, the sound is off."""
    waiting: int
    """The player is open and stands still, is frozen, or is in a tab nobody sees."""
    without: int
    """Nothing plays, or nothing is heard of the screen."""
    lacking: tuple[SiteCode, ...] = ()
    """The first of those that do not both see and hear, in roster order."""


class AudienceRow(Row, frozen=True):
    """Pages of /watch, as they tell it themselves: counts, nothing of anybody."""

    playing: int
    with_sound: int
    waiting: int
    """Open, and no picture moves."""
    stalled: int
    """Playing, but stood still in the last minute."""
