"""A device's signed word on what it did with an order: made once, kept, sent until the server has it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog

from site_agent.identity import Identity, new_id
from site_agent.launch.firing import Slot
from site_agent.launch.objects import OutputReceipt, Receipt
from site_agent.launch.signed import sign
from site_agent.link.clock import DeviceClock
from site_agent.link.messages import CueReceipt
from site_agent.local_clock import LocalClock
from site_agent.outputs.base import Done, Started
from site_agent.storage import StorageError
from site_agent.units import Duration, Instant

OUTPUTS_REPORT_WITHIN_S = 2.0
"""A receipt waits this long for outputs; one that takes longer is reported as still running."""

log = structlog.get_logger(__name__)


class Link(Protocol):
    """Where receipts go."""

    def receipt(self, receipt: CueReceipt) -> None:
        """Send until acknowledged."""
        ...


class Receipts:
    """Makes the receipts of one device."""

    def __init__(self, identity: Identity, local: LocalClock, clock: DeviceClock) -> None:
        self._identity = identity
        self._local = local
        self._clock = clock

    async def missing(self, done: Sequence[Slot]) -> list[Slot]:
        """Of finished slots those that a crash left without a receipt."""
        made = await self._identity.store.orders_with_receipt()
        return [slot for slot in done if slot.order_hash not in made]

    async def send(self, slot: Slot, target: Instant, started: Sequence[Started], link: Link | None) -> None:
        """Sign, keep, send. An order has one receipt for ever: where one was made before, that one is sent."""
        assert slot.outcome is not None
        receipt = Receipt(
            ceremony_id=self._identity.ceremony,
            live=slot.key.live,
            cue=slot.key.cue,
            attempt=slot.key.attempt,
            site=self._identity.site,
            device=self._identity.device,
            order_hash=slot.order_hash,
            outcome=slot.outcome,
            target=target,
            actual=slot.actual,
            clock_bound=self._clock.bound(self._local.now()) or Duration(0),
            outputs=await self._outputs(started),
        )
        message = CueReceipt(id=new_id(), receipt=sign(receipt, self._identity.key))
        try:
            kept = await self._identity.store.put_receipt(slot.order_hash, message.id, msgspec.json.encode(message))
            message = msgspec.json.decode(kept, type=CueReceipt)
        except StorageError as error:
            log.warning("cue.receipt_not_stored", site=self._identity.site, error=str(error))
        if link is not None:
            link.receipt(message)

    async def _outputs(self, started: Sequence[Started]) -> tuple[OutputReceipt, ...]:
        if not started:
            return ()
        await asyncio.wait([asyncio.wrap_future(output.done) for output in started], timeout=OUTPUTS_REPORT_WITHIN_S)
        running = Done(name="", ok=True, detail="running")
        return tuple(self._output(name, done.result() if done.done() else running) for name, done in started)

    def _output(self, name: str, done: Done) -> OutputReceipt:
        if done.raw is None:
            return OutputReceipt(name=name, ok=done.ok, detail=done.detail)
        reading = self._local.reading(done.raw)
        return OutputReceipt(name=name, ok=done.ok, at=self._clock.instant(reading), detail=done.detail)
