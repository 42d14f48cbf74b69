"""Small joinery of the worker's status: what is on air, how busy the process is."""

import time
from collections.abc import Sequence

import msgspec

from server.media.messages import SourceName, Thumbnail


def on_air_thumbnail(found: Sequence[Thumbnail], on_air: SourceName | None) -> list[Thumbnail]:
    """The output shows what its source shows: no picture is decoded twice."""
    return [msgspec.structs.replace(thumbnail, of="output") for thumbnail in found if thumbnail.of == on_air]


class Processor:
    """How busy this process was since it was asked last."""

    def __init__(self) -> None:
        self._at = time.monotonic()
        self._used = time.process_time()

    def percent(self) -> float:
        """Of one core; children are not counted."""
        at, used = time.monotonic(), time.process_time()
        share = (used - self._used) / max(at - self._at, 1e-3)
        self._at, self._used = at, used
        return round(share * 100, 1)
