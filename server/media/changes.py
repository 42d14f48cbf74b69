"""What of the worker's reports is worth a line in the history: changes that lasted, never samples. Pure."""

from server.ceremony.media_history import (
    MediaState,
    RecordingChange,
    RecordingNow,
    RecordMediaChanges,
    RelayChange,
    RelayNow,
    SwitchChange,
)
from server.ceremony.sources import SourceName
from server.media.messages import RelayStatus, Status
from site_agent.units import SECOND, CommandId, Duration, Instant

HELD = Duration(3 * SECOND)
"""A relay that sends for less than this has not arrived, and one that is quiet for less was not lost."""
_NOW: dict[str, RelayNow] = {
    "off": RelayNow.OFF,
    "connecting": RelayNow.TRYING,
    "sending": RelayNow.SENDING,
    "on_slate": RelayNow.SENDING,
    "waiting": RelayNow.TRYING,
    "failed_auth": RelayNow.FAILED_AUTH,
    "failed_network": RelayNow.TRYING,
    "failed_profile": RelayNow.FAILED_PROFILE,
}


def changes(known: MediaState, status: Status, command: CommandId) -> RecordMediaChanges | None:
    """What the status says beyond what the history knows; None where nothing."""
    output = status.output
    to = SourceName(output.source) if output.source is not None else None
    switches = (SwitchChange(to=to, why=output.why, at=output.since),) if to is not known.on_air else ()
    relays = tuple(_relays(known, status))
    recording = status.recording
    now = RecordingNow(recording.state)
    recordings = (RecordingChange(now=now, words=recording.words, at=recording.since),) if now is not known.recording else ()
    if not switches and not relays and not recordings:
        return None
    return RecordMediaChanges(id=command, switches=switches, relays=relays, recording=recordings)


def _relays(known: MediaState, status: Status) -> list[RelayChange]:
    told = {relay.id: relay for relay in status.relays}
    found = [change for relay in told.values() if (change := _relay(known, relay, status.at)) is not None]
    gone = [RelayChange(relay=name, now=RelayNow.OFF, words="", at=status.at) for name in known.relays if name not in told]
    return [*found, *gone]


def _relay(known: MediaState, relay: RelayStatus, at: Instant) -> RelayChange | None:
    now = _NOW[relay.state]
    if now is known.relay(relay.id):
        return None
    if now in {RelayNow.SENDING, RelayNow.TRYING} and at - relay.since < HELD and relay.state != "waiting":
        return None
    words = relay.last_error if now not in {RelayNow.OFF, RelayNow.SENDING} else ""
    return RelayChange(relay=relay.id, now=now, words=words, at=relay.since)
