"""Runs in a process of its own, `python -m server.alerts.child`: takes one job on standard input, sends it by Apprise, one
thread a gateway, and writes one line of JSON for each that answers. A gateway that never answers is the parent's to kill.
"""

import logging
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import msgspec

from server.alerts.job import Job, Outcome, Sent, Target

_write = threading.Lock()


def main() -> None:
    """Send the job."""
    logging.disable(logging.CRITICAL)  # Apprise writes addresses into its lines
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    with ThreadPoolExecutor(max_workers=max(1, len(job.targets))) as pool:
        for target in job.targets:
            pool.submit(_send_one, target, job)


def _send_one(target: Target, job: Job) -> None:
    try:
        outcome = _send(target, job)
    except Exception:  # noqa: BLE001 - whatever a plugin raises, its gateway has not sent
        outcome = Outcome.FAILED
    with _write:
        sys.stdout.buffer.write(msgspec.json.encode(Sent(target.name, outcome)) + b"\n")
        sys.stdout.buffer.flush()


def _send(target: Target, job: Job) -> Outcome:
    import apprise  # noqa: PLC0415 - a second of work that only this process has to do

    asset = apprise.AppriseAsset(app_id="DiemCau", app_desc="Điểm Cầu", app_url="")
    gateway = apprise.Apprise.instantiate(target.url, asset=asset, suppress_exceptions=True)
    if gateway is None:
        return Outcome.BAD_URL
    sender = apprise.Apprise(asset=asset)
    sender.add(gateway)
    sent = sender.notify(body=job.body, title=job.title, notify_type=job.kind, body_format=apprise.NotifyFormat.TEXT)
    return Outcome.SENT if sent else Outcome.FAILED


if __name__ == "__main__":
    main()
