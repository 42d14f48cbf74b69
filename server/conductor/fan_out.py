"""Whoever is to hear of an order or an abort at once, beside the sites: the programme, whose playlists carry it.

The sites come first, and what the programme does with it can neither stop nor delay them.
"""

from typing import Protocol

import structlog

from server.conductor.ports import Sender
from site_agent.launch.signed import Signed
from site_agent.units import Duration

log = structlog.get_logger("conductor")


class LaunchLine(Protocol):
    """Hears of orders and aborts the moment they are on the holder's disk; returns at once."""

    def send_order(self, order: Signed) -> None: ...
    def send_abort(self, abort: Signed) -> None: ...


class FanOut:
    """Implements `Sender`: the dispatcher, then the programme."""

    def __init__(self, sites: Sender, programme: LaunchLine) -> None:
        self._sites = sites
        self._programme = programme

    def send_order(self, order: Signed) -> object:
        """See `Sender.send_order`."""
        told = self._sites.send_order(order)
        try:
            self._programme.send_order(order)
        except Exception:  # a launch does not depend on the programme
            log.exception("the programme could not be told of an order")
        return told

    def send_abort(self, abort: Signed) -> object:
        """See `Sender.send_abort`."""
        told = self._sites.send_abort(abort)
        try:
            self._programme.send_abort(abort)
        except Exception:  # as above
            log.exception("the programme could not be told of an abort")
        return told

    def reach_p99(self) -> Duration:
        """See `Sender.reach_p99`."""
        return self._sites.reach_p99()
