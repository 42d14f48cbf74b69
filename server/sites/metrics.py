"""What the site sessions count. Labels are parts, message types, grades and refusal codes: never sites."""

from prometheus_client import Counter, Gauge, Histogram

SESSIONS = Gauge("diemcau_site_sessions", "Open device sessions", ["part"])
OPENED = Counter("diemcau_site_sessions_opened_total", "Sessions welcomed", ["part"])
FENCED = Counter("diemcau_site_sessions_fenced_total", "Sessions ended by a newer one of the same device")
MESSAGES = Counter("diemcau_site_messages_total", "Messages of devices that were taken", ["type"])
REFUSED = Counter("diemcau_site_refused_total", "Messages of devices that were refused", ["code"])
REPORT_ITEMS = Counter("diemcau_site_report_items_total", "Report items by what became of them", ["outcome"])
ADMISSION_WAIT = Histogram(
    "diemcau_site_admission_seconds", "How long a new connection waited for its turn", buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10)
)
CUE_SENT = Counter("diemcau_cue_messages_total", "Launch messages handed to transports", ["type"])
CUE_SECONDS = Histogram(
    "diemcau_cue_send_seconds", "From the call to the last transport, one message to all", buckets=(0.001, 0.005, 0.02, 0.1, 0.5)
)
LOADED = Counter("diemcau_cue_loaded_total", "Devices' answers to an order", ["outcome"])
LOADED_SECONDS = Histogram(
    "diemcau_cue_loaded_seconds",
    "From the commit to a device's answer that the order is verified and on its disk",
    buckets=(0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 3.5),
)
HEARTBEATS_MISSED = Counter("diemcau_heartbeats_missed_total", "Gaps in devices' heartbeat numbers")
SUSPECT = Gauge("diemcau_suspect", "1 while the server suspects itself")
TIME_PROBES = Counter("diemcau_time_probes_total", "UDP time probes by what became of them", ["outcome"])
