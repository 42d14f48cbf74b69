"""What devices report, on its way to the engine: gathered, submitted together, acknowledged after the append.

While one batch is being appended the next gathers, so that 500 check-ins a second cost a few appends, not 500. An item
that can be accepted later (journal unwritable, server stopping) gets no outcome: it stays in the device's outbox.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from server.ceremony.ceremony import Ceremony
from server.ceremony.cue import RecordReceipt
from server.ceremony.rules import SYSTEM, Command, Principal, derived_id
from server.engine.answers import Answer
from server.sites import metrics
from server.sites.registry import Session
from server.sites.translate import BadItem, to_command
from site_agent.launch.objects import Receipt
from site_agent.launch.signed import BadSignature, digest, read
from site_agent.link.messages import Ack, CueReceipt, Notice, Report, ReportOutcome
from site_agent.units import CommandId

TRANSIENT = frozenset({"journal_unwritable", "engine_stopped", "internal_error"})
"""Refusals that say nothing about the command: it is to be sent again."""
MAX_ITEMS = 20
"""In one report message."""
UUID_CHARACTERS = 36
MAX_DETAIL = 500
"""Characters of an outcome's words, which may quote what was sent."""
MAX_WAITING = 20_000
"""Commands gathered and not yet submitted; more are left to the devices' outboxes."""
AT_ONCE = 256
"""Receipts decided in one go: as many as the engine takes at once, some 0.1 s. With fewer, a crowded loop takes longer in all."""
_RECEIPT_IS_WRONG = frozenset({"receipt_known", "receipt_signature", "unknown_device"})
"""Refusals of a receipt that hold whether or not its commit is journalled."""

log = structlog.get_logger("sites")

_Answered = Callable[[Sequence[Answer]], None]


class Source(Protocol):
    """What the intake needs of the engine."""

    @property
    def state(self) -> Ceremony: ...
    async def submit_many(self, commands: Sequence[Command], principal: Principal) -> list[Answer]: ...


@dataclass(slots=True)
class _Receipt:
    """A receipt on its way, and who waits for the answer."""

    session: Session
    id: CommandId
    command: RecordReceipt
    body: Receipt


class Intake:
    """Between the sessions and the engine."""

    def __init__(self, engine: Source) -> None:
        self._engine = engine
        self._reports: list[tuple[Session, list[Command], list[ReportOutcome]]] = []
        self._receipts: list[_Receipt] = []
        self._underway: set[tuple[int, str]] = set()
        """Receipts taken and not yet answered, by session and message."""
        self._waiting = 0
        self._wake = asyncio.Event()

    def report(self, session: Session, report: Report) -> None:
        """Take the items of one message; what can never be a command is refused with the same ack."""
        if len(report.items) > MAX_ITEMS or any(len(item.id) != UUID_CHARACTERS for item in report.items):
            metrics.REFUSED.labels("malformed").inc()
            session.send(Notice(code="malformed", detail="Báo cáo sai định dạng, máy chủ không nhận.", level="problem"))
            return
        if not self._room(len(report.items)):
            self._busy(session)
            return
        commands: list[Command] = []
        refused: list[ReportOutcome] = []
        for item in report.items:
            try:
                commands.append(to_command(item, session.site))
            except BadItem as bad:
                refused.append(ReportOutcome(id=item.id, accepted=False, code=bad.code, detail=bad.detail[:MAX_DETAIL]))
        self._reports.append((session, commands, refused))
        self._waiting += len(commands)
        self._wake.set()

    def receipt(self, session: Session, message: CueReceipt) -> None:
        """Take a receipt. Its command's id is ours, from its bytes: a repeated receipt is the same command."""
        try:
            body = read(message.receipt, Receipt)
        except BadSignature:
            body = None
        if body is None or body.device != session.device or body.site != session.site:
            metrics.REFUSED.labels("bad_receipt").inc()
            detail = "Biên nhận không phải của máy này, máy chủ không nhận."
            session.send(Ack(outcomes=(ReportOutcome(id=message.id, accepted=False, code="bad_receipt", detail=detail),)))
            return
        if not self._room(1):
            self._busy(session)
            return
        underway = (id(session), message.id)
        if underway in self._underway:
            return  # sent again because we were slow: its answer is on its way
        self._underway.add(underway)
        command = RecordReceipt(id=derived_id("receipt", session.device, digest(message.receipt)), receipt=message.receipt)
        self._receipts.append(_Receipt(session, message.id, command, body))
        self._waiting += 1
        self._wake.set()

    async def run(self) -> None:
        """Submit what gathers, batch after batch, until cancelled."""
        while True:
            await self._wake.wait()
            await self.settle()

    async def settle(self) -> None:
        """Submit everything gathered so far and acknowledge it."""
        self._wake.clear()
        reports, self._reports = self._reports, []
        receipts, self._receipts = self._receipts, []
        self._waiting = 0
        work = [self._submit_report(*report) for report in reports]
        if receipts:
            work.append(self._submit_receipts(receipts))
        for problem in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(problem, BaseException):
                log.error("a batch of reports was not answered", exc_info=problem)

    async def _submit_report(self, session: Session, commands: list[Command], refused: list[ReportOutcome]) -> None:
        answers = await self._engine.submit_many(commands, session.principal)
        outcomes = [*refused, *(outcome for answer in answers if (outcome := _outcome(answer.id, answer)) is not None)]
        for outcome in outcomes:
            metrics.REPORT_ITEMS.labels("accepted" if outcome.accepted else "refused").inc()
        if outcomes:
            session.send(Ack(outcomes=tuple(outcomes)))

    async def _submit_receipts(self, receipts: list[_Receipt]) -> None:
        """In parts, one after the other: the engine decides a list without a break, and each receipt has a signature to check.
        Thousands at once, as after a launch, would keep everybody else waiting for seconds.
        """
        try:
            for start in range(0, len(receipts), AT_ONCE):
                await self._submit_part(receipts[start : start + AT_ONCE])
        finally:
            self._underway -= {(id(receipt.session), receipt.id) for receipt in receipts}

    async def _submit_part(self, receipts: Sequence[_Receipt]) -> None:
        answers = await self._engine.submit_many([receipt.command for receipt in receipts], SYSTEM)
        for receipt, answer in zip(receipts, answers, strict=True):
            outcome = _outcome(receipt.id, answer)
            if outcome is not None and (outcome.accepted or outcome.code in _RECEIPT_IS_WRONG or self._committed(receipt.body)):
                receipt.session.send(Ack(outcomes=(outcome,)))

    def _committed(self, body: Receipt) -> bool:
        """Whether the journal knows the order. It may not yet: orders go out before the journal has them."""
        record = self._engine.state.cues.cues.get(body.cue)
        attempt = record.attempt(body.attempt) if record is not None else None
        return attempt is not None and attempt.order is not None

    def _room(self, items: int) -> bool:
        return self._waiting + items <= MAX_WAITING

    def _busy(self, session: Session) -> None:
        metrics.REFUSED.labels("busy").inc()
        detail = "Trung tâm đang nhận rất nhiều báo cáo. Máy sẽ tự gửi lại."
        session.send(Notice(code="busy", detail=detail, level="warning"))


def _outcome(item: CommandId, answer: Answer) -> ReportOutcome | None:
    problem = answer.problem
    if problem is None:
        return ReportOutcome(id=item, accepted=True)
    if problem.code in TRANSIENT:
        return None
    return ReportOutcome(id=item, accepted=False, code=problem.code, detail=problem.detail[:MAX_DETAIL])
