"""Small joinery of the worker's status: what two rooms know of one source, what is on air, how busy the process is."""

import time
from collections.abc import Sequence
from typing import Protocol

import msgspec

from server.media.messages import Fault, Measured, SourceName, SourceStatus, Thumbnail


class Checked(Protocol):
    """What an inspector tells."""

    def measured(self) -> Measured: ...
    def faults(self) -> tuple[Fault, ...]: ...


def joined(status: SourceStatus, checked: Checked) -> SourceStatus:
    """The source's own words first; what only the inspector knows is added."""
    measured = msgspec.structs.asdict(checked.measured()) | {
        name: value for name, value in msgspec.structs.asdict(status.measured).items() if value not in {None, ""}
    }
    known = {fault.code for fault in status.faults}
    faults = (*status.faults, *(fault for fault in checked.faults() if fault.code not in known))
    return msgspec.structs.replace(status, measured=Measured(**measured), faults=faults)


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
