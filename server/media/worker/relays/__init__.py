"""The programme to other places by RTMP and RTMPS: one child process per destination, none able to touch another."""

from server.media.worker.relays.relays import Relays

__all__ = ["Relays"]
