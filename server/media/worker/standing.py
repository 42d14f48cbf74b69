"""What state a source is in, and in which words. Pure; `now` comes in.

What happens moves it (`move`, `units`, `refuse`), and time does: two seconds without a unit are a stall though the connection
stands; a refusal is told for a while, and is the state where nobody else is there.
"""

from collections.abc import Sequence

from server.media.messages import PublishState
from server.media.worker.flow import Unit
from site_agent.units import Monotonic, seconds

STALL = seconds(2)
GAP = seconds(1)
"""A pause this long ends a time of stability."""
_REFUSED_STATE = seconds(30)
_REFUSED_WORDS = seconds(60)


class Standing:
    """Of one source."""

    def __init__(self, now: Monotonic) -> None:
        self.stable_since: Monotonic | None = None
        """Since when units come without a gap."""
        self._state: PublishState = "idle"
        self._since = now
        self._words = ""
        self._peer = ""
        self._last: Monotonic | None = None
        """When the newest unit came."""
        self._refusal: tuple[Monotonic, str] | None = None

    def state(self, now: Monotonic) -> PublishState:
        """The state now."""
        if self._state in {"waiting", "idle"} and self._refused(now, _REFUSED_STATE):
            return "refused"
        return self._state

    def since(self, now: Monotonic) -> Monotonic:
        """Since when."""
        if self._refusal is not None and self.state(now) == "refused":
            return max(self._since, self._refusal[0])
        return self._since

    def words(self, now: Monotonic) -> str:
        """Why, where the state does not say it alone; with whoever was turned away lately."""
        words = self._words
        if self._state == "stalled" and self._last is not None and not words:
            words = f"Vẫn nối với {self._peer} nhưng {(now - self._last) // 1_000_000} giây chưa có hình"
        refusal = self._refusal[1] if self._refusal is not None and self._refused(now, _REFUSED_WORDS) else ""
        return ". ".join(part for part in (refusal, words) if part)

    def move(self, now: Monotonic, state: PublishState, words: str, peer: str = "") -> None:
        """Something happened."""
        if state != self._state:
            self._since = now
        self._state, self._words, self._peer = state, words, peer
        self._last = None
        self.stable_since = None

    def units(self, now: Monotonic, units: Sequence[Unit]) -> None:
        """Units came, ready for the programme."""
        if not units:
            return
        if self._last is None or now - self._last > GAP or self.stable_since is None:
            self.stable_since = now
        self._last = now
        if self._state != "receiving":
            self._state, self._since, self._words = "receiving", now, ""

    def break_off(self, now: Monotonic) -> None:
        """Units go on but not smoothly: stability begins anew."""
        if self.stable_since is not None:
            self.stable_since = now

    def refuse(self, now: Monotonic, words: str) -> None:
        """Somebody was turned away."""
        self._refusal = (now, words)

    def look(self, now: Monotonic, *, unreadable: str) -> None:
        """Time has passed. `unreadable`: why nothing can be read in what comes; empty: it can, or nothing comes."""
        if self._state == "receiving" and self._last is not None and now - self._last > STALL:
            self._state, self._since, self._words = "stalled", now, ""
            self.stable_since = None
        if unreadable and self._state in {"connecting", "stalled"} and self._words != unreadable:
            if self._state != "stalled":
                self._since = now
            self._state, self._words = "stalled", unreadable

    def _refused(self, now: Monotonic, within: int) -> bool:
        return self._refusal is not None and now - self._refusal[0] < within
