"""The listener outlives publishers that are gone again before they were looked at, and takes everything that came at once."""

from types import SimpleNamespace

from server.media.worker.libsrt import Inbox, SrtFailed
from server.media.worker.srt import SrtListener
from site_agent.units import Monotonic


class Library:
    """One publisher that sends this; empty: nothing for now; at the end of all it is gone."""

    def __init__(self, *messages: bytes) -> None:
        self.messages = [*messages]
        self.closed: list[int] = []

    def accept(self, _listening: int) -> int:
        return 7

    def latency_ms(self, _publisher: int) -> int:
        return 0

    def receive(self, _publisher: int, _inbox: Inbox) -> bytes:
        if not self.messages:
            raise SrtFailed(2001, "Connection was broken")
        return self.messages.pop(0)

    def close(self, closed: int) -> None:
        self.closed.append(closed)


class Events:
    def __init__(self) -> None:
        self.told: list[str | bytes] = []

    def srt_connected(self, _peer: str, _held_back: int) -> None:
        self.told.append("connected")

    def srt_data(self, data: bytes, _arrived: Monotonic) -> None:
        self.told.append(data)

    def srt_disconnected(self) -> None:
        self.told.append("disconnected")


def _accepted(library: Library) -> tuple[SrtListener, Events]:
    events = Events()
    listener = SrtListener("0123456789", events)  # type: ignore[arg-type]
    listener._srt, listener._listening = library, SimpleNamespace(socket=1)  # type: ignore[assignment]
    listener._accept()
    return listener, events


def test_a_publisher_that_is_gone_at_once_leaves_the_place_free() -> None:
    library = Library()
    listener, events = _accepted(library)
    listener._drain(Monotonic(1))
    assert events.told == ["connected", "disconnected"]
    assert library.closed == [7]
    assert listener._publisher is None


def test_all_that_has_come_is_told_before_a_farewell() -> None:
    listener, events = _accepted(Library(b"a", b"", b"b", b"c"))
    listener._drain(Monotonic(1))
    listener._drain(Monotonic(2))
    assert events.told == ["connected", b"a", b"b", b"c", "disconnected"]
