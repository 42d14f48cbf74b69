"""Looks once a second at what needs a person, and sends what the book says. Failures are told on the wall, and tried again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
import structlog

from server.alerts import metrics, words
from server.alerts.book import AlertBook, Batch, Kind
from server.alerts.gateways import FILE, AlertSettingsError, Gateway, read_gateways
from server.alerts.job import OUTCOME_WORDS, Job, Outcome, Target
from server.alerts.matters import matters_of, told_otherwise
from server.alerts.sender import send
from server.alerts.words import Message
from server.ceremony.ceremony import Ceremony
from server.feeds.watch_rows import AlertsRow
from site_agent.units import SECOND, Duration, Instant

LOOK_SECONDS = 1.0
TRIED_AGAIN_AFTER = (Duration(15 * SECOND), Duration(60 * SECOND), Duration(240 * SECOND))
"""A message that did not go out is tried again; after the last it is given up, and the wall says so until one goes out."""
MOST_WAITING = 50
"""Messages waiting for another try; older ones give way."""
_APPRISE_KIND = {Kind.NEW: "failure", Kind.AGAIN: "warning", Kind.BACK: "success", Kind.TEST: "info"}

log = structlog.get_logger("alerts")


class Source(Protocol):
    """What the alerts need of the engine."""

    @property
    def state(self) -> Ceremony: ...


class Clock(Protocol):
    """Tells the ceremony's instant."""

    def now(self) -> Instant: ...


class Delivery(msgspec.Struct, frozen=True):
    """What became of a message at one gateway; `shown` is its address without secrets."""

    name: str
    shown: str
    outcome: Outcome
    detail: str


class NoGateways(Exception):
    """There is nowhere to send to; the words say why."""


@dataclass(slots=True)
class _Waiting:
    """A message that did not go out."""

    at: Instant
    gateway: str
    message: Message
    kind: Kind
    tries: int


@dataclass(slots=True)
class _Failing:
    since: Instant
    outcome: Outcome


class Alerts:
    """`run` is its service; `test` sends a message now. `tell` is told how the gateways are."""

    def __init__(
        self,
        engine: Source,
        clock: Clock,
        data: Path,
        url: Callable[[], str],
        tell: Callable[[AlertsRow], None],
        sender: Callable[[Job], Awaitable[dict[str, Outcome]]] = send,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._path = data / FILE
        self._url = url
        self._tell = tell
        self._send = sender
        self._book = AlertBook()
        self._waiting: list[_Waiting] = []
        self._failing: dict[str, _Failing] = {}
        self._gateways: tuple[Gateway, ...] = ()
        self._problem = ""

    async def run(self) -> None:
        """Look and send until cancelled."""
        self._book.begin(matters_of(self._engine.state, self._clock.now()), self._clock.now())
        await self.read()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except Exception:  # whatever is wrong with one look, the ceremony goes on and the next may be right
                log.exception("alerts could not look")

    async def look(self) -> None:
        """Send what is due now. Waits for the gateways, no longer than their time limit."""
        state, now = self._engine.state, self._clock.now()
        batches = self._book.look(matters_of(state, now), now, lambda key: told_otherwise(state, key))
        again = [each for each in self._waiting if each.at <= now]
        if not batches and not again:
            return
        await self.read()
        for batch in batches:
            await self._send_batch(batch)
        self._waiting = [each for each in self._waiting if each not in again]
        for each in again:
            gateways = [gateway for gateway in self._gateways if gateway.name == each.gateway]
            await self._deliver(gateways, each.message, each.kind, each.tries)

    async def test(self) -> list[Delivery]:
        """Send a message that says it is a test to every gateway.

        Raises:
            NoGateways

        """
        await self.read()
        if self._problem or not self._gateways:
            raise NoGateways(self._problem or f"Chưa có kênh cảnh báo nào trong {FILE}.")
        message = words.test_message(self._engine.state.details.required.title, self._url())
        outcomes = await self._deliver(self._gateways, message, Kind.TEST, len(TRIED_AGAIN_AFTER))
        return [
            Delivery(gateway.name, gateway.shown, outcomes[gateway.name], OUTCOME_WORDS[outcomes[gateway.name]])
            for gateway in self._gateways
        ]

    async def read(self) -> None:
        """Read the file, which may have changed, and tell how the gateways are."""
        try:
            self._gateways = await asyncio.to_thread(read_gateways, self._path)
            self._problem = ""
        except AlertSettingsError as error:
            if self._problem != str(error):
                log.warning("alerts not set up", reason=str(error))
            self._gateways, self._problem = (), str(error)
        names = {gateway.name for gateway in self._gateways}
        self._failing = {name: failing for name, failing in self._failing.items() if name in names}
        self._tell_row()

    async def _send_batch(self, batch: Batch) -> None:
        title = self._engine.state.details.required.title
        by_message: dict[Message, list[Gateway]] = {}
        for gateway in self._gateways:
            message = words.message(batch, title, self._url(), gateway.least)
            if message is not None:
                by_message.setdefault(message, []).append(gateway)
        for message, gateways in by_message.items():
            await self._deliver(gateways, message, batch.kind, 0)

    async def _deliver(self, gateways: Sequence[Gateway], message: Message, kind: Kind, tries: int) -> dict[str, Outcome]:
        if not gateways:
            return {}
        targets = tuple(Target(gateway.name, gateway.url) for gateway in gateways)
        outcomes = await self._send(Job(targets, message.title, message.body, _APPRISE_KIND[kind]))
        now = self._clock.now()
        for name, outcome in outcomes.items():
            metrics.MESSAGES.labels(kind.value, outcome.value).inc()
            log.info("alert", kind=kind.value, gateway=name, outcome=outcome.value)
            if outcome is Outcome.SENT:
                self._failing.pop(name, None)
                continue
            since = self._failing[name].since if name in self._failing else now
            self._failing[name] = _Failing(since, outcome)
            if tries < len(TRIED_AGAIN_AFTER):
                waiting = _Waiting(Instant(now + TRIED_AGAIN_AFTER[tries]), name, message, kind, tries + 1)
                self._waiting = [*self._waiting, waiting][-MOST_WAITING:]
        self._tell_row()
        return outcomes

    def _tell_row(self) -> None:
        shown = {gateway.name: gateway.shown for gateway in self._gateways}
        problems = [
            f"Không gửi được cảnh báo qua “{name}” ({shown[name]}): {OUTCOME_WORDS[failing.outcome]}."
            for name, failing in self._failing.items()
            if name in shown
        ]
        since = min((failing.since for failing in self._failing.values()), default=None)
        metrics.GATEWAYS.set(len(self._gateways))
        metrics.FAILING.set(len(problems))
        self._tell(AlertsRow(gateways=tuple(shown), problem=self._problem or " ".join(problems), since=since))
