"""The plan of now, numbered: what the worker is to follow."""

from collections.abc import Callable

from msgspec import structs

from server.ceremony.ceremony import Ceremony
from server.media.marks import MarkBook
from server.media.messages import MediaPlan
from server.media.plan import KeyOf, Ports, media_plan
from site_agent.units import Instant


class Planner:
    """Numbers a plan anew only where it differs from the one before."""

    def __init__(
        self,
        state: Callable[[], Ceremony],
        now: Callable[[], Instant],
        marks: MarkBook,
        key_of: KeyOf,
        ports: Ports,
        files: str,
    ) -> None:
        """`files`: the folder that sources may be pulled from."""
        self._state = state
        self._now = now
        self._marks = marks
        self._key_of = key_of
        self._ports = ports
        self._files = files
        self._plan = MediaPlan(revision=0)

    @property
    def newest(self) -> MediaPlan:
        """The one that was made last."""
        return self._plan

    def plan(self) -> MediaPlan:
        """The plan of now."""
        state = self._state()
        fresh = media_plan(state, self._key_of, self._ports, self._marks.standing(), self._plan.revision, self._files)
        if fresh != self._plan:
            # Rises also over a restart of this process: a worker may outlive it.
            revision = max(self._plan.revision + 1, self._now() // 1_000)
            self._plan = structs.replace(fresh, revision=revision)
        return self._plan
