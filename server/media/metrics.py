"""What the server counts of the programme. Labels are sources, states and reasons: never sites, never destinations."""

from prometheus_client import Counter, Gauge

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
