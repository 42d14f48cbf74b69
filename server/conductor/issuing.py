"""Asking the signer: for a warrant, with proof of how the one before ended, and for its word on two people's vouch."""

from collections.abc import Callable

import structlog

from server.ceremony.cue import (
    AttemptState,
    CueRecord,
    RecordHolderLost,
    RecordVouch,
    RecordVouchRefused,
    RecordWarrant,
    RecordWarrantRefused,
    in_doubt,
)
from server.ceremony.rules import SYSTEM, derived_id
from server.conductor.asking import to_trust_on_enrolment, warrant_request
from server.conductor.ports import Clock, HolderThread, Source, Unfinished, failed_for_now, id_of, tell
from server.signer.port import Signer, SignerRefused, VouchRequest, WarrantRequest
from site_agent.durable import Failpoint
from site_agent.holder import AlreadyCommitted, Holder, OfferRefused
from site_agent.launch.firing import Key
from site_agent.launch.objects import Warrant
from site_agent.launch.signed import Signed, digest, read
from site_agent.units import KeyId

log = structlog.get_logger("conductor")


class Issuing:
    """The conductor's dealings with the signer.

    Args:
        engine: journal and state.
        signer: issues warrants, signs vouches.
        holder: makes commit keys, knows how warrants ended.
        disk: the holder's thread.
        clock: the ceremony's.
        failpoint: called with the name of every step.
        connected: whether a page of a link's subject is open now.

    """

    def __init__(
        self,
        engine: Source,
        signer: Signer,
        holder: Holder,
        disk: HolderThread,
        clock: Clock,
        failpoint: Failpoint,
        connected: Callable[[str], bool],
    ) -> None:
        self._engine = engine
        self._signer = signer
        self._holder = holder
        self._disk = disk
        self._clock = clock
        self._failpoint = failpoint
        self._connected = connected

    async def issue(self, record: CueRecord, attempt: AttemptState) -> bool:
        """Two have confirmed: get the warrant and journal it, or void the confirmations; whether the state moved on.

        Raises:
            Unfinished: journal or disk fail for now.

        """
        self._failpoint("issue.begin")
        last, request = await self._request(record, attempt)
        try:
            warrant = await self._signer.issue(request)
        except SignerRefused as error:
            log.warning("warrant refused", code=error.code, detail=error.detail)
            if last is not None and await self._ending_of(record, last) == (None, None):
                await self._lose(record, last)
            return await self._void(record, attempt, error.detail)
        self._failpoint("issue.issued")
        answer = await self._engine.submit(RecordWarrant(id=id_of("record_warrant", warrant), warrant=warrant), SYSTEM)
        if failed_for_now(answer):
            raise Unfinished("the warrant could not be journalled")
        if answer.problem is not None:
            # It is out and must never be used: barred at the holder, proven to the signer at the next attempt.
            await self._disk.blocking(lambda: self._holder.give_back(warrant))
            return await self._void(record, attempt, answer.problem.detail)
        self._failpoint("issue.recorded")
        return True

    async def vouch(self, record: CueRecord, attempt: AttemptState, warrant: Signed) -> bool:
        """Two have vouched: get the signer's word and journal it, or void theirs; whether the state moved on.

        Raises:
            Unfinished: the journal fails for now.

        """
        words = tuple(said.word for said in attempt.vouching.values())
        try:
            vouch = await self._signer.vouch(VouchRequest(warrant=warrant, words=words))
        except SignerRefused as error:
            log.warning("vouch refused", code=error.code, detail=error.detail)
            said = derived_id("vouch_refused", record.plan.cue, str(attempt.attempt), self._moment())
            refused = RecordVouchRefused(id=said, cue=record.plan.cue, attempt=attempt.attempt, detail=error.detail)
            return await tell(self._engine, refused)
        self._failpoint("vouch.signed")
        log.warning("two people vouched for a lost holder", attempt=attempt.attempt)
        return await tell(self._engine, RecordVouch(id=id_of("record_vouch", vouch), vouch=vouch))

    async def trust_enrolled(self) -> None:
        """Demo only: put every person's device on the signer's list."""
        status = await self._signer.status()
        trusted = {str(device.fingerprint) for device in status.trusted}
        for device in to_trust_on_enrolment(self._engine.state, trusted):
            try:
                await self._signer.trust(KeyId(str(device.id)), device.public_key, device.role.value, str(device.seat))
            except SignerRefused as error:
                log.warning("device not trusted", device=device.id, detail=error.detail)

    async def _request(self, record: CueRecord, attempt: AttemptState) -> tuple[Signed | None, WarrantRequest]:
        """The cue's last warrant, if there was one, and what is asked for."""
        key = Key(live=attempt.live, cue=record.plan.cue, attempt=attempt.attempt)
        commit_key = await self._disk.blocking(lambda: self._holder.commit_key_for(key))
        status = await self._signer.status()
        last = next((one for one in status.last if one.cue == key.cue), None)
        before = last is not None and last.attempt != key.attempt
        ended, fired = await self._ending_of(record, last.warrant) if last is not None and before else (None, None)
        trusted = {str(device.fingerprint) for device in status.trusted}
        return last.warrant if last else None, warrant_request(
            self._engine.state, record, attempt, trusted, commit_key, ended, fired, self._connected
        )

    async def _ending_of(self, record: CueRecord, warrant: Signed) -> tuple[Signed | None, Signed | None]:
        """How the warrant before ended: (return, abort or vouch; fired order). The journal remembers what the holder's
        disk may have lost.
        """
        body = read(warrant, Warrant)
        key = Key(live=body.live, cue=body.cue, attempt=body.attempt)
        before = record.attempt(body.attempt)
        held = self._holder.holding(key)
        if held is not None and held.abort is not None:
            return held.abort, None
        if before is not None and before.warrant is not None and digest(before.warrant) == digest(warrant):
            ended = before.returned or before.abort
            if ended is not None or before.order is not None:
                return ended, before.order if ended is None else None
        if before is not None and before.vouch is not None:
            return before.vouch.vouch, None
        try:
            return await self._disk.blocking(lambda: self._holder.give_back(warrant)), None
        except AlreadyCommitted as error:
            return None, error.order
        except OfferRefused:
            return None, None

    async def _lose(self, record: CueRecord, warrant: Signed) -> None:
        """Nobody can say how the warrant before ended: only people can."""
        if in_doubt(record) is None:
            said = derived_id("holder_lost", digest(warrant), self._moment())
            await tell(self._engine, RecordHolderLost(id=said, warrant=warrant))

    async def _void(self, record: CueRecord, attempt: AttemptState, detail: str) -> bool:
        said = derived_id("warrant_refused", record.plan.cue, str(attempt.attempt), self._moment())
        refused = RecordWarrantRefused(id=said, cue=record.plan.cue, attempt=attempt.attempt, detail=detail)
        return await tell(self._engine, refused)

    def _moment(self) -> str:
        """Makes the id of something that may happen again in the same attempt."""
        return str(self._clock.now())
