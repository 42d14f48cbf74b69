"""The rows of the feed `media`: the programme as it is wanted and as it is. Figures are rounded, so that noise is no change.

| keys | rows |
| --- | --- |
| `worker` | WorkerRow: the process that makes the programme |
| `source:primary` `source:backup` `source:slate` | SourceRow |
| `output` | OutputRow; the MC reads this one alone |
| `relay:ID` | RelayRow |
| `recording` | RecordingRow |
| `clip:ID` | ClipRow |
"""

from server.ceremony.relay_plan import Moment, Platform
from server.feeds.rows import Row
from server.media.messages import Fault, Measured
from site_agent.units import Duration, Instant


class WorkerRow(Row, frozen=True):
    """The worker; `state` off, starting, running or lost."""

    state: str
    since: Instant | None
    words: str
    restarts: int


class SourceRow(Row, frozen=True):
    """A source: wanted beside true."""

    name: str
    kind: str
    """How it should come in; the slate has `slate`."""
    generation: int
    """Of its key."""
    shown_address: str
    """To pull from, without user, password and query."""
    offset: Duration
    on_air: bool
    chosen: bool
    """On air by hand."""
    state: str
    """`PublishState`, or `unknown` while there is no worker."""
    since: Instant | None
    words: str
    port: int | None
    encoded: bool
    stable_since: Instant | None
    measured: Measured
    faults: tuple[Fault, ...]
    thumbnail_at: Instant | None


class OutputRow(Row, frozen=True):
    """What goes out."""

    source: str | None
    since: Instant | None
    why: str
    wanted: str | None
    """Chosen by hand; None: the switcher chooses."""
    width: int
    height: int
    kbps: int
    """Of the profile."""
    video_kbps: int
    """In truth."""
    flowing: bool
    """A segment was begun in the last seconds."""
    viewers: int
    problem: str
    thumbnail_at: Instant | None


class RelayRow(Row, frozen=True):
    """A destination: wanted beside true. Never its key."""

    relay: str
    name: str
    platform: Platform
    shown_url: str
    has_key: bool
    key_characters: int
    """How long the key is: enough to see that the right one was pasted whole."""
    start: Moment
    stop: Moment
    wanted: bool
    wanted_since: Instant | None
    state: str
    """`RelayStatus.state`, or `unknown` while there is no worker."""
    since: Instant | None
    kbps: int
    sent_megabytes: int
    retries: int
    dropped: int
    last_error: str
    retry_at: Instant | None


class RecordingRow(Row, frozen=True):
    """The recording."""

    wanted: bool
    state: str
    since: Instant | None
    begin: Instant | None
    megabytes: int
    free_megabytes: int
    words: str


class ClipRow(Row, frozen=True):
    """A clip; `state` waiting, making, ready or failed."""

    clip: str
    name: str
    begin: Instant
    end: Instant
    state: str
    words: str
