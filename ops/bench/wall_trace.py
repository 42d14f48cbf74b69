"""What a Chromium trace says of the main thread, frame by frame.

A frame is the time from one `BeginMainThreadFrame` of the page's renderer to the next: all that the main thread did for
that frame and in its wake. Its work is the sum of the `RunTask` events (each turn of the thread's task queue: scripts, timers,
messages, style, layout, paint, commit) that end in it, by the wall clock. Idle time between tasks is not work.
"""

from typing import Any

import msgspec

CATEGORIES = ["-*", "disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame"]


class FrameWork(msgspec.Struct, frozen=True):
    """Milliseconds of work of each frame by the wall clock, and of CPU where the trace has it."""

    wall: list[float]
    cpu: list[float]


def frames_of(trace: bytes) -> FrameWork:
    """Read a trace.

    Raises:
        ValueError: no frame of a page is in it.

    """
    events: list[dict[str, Any]] = msgspec.json.decode(trace)["traceEvents"]
    begins: dict[tuple[int, int], list[float]] = {}
    for event in events:
        if event["name"] == "BeginMainThreadFrame":
            begins.setdefault((event["pid"], event["tid"]), []).append(event["ts"])
    if not begins:
        raise ValueError("the trace holds no frames")
    thread = max(begins, key=lambda each: len(begins[each]))
    starts = sorted(begins[thread])
    tasks = [
        event for event in events if event["name"] == "RunTask" and event["ph"] == "X" and (event["pid"], event["tid"]) == thread
    ]
    return FrameWork(_summed(starts, tasks, "dur"), _summed(starts, tasks, "tdur"))


def _summed(starts: list[float], tasks: list[dict[str, Any]], length: str) -> list[float]:
    """The task in which a frame begins belongs to that frame, not to the one before."""
    work = [0.0] * len(starts)
    frame = -1
    for task in sorted(tasks, key=lambda each: each["ts"]):
        while frame + 1 < len(starts) and starts[frame + 1] <= task["ts"] + task["dur"]:
            frame += 1
        if frame >= 0:
            work[frame] += task.get(length, 0) / 1e3
    return work[:-1]
