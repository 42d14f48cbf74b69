"""What the server counts of the programme. Labels are sources, states and reasons: never sites, never destinations."""

from typing import get_args

from prometheus_client import Counter, Gauge

from server.ceremony.sources import SourceName
from server.media.messages import RelayState, Status

WORKER_UP = Gauge("diemcau_media_worker_up", "Whether the media worker is connected")
RESTARTS = Counter("diemcau_media_worker_restarts_total", "Media workers started again after one ended or hung")
PLANS = Counter("diemcau_media_plans_total", "Plans sent to the media worker")
STATUSES = Counter("diemcau_media_statuses_total", "Reports of the media worker")
REFUSED = Counter("diemcau_media_refused_total", "Messages and connections of media workers that were refused", ["code"])
SWITCHES = Counter("diemcau_media_switches_total", "Changes of the source on air", ["why"])
RECEIVING = Gauge("diemcau_media_source_receiving", "Whether a source brings pictures", ["source"])
ON_AIR = Gauge("diemcau_media_source_on_air", "Whether a source is on air", ["source"])
OUTPUT_KBPS = Gauge("diemcau_media_output_kbps", "Video bit rate of the programme")
VIEWERS = Gauge("diemcau_media_viewers", "Sessions that asked the worker for a playlist in the last 10 s")
RELAYS = Gauge("diemcau_media_relays", "Relays by their true state", ["state"])
PROCESSOR = Gauge("diemcau_media_worker_processor_ratio", "Of one core, of the worker itself without its children")
RECORDED_BYTES = Gauge("diemcau_media_recording_bytes", "Size of the recording")
PROXIED = Counter("diemcau_media_proxied_bytes_total", "Bytes of /live passed on to viewers")
CLIPS = Counter("diemcau_media_clips_total", "Clips made", ["outcome"])


def observe(status: Status) -> None:
    """What a report says."""
    for source in status.sources:
        RECEIVING.labels(source.name).set(source.state == "receiving")
    for name in SourceName:
        ON_AIR.labels(name.value).set(status.output.source == name.value)
    OUTPUT_KBPS.set(status.output.video_kbps)
    VIEWERS.set(status.output.viewers)
    PROCESSOR.set(status.processor_percent / 100)
    RECORDED_BYTES.set(status.recording.bytes)
    for state in get_args(RelayState):
        RELAYS.labels(state).set(sum(relay.state == state for relay in status.relays))
