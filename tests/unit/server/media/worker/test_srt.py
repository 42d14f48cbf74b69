"""The listener outlives publishers that are gone again before they were looked at."""

from types import SimpleNamespace

from server.media.worker.libsrt import SrtFailed
from server.media.worker.srt import SrtListener


class Gone:
    """A library whose every publisher is gone when it is to be watched."""

    def __init__(self) -> None:
        self.closed: list[int] = []

    def accept(self, _listening: int) -> int:
        return 7

    def latency_ms(self, _publisher: int) -> int:
        return 0

    def watch(self, _poll: int, _watched: int) -> None:
        raise SrtFailed(2001, "Connection was broken")

    def close(self, watched: int) -> None:
        self.closed.append(watched)


class Events:
    def __init__(self) -> None:
        self.told: list[str] = []

    def srt_connected(self, _peer: str, _held_back: int) -> None:
        self.told.append("connected")

    def srt_disconnected(self) -> None:
        self.told.append("disconnected")


def test_a_publisher_that_is_gone_at_once_leaves_the_place_free() -> None:
    events, library = Events(), Gone()
    listener = SrtListener("0123456789", events)  # type: ignore[arg-type]
    listener._srt, listener._listening = library, SimpleNamespace(socket=1)  # type: ignore[assignment]
    listener._accept(1)
    assert events.told == ["connected", "disconnected"]
    assert library.closed == [7]
    assert listener._publisher is None
