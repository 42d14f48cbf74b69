"""Threads that must not wait their turn: the one that fires, those of the outputs, and the one that writes the marks."""

import os
import threading

import structlog

FIRING = 12
OUTPUT = 11
STORAGE = 10

log = structlog.get_logger(__name__)


def run_first(priority: int) -> None:
    """Run this thread before all ordinary ones where the system allows it (CAP_SYS_NICE, RLIMIT_RTPRIO); else as it is.

    What it starts (a command, another thread) is ordinary again.
    """
    try:
        policy = os.SCHED_FIFO | os.SCHED_RESET_ON_FORK
        os.sched_setscheduler(threading.get_native_id(), policy, os.sched_param(priority))
    except (AttributeError, OSError):
        log.debug("thread.no_priority", thread=threading.current_thread().name)
