"""One destination's life: wanted or not, connecting, sending, waiting for another try, given up."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import structlog

from server.media.messages import RelayPlan, RelayStatus
from server.media.worker.clock import Clock
from server.media.worker.flow import Chunk
from server.media.worker.relays.backoff import Backoff
from server.media.worker.relays.processes import Child, Spawn
from server.media.worker.relays.session import USUAL, Patience, Session
from server.media.worker.relays.verdict import Ended, Verdict, address_of, judge, unusable
from site_agent.units import Instant, seconds

State = Literal["off", "connecting", "sending", "on_slate", "waiting", "failed_auth", "failed_network", "failed_profile"]

KNOCK_EVERY = 0.8
"""Seconds between two looks whether a destination that was not there has come back."""
KNOCK_WITHIN = 2.0
LEAVE_WITHIN = 2.0
"""Seconds a child has to take leave of its destination."""
WORKS = 3.0
"""Seconds of sending after which the next try, should it be needed, is a quick one again."""
STABLE = 10.0
"""Seconds of sending after which a destination is known to accept us, and troubles before are forgotten."""
TROUBLES = 3
"""So many ends in a row without a stable session between them are more than a mischance."""

log = structlog.get_logger("relays")


async def reachable(host: str, port: int) -> bool:
    """Whether somebody listens there."""
    try:
        async with asyncio.timeout(KNOCK_WITHIN):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


class Destination:
    """Keeps one destination as its plan wants it."""

    def __init__(
        self,
        plan: RelayPlan,
        clock: Clock,
        start: Callable[[], Sequence[Chunk]],
        spawn: Spawn,
        patience: Patience = USUAL,
        knock: Callable[[str, int], Awaitable[bool]] = reachable,
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._start = start
        self._spawn = spawn
        self._patience = patience
        self._knock = knock
        self._replanned = asyncio.Event()
        self._backoff = Backoff()
        self._session: Session | None = None
        self._state: State = "off"
        self._since = clock.now()
        self._session_since: Instant | None = None
        self._retry_at: Instant | None = None
        self._retries = 0
        self._troubles = 0
        self._refusals = 0
        self._accepted = False
        self._last_error = ""
        self._sent = 0
        self._dropped = 0

    @property
    def plan(self) -> RelayPlan:
        """What is wanted."""
        return self._plan

    def want(self, plan: RelayPlan) -> None:
        """Follow a new plan; the same again changes nothing."""
        if plan == self._plan:
            return
        if (plan.url, plan.key) != (self._plan.url, self._plan.key):
            self._accepted = False
            self._last_error = ""
        self._plan = plan
        self._replanned.set()

    def chunk(self, chunk: Chunk) -> None:
        """More of the programme."""
        if self._session is not None:
            self._session.chunk(chunk)

    def status(self) -> RelayStatus:
        """What is true now."""
        self._settle()
        session = self._session
        return RelayStatus(
            id=self._plan.id,
            state=self._state,
            since=self._since,
            kbps=round(session.kbps(), 1) if session else 0.0,
            sent_bytes=self._sent + (session.sent if session else 0),
            retries=self._retries,
            dropped=self._dropped + (session.dropped if session else 0),
            last_error=self._last_error,
            retry_at=self._retry_at,
            session_since=self._session_since,
        )

    async def run(self) -> None:
        """Live until cancelled; then nothing is sent any more and no process is left."""
        while True:
            self._replanned.clear()
            serving = asyncio.create_task(self._serve(self._plan), name=f"relay {self._plan.id}")
            replanned = asyncio.create_task(self._replanned.wait())
            try:
                await asyncio.wait({serving, replanned}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                serving.cancel()
                replanned.cancel()
                await asyncio.gather(serving, replanned, return_exceptions=True)
                self._enter("off")
            if not serving.cancelled() and (error := serving.exception()) is not None:
                log.error("relay failed", relay=self._plan.id, exc_info=error)
                await asyncio.sleep(KNOCK_EVERY)

    async def _serve(self, plan: RelayPlan) -> None:
        self._backoff.reset()
        self._retries = self._troubles = self._refusals = 0
        if not plan.wanted:
            self._enter("off")
            return await self._for_ever()
        if (fault := unusable(plan)) is not None:
            self._is_final(fault, plan)
            return await self._for_ever()
        self._enter("connecting")
        while True:
            try:
                child = await self._spawn()
            except OSError as error:
                await self._wait(self._backoff.next(), f"Không mở được tiến trình gửi: {error.strerror}.")
                continue
            try:
                if self._troubles:
                    await self._come_back(plan)
                self._enter("connecting")
                verdict = await self._connect(plan, child)
            finally:
                await child.end(LEAVE_WITHIN)
            if self._is_final(verdict, plan):
                return await self._for_ever()
            self._retries += 1

    async def _connect(self, plan: RelayPlan, child: Child) -> Verdict:
        session = Session(child, self._start, self._patience, self._settle)
        self._session = session
        try:
            ended = await session.run(plan)
        finally:
            self._session = None
            self._session_since = None
            self._sent += session.sent
            self._dropped += session.dropped
        if ended.by_watchdog and ended.stage == "opening" and await self._knock(*address_of(plan)):
            ended = Ended("connected", by_watchdog=True)  # inside the library the child cannot tell how far it came
        verdict = judge(ended, plan)
        if verdict.kind == "closed" and ended.stage == "asking" and not self._accepted and await self._knock(*address_of(plan)):
            # It is well, and has hung up on this key: that is its way of refusing. One that had died would not answer.
            verdict = Verdict("auth", verdict.words)
        self._troubles += 1
        self._refusals = self._refusals + 1 if verdict.kind == "closed" else 0
        if self._refusals >= TROUBLES and not self._accepted:
            verdict = Verdict(
                "auth", f"{verdict.words} Đã {self._refusals} lần liền: kiểm tra khóa và buổi phát ở đích, rồi bật lại."
            )
        return verdict

    def _is_final(self, verdict: Verdict, plan: RelayPlan) -> bool:
        self._last_error = verdict.words
        log.warning("relay ended", relay=plan.id, kind=verdict.kind, troubles=self._troubles, why=verdict.words)
        if verdict.kind == "auth":
            self._enter("failed_auth")
        elif verdict.kind == "profile":
            self._enter("failed_profile")
        return verdict.kind in {"auth", "profile"}

    async def _come_back(self, plan: RelayPlan) -> None:
        """Wait before another try: longer each time, and for as long as nobody listens there."""
        await self._wait(self._backoff.next())
        while not await self._knock(*address_of(plan)):
            self._retries += 1
            self._troubles += 1
            await self._wait(self._backoff.apart(KNOCK_EVERY))

    async def _wait(self, wait: float, words: str = "") -> None:
        self._last_error = words or self._last_error
        self._retry_at = Instant(self._clock.now() + seconds(wait))
        self._enter("failed_network" if self._troubles >= TROUBLES else "waiting", retry_at=self._retry_at)
        await asyncio.sleep(wait)

    async def _for_ever(self) -> None:
        await asyncio.Event().wait()

    def _settle(self) -> None:
        """Say of a session what is true of it now."""
        session = self._session
        if session is None or session.stage != "publishing" or session.moved_at is None:
            return
        if not session.moving:
            self._last_error = "Đích đang không nhận thêm dữ liệu."
            self._enter("waiting")
            return
        if session.dropped:
            self._last_error = f"Đích nhận chậm hơn chương trình: đã bỏ {session.dropped} khung. Kiểm tra đường lên."
        now = self._clock.now()
        self._session_since = self._session_since or now
        self._enter("on_slate" if session.source == "slate" else "sending")
        if now - self._session_since > seconds(WORKS):
            self._backoff.reset()
        if now - self._session_since > seconds(STABLE):
            self._accepted = True
            self._troubles = self._refusals = 0

    def _enter(self, state: State, retry_at: Instant | None = None) -> None:
        self._retry_at = retry_at
        if state == self._state:
            return
        log.info("relay", relay=self._plan.id, state=state, was=self._state)
        self._state = state
        self._since = self._clock.now()
