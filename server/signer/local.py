"""The signer in the server's process: its keys, its state and its trusted list are files of mode 0600 in its folder.

What it makes sure of by itself, whatever the server says:

1. A caller and a tech or admin, by two devices on its own list, signed this very plan, cue, attempt and kind.
2. Terms come out of the plan they signed; devices that can count are on its list under the seat or role they press for.
3. Terms rise strictly, and are on the disk before a warrant leaves.
4. An attempt gets one warrant, ever; a cue gets the next only when the last one provably ended; none after the real
   launch was fired.
5. Where nobody answers for the last one, the same two people's signed word that its holder is switched off ends it.
"""

import asyncio
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from server.signer.port import OpenWarrant, SignerRefused, SignerStatus, VouchRequest, WarrantRequest
from server.signer.trusted import NotTrusted, TrustedList
from site_agent import durable
from site_agent.durable import Failpoint, no_failpoint
from site_agent.launch.confirmations import Subject, TrustedKey, verify_pair
from site_agent.launch.keys import is_sound
from site_agent.launch.objects import LatePolicy, Trigger, Warrant, Window
from site_agent.launch.orders import verify_order
from site_agent.launch.signed import BadSignature, Signed, SigningKey, digest, fingerprint, read, sign
from site_agent.launch.vouching import subject_of_warrant, verify_vouch_pair, vouch_body
from site_agent.launch.warrants import Invalid, contradiction, verify_ended, verify_warrant
from site_agent.units import HOUR, CeremonyId, CueId, Duration, Instant, KeyId, PublicKey, SeatName, Sha256, Term, milliseconds

MIN_LEAD = milliseconds(3_500)
MAX_WINDOW = Duration(2 * HOUR)

_CONFIRM_WORDS = {
    "confirm_untrusted": "Thiết bị xác nhận chưa được tin cậy. Trên máy chủ chạy: diemcau signer trust, rồi xác nhận lại.",
    "confirm_pair": "Cần tổng đạo diễn và một người kỹ thuật xác nhận trên hai thiết bị khác nhau.",
    "confirm_role": "Thiết bị xác nhận được tin cậy cho vai trò khác.",
}
_VOUCH_WORDS = {code.replace("confirm_", "vouch_"): words for code, words in _CONFIRM_WORDS.items()}


class _Terms(msgspec.Struct, frozen=True):
    """What the signer reads out of a plan; the rest of it is for people."""

    ceremony_id: CeremonyId
    cue: CueId
    trigger: Trigger
    trigger_seats: tuple[SeatName, ...]
    k: int
    pad_seats: tuple[SeatName, ...]
    substitutes: tuple[str, ...]
    lead: Duration
    window: Duration
    late_policy: LatePolicy
    not_after: Duration


class _Issued(msgspec.Struct, frozen=True):
    """The last warrant of a cue."""

    warrant: Signed
    request: Sha256
    """What it was issued for: the same again gets it again."""


class _State(msgspec.Struct, frozen=True):
    """What must survive everything."""

    ceremony_id: CeremonyId
    term: Term = Term(0)
    last: dict[CueId, _Issued] = {}


class LocalSigner:
    """Implements `port.Signer`. Blocks for the disk in a thread, one request at a time.

    Args:
        folder: its own; keys are made at the first start.
        ceremony_id: the ceremony it signs for.
        now: the ceremony's instant.
        failpoint: called with the name of every step that writes.

    Raises:
        SignerRefused: `other_ceremony`, `state_lost`: the folder is not this ceremony's, or keys are there without state.

    """

    def __init__(
        self, folder: Path, ceremony_id: CeremonyId, now: Callable[[], Instant], failpoint: Failpoint = no_failpoint
    ) -> None:
        self._folder = folder
        self._now = now
        self._failpoint = failpoint
        self._one_at_a_time = asyncio.Lock()
        self.trusted = TrustedList(folder)
        self._state = self._opened(ceremony_id)
        self._live, self._rehearsal = self._key("live"), self._key("rehearsal")

    def public_keys(self) -> tuple[PublicKey, PublicKey]:
        """Live and rehearsal."""
        return self._live.public, self._rehearsal.public

    async def issue(self, request: WarrantRequest) -> Signed:
        """See `port.Signer`."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._issue, request)

    async def vouch(self, request: VouchRequest) -> Signed:
        """See `port.Signer`."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._vouch, request)

    async def trust(self, fingerprint: KeyId, public_key: PublicKey, role: str, name: str) -> None:
        """See `port.Signer`."""
        async with self._one_at_a_time:
            try:
                await asyncio.to_thread(self.trusted.trust, fingerprint, public_key, role, name, self._now())
            except NotTrusted as error:
                raise SignerRefused("not_trusted", str(error)) from error

    async def status(self) -> SignerStatus:
        """See `port.Signer`."""
        devices = await asyncio.to_thread(self.trusted.devices)
        last = tuple(self._open_warrant(cue, issued) for cue, issued in self._state.last.items())
        return SignerStatus(
            ceremony_id=self._state.ceremony_id,
            live_key=self._live.public,
            rehearsal_key=self._rehearsal.public,
            live_id=self._live.id,
            rehearsal_id=self._rehearsal.id,
            term=self._state.term,
            last=last,
            trusted=devices,
        )

    def _issue(self, request: WarrantRequest) -> Signed:
        last = self._state.last.get(request.cue)
        wanted = _fingerprint_of(request)
        if last is not None and last.request == wanted:
            return last.warrant
        terms = self._terms(request)
        self._check_people(request)
        if last is not None:
            self._check_ended(request, last.warrant)
        warrant = self._warrant(request, terms)
        signed = sign(warrant, self._live if request.live else self._rehearsal)
        state = msgspec.structs.replace(
            self._state,
            term=warrant.term,
            last={**self._state.last, request.cue: _Issued(signed, wanted)},
        )
        durable.create(self._folder / "state", msgspec.json.encode(state), self._failpoint, "signer")
        self._state = state
        return signed

    def _vouch(self, request: VouchRequest) -> Signed:
        try:
            warrant = verify_warrant(request.warrant, *self.public_keys(), self._state.ceremony_id)
            last = self._state.last.get(warrant.cue)
            if last is None or digest(last.warrant) != digest(request.warrant):
                raise SignerRefused("not_last", "Quyền kích hoạt này không phải là quyền cấp sau cùng.")
            subject = subject_of_warrant(request.warrant)
            verify_vouch_pair(request.words, self.trusted.keys(), subject)
        except Invalid as error:
            detail = _VOUCH_WORDS.get(error.code, "Lời xác nhận không hợp lệ cho quyền kích hoạt này.")
            raise SignerRefused(error.code, detail) from error
        return sign(vouch_body(subject, request.words), self._live if warrant.live else self._rehearsal)

    def _terms(self, request: WarrantRequest) -> _Terms:
        try:
            terms = msgspec.json.decode(request.plan, type=_Terms)
        except msgspec.MsgspecError as error:
            raise SignerRefused("bad_plan", f"Kế hoạch không đúng dạng: {error}") from error
        ours = (terms.ceremony_id, terms.ceremony_id, terms.cue)
        if ours != (self._state.ceremony_id, request.ceremony_id, request.cue):
            raise SignerRefused("bad_plan", "Kế hoạch thuộc buổi lễ hoặc nút phát động khác.")
        if terms.lead < MIN_LEAD or not 0 < terms.window <= MAX_WINDOW:
            raise SignerRefused("bad_plan", "Thời gian chờ hoặc thời gian kích hoạt nằm ngoài giới hạn.")
        named = tuple(seat.seat for seat in request.trigger_seats)
        pads = {seat.seat for seat in request.pad_seats}
        if named != terms.trigger_seats or not pads <= set(terms.pad_seats):
            raise SignerRefused("other_seats", "Vị trí bấm nút không khớp với kế hoạch đã xác nhận.")
        if not {other.role for other in request.substitutes} <= set(terms.substitutes):
            raise SignerRefused("other_seats", "Người bấm thay không khớp với kế hoạch đã xác nhận.")
        return terms

    def _check_people(self, request: WarrantRequest) -> None:
        trusted = self.trusted.keys()
        plan_hash = Sha256(hashlib.sha256(request.plan).hexdigest())
        subject = Subject(plan_hash, request.live, request.cue, request.attempt)
        try:
            verify_pair(request.confirmations, trusted, subject)
        except Invalid as error:
            detail = _CONFIRM_WORDS.get(error.code, "Lời xác nhận không hợp lệ cho kế hoạch và lượt này.")
            raise SignerRefused(error.code, detail) from error
        unknown = [str(seat.seat) for seat in request.trigger_seats if not _presses_as(trusted, seat.key, name=seat.seat)]
        unknown += [other.role for other in request.substitutes if not _presses_as(trusted, other.key, role=other.role)]
        if unknown:
            places = ", ".join(f"“{place}”" for place in unknown)
            raise SignerRefused(
                "seat_untrusted", f"Thiết bị bấm nút của {places} chưa được tin cậy. Trên máy chủ chạy: diemcau signer trust."
            )

    def _check_ended(self, request: WarrantRequest, last: Signed) -> None:
        """The warrant before is of a lower attempt and provably over: given back, aborted, vouched for, or fired in a
        rehearsal. After the real launch there is no next one.
        """
        if request.attempt <= read(last, Warrant).attempt:
            raise SignerRefused("attempt_used", "Lượt này đã được cấp quyền kích hoạt. Mở lượt mới rồi xác nhận lại.")
        try:
            if request.ended is not None:
                verify_ended(request.ended, last, *self.public_keys())
            elif request.fired is not None:
                self._check_fired(request.fired, last)
            else:
                raise SignerRefused("still_open", "Lượt trước chưa kết thúc: nơi giữ quyền kích hoạt chưa trả lại.")
        except Invalid as error:
            raise SignerRefused("still_open", f"Bằng chứng kết thúc lượt trước không hợp lệ ({error.code}).") from error

    def _check_fired(self, fired: Signed, last: Signed) -> None:
        order = verify_order(fired, *self.public_keys(), self._state.ceremony_id)
        if order.warrant_hash != digest(last) or self._now() < order.t0:
            raise Invalid("other", "not the order of the last warrant, or T0 is to come")
        if order.live:
            raise SignerRefused("already_fired", "Lễ phát động đã diễn ra. Không cấp quyền kích hoạt lần nữa.")

    def _warrant(self, request: WarrantRequest, terms: _Terms) -> Warrant:
        opens = self._now()
        warrant = Warrant(
            ceremony_id=self._state.ceremony_id,
            live=request.live,
            cue=request.cue,
            attempt=request.attempt,
            term=Term(self._state.term + 1),
            trigger=terms.trigger,
            plan_hash=Sha256(hashlib.sha256(request.plan).hexdigest()),
            trigger_seats=request.trigger_seats,
            k=terms.k,
            pad_seats=request.pad_seats,
            substitutes=request.substitutes,
            lead=terms.lead,
            late_policy=terms.late_policy,
            not_after=terms.not_after,
            window=Window(opens=opens, ends=Instant(opens + terms.window)),
            ended=request.ended,
            commit_key=request.commit_key,
        )
        problem = contradiction(warrant)
        if not is_sound(warrant.commit_key) or not all(is_sound(seat.key) for seat in warrant.pad_seats):
            problem = "a key that anybody can sign with"  # seats' and substitutes' are on the trusted list
        if problem:
            raise SignerRefused("bad_plan", f"Quyền kích hoạt tự mâu thuẫn: {problem}.")
        return warrant

    def _opened(self, ceremony_id: CeremonyId) -> _State:
        stored = durable.read(self._folder / "state")
        if stored is None and (self._folder / "live.key").exists():
            raise SignerRefused("state_lost", "Thư mục của bộ ký có khóa nhưng mất trạng thái. Cần người kiểm tra.")
        if stored is None:
            return _State(ceremony_id=ceremony_id)
        state = msgspec.json.decode(stored, type=_State)
        if state.ceremony_id != ceremony_id:
            raise SignerRefused("other_ceremony", "Thư mục của bộ ký thuộc buổi lễ khác.")
        return state

    def _key(self, name: str) -> SigningKey:
        path = self._folder / f"{name}.key"
        seed = durable.read(path)
        if seed is None:
            if path.exists() or self._state.term:
                raise SignerRefused("key_lost", f"Khóa {name} không đọc được. Cần người kiểm tra.")
            durable.create(self._folder / "state", msgspec.json.encode(self._state), self._failpoint, "signer")
            seed = os.urandom(32)
            durable.create(path, seed, self._failpoint, name)
        return SigningKey.from_seed(seed)

    @staticmethod
    def _open_warrant(cue: CueId, issued: _Issued) -> OpenWarrant:
        warrant = read(issued.warrant, Warrant)
        return OpenWarrant(cue, warrant.live, warrant.attempt, warrant.term, issued.warrant)


def _fingerprint_of(request: WarrantRequest) -> Sha256:
    """What makes two requests the same: what was confirmed, by whom, and whose commit key."""
    words = sorted(digest(word) + word.sig for word in request.confirmations)
    parts = [request.plan.decode(errors="replace"), str(request.live), request.cue, str(request.attempt), request.commit_key]
    return Sha256(hashlib.sha256("\x1f".join([*parts, *words]).encode()).hexdigest())


def _presses_as(trusted: dict[KeyId, TrustedKey], key: PublicKey, name: str | None = None, role: str | None = None) -> bool:
    try:
        known = trusted.get(fingerprint(key))
    except BadSignature:
        return False
    return known is not None and (name is None or known.name == name) and (role is None or known.role == role)
