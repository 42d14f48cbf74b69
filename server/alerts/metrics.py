"""What the alerts count. Labels are kinds and outcomes: never sites, never gateways."""

from prometheus_client import Counter, Gauge

MESSAGES = Counter("diemcau_alerts_total", "Alert messages by kind (new, again, back, test) and outcome", ["kind", "outcome"])
GATEWAYS = Gauge("diemcau_alert_gateways", "Alert gateways that are set up")
FAILING = Gauge("diemcau_alert_gateways_failing", "Alert gateways whose last message did not go out")
