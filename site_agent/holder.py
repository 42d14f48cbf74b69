"""The holder of warrants: the one place where a press becomes an order. DESIGN §5.

An attempt has at most one warrant, a warrant at most one order. Nobody is told anything before it is on the disk (see
`holder_files`); what is found on the disk at start is told again, byte for byte. The rules are in `launch.holding`.
Methods block for the disk and may be called from any thread.

Errors:
    HolderError
    ├── HolderInUse        another process holds this folder
    ├── HolderCorrupt      what lies in the folder contradicts itself: people must look
    ├── OfferRefused       a warrant this holder will not hold
    └── AlreadyCommitted   a warrant cannot be given back: its order is on the disk
"""

import fcntl
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

import msgspec

from site_agent import durable
from site_agent.durable import Failpoint, no_failpoint
from site_agent.holder_files import AttemptFiles, Found, HolderCorrupt, HolderError
from site_agent.launch import holding as rules
from site_agent.launch.firing import Key
from site_agent.launch.holding import Holding, PressDecision, PressKind
from site_agent.launch.objects import Held, Press, Warrant
from site_agent.launch.orders import verify_abort, verify_order, verify_press
from site_agent.launch.signed import Signed, SigningKey, digest, sign
from site_agent.launch.warrants import Invalid, Pinned, last_commit, read_body, verify_warrant
from site_agent.units import Duration, Instant, PublicKey, SeatName

MAX_ORDER_BYTES = 60 * 1024
"""An order must fit into one message of the site link."""


NOTHING_MEASURED = Duration(0)


class HolderInUse(HolderError):
    """Another process holds this folder."""


class OfferRefused(HolderError):
    """A warrant that this holder will not hold, with a searchable code."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class AlreadyCommitted(HolderError):
    """The order is on the disk."""

    def __init__(self, order: Signed) -> None:
        super().__init__("the order is committed")
        self.order = order


class PressOutcome(msgspec.Struct, frozen=True):
    """What a press did; written before it is told."""

    kind: PressKind
    touched: SeatName | None = None
    """The seat that was touched, unless refused."""
    code: str = ""
    detail: str = ""
    """Vietnamese, when refused."""
    order: Signed | None = None
    """Set for the one press that made the quorum."""


class Standing(msgspec.Struct, frozen=True):
    """What must be told again at every start."""

    orders: tuple[Signed, ...]
    aborts: tuple[Signed, ...]


@dataclass(slots=True)
class _Attempt:
    """What the holder has of one attempt, in memory as on the disk."""

    files: AttemptFiles
    key: SigningKey
    returned: bool = False
    held: Holding | None = None


_DISK_FAILS = PressOutcome(
    PressKind.REFUSED,
    code="disk",
    detail="Chưa ghi được lệnh xuống ổ đĩa nên chưa phát động. Bấm lại ngay, và báo đội kỹ thuật.",
)
_NOT_VALID = PressOutcome(
    PressKind.REFUSED, detail="Các lần bấm không lập được lệnh hợp lệ. Tổng đạo diễn tạm dừng rồi kích hoạt lại."
)
_NOT_HELD = PressOutcome(
    PressKind.REFUSED,
    code="press_warrant",
    detail="Nút này thuộc lượt kích hoạt khác. Đợi trang cập nhật rồi bấm lại.",
)


class Holder:
    """Holds the warrants of one ceremony on one node.

    Args:
        folder: its own folder; made if missing. Locked against other processes while open.
        pinned: the ceremony and its two public keys.
        abort_guard: no abort is signed later than this before T0.
        failpoint: called with the name of every step that writes.

    Raises:
        HolderInUse, HolderCorrupt

    """

    def __init__(
        self, folder: Path, pinned: Pinned, abort_guard: Duration = rules.ABORT_GUARD, failpoint: Failpoint = no_failpoint
    ) -> None:
        self._folder = folder
        self._pinned = pinned
        self._abort_guard = abort_guard
        self._failpoint = failpoint
        self._one_at_a_time = RLock()
        self._attempts: dict[Key, _Attempt] = {}
        durable.make_folder(folder)
        self._lock: int | None = _locked(folder / "lock")
        try:
            for place in sorted(folder.iterdir()):
                if place.is_dir():
                    self._recover(AttemptFiles(place, failpoint))
        except BaseException:
            self.close()
            raise

    def commit_key_for(self, key: Key) -> PublicKey:
        """The public commit key of an attempt, made and stored at the first ask."""
        with self._one_at_a_time:
            return self._attempt(key).key.public

    def offer(self, signed: Signed, now: Instant) -> Signed:
        """Hold a warrant: its signed `Held`. The same offer again gives the same answer.

        Raises:
            OfferRefused: `invalid`, `other_key`, `returned`, `other_warrant`, `window_over`, `old_term`, `still_open`,
                `too_large`.
            OSError: the disk fails; nothing is held.

        """
        with self._one_at_a_time:
            warrant, attempt = self._own(signed)
            if attempt.returned:
                raise OfferRefused("returned", "this attempt's warrant was given back")
            if attempt.held is None:
                self._check_offer(warrant, signed, now)
                attempt.files.hold(signed)
                attempt.held = Holding(signed=signed, warrant=warrant, warrant_hash=digest(signed))
            return sign(Held(warrant_hash=digest(signed)), attempt.key)

    def press(self, signed: Signed, now: Instant) -> PressOutcome:
        """Take a press. The one that makes the quorum returns when the signed order is on the disk."""
        with self._one_at_a_time:
            attempt = self._pressed(signed)
            if attempt is None or attempt.held is None:
                return _NOT_HELD
            decision = rules.judge_press(attempt.held, signed, now)
            try:
                order = self._keep(attempt, attempt.held, decision)
            except OSError:
                return _DISK_FAILS
            except Invalid as error:
                return msgspec.structs.replace(_NOT_VALID, code=f"order_{error.code}")
            return PressOutcome(decision.kind, decision.seat, decision.code, decision.detail, order)

    def abort(self, key: Key, now: Instant, reach: Duration = NOTHING_MEASURED) -> Signed | None:
        """The signed abort of the attempt's order; None when it is too late, or nothing is committed.

        Args:
            key: the attempt.
            now: the ceremony's instant.
            reach: how long an abort takes to the sites, where that was measured: none is signed later than this before
                T0, nor than the holder's own `abort_guard`.

        Raises:
            OSError: the disk fails; nothing is aborted.

        """
        with self._one_at_a_time:
            attempt = self._attempts.get(key)
            held = attempt.held if attempt else None
            if attempt is None or held is None:
                return None
            attempt.files.make_sure_of_abort()
            if held.abort is None and rules.may_abort(held, now, Duration(max(self._abort_guard, reach))):
                abort = sign(rules.abort_body(held, now), attempt.key)
                attempt.files.abort(abort)
                held = attempt.held = msgspec.structs.replace(held, abort=abort)
            return held.abort

    def give_back(self, signed: Signed) -> Signed:
        """The signed return of a warrant, held or not: from now on it will never be committed.

        Raises:
            AlreadyCommitted: its order is on the disk.
            OfferRefused: `invalid`, `other_key`, `other_warrant`: not this holder's to give back.
            OSError: the disk fails; it takes no press any more, but may be found held by the next start.

        """
        with self._one_at_a_time:
            warrant, attempt = self._own(signed)
            if attempt.held is not None and attempt.held.order is not None:
                raise AlreadyCommitted(attempt.held.order)
            attempt.files.make_sure()
            if attempt.held is not None:
                # Before the write: one that fails may have left the bar, and an order beside it would stop the next start.
                attempt.held = msgspec.structs.replace(attempt.held, returned=True)
            if not attempt.returned:
                attempt.files.bar(digest(signed))
                attempt.returned = True
            return sign(rules.return_body(warrant, digest(signed)), attempt.key)

    def holding(self, key: Key) -> Holding | None:
        """What is held for an attempt."""
        with self._one_at_a_time:
            attempt = self._attempts.get(key)
            return attempt.held if attempt else None

    def standing(self, now: Instant) -> Standing:
        """Orders that may still matter to somebody, the latest last, and all their aborts."""
        with self._one_at_a_time:
            held = [attempt.held for attempt in self._attempts.values() if attempt.held is not None]
            current = [one for one in held if one.t0 is not None and now <= one.t0 + one.warrant.not_after]
            current.sort(key=lambda one: one.warrant.term)
            return Standing(
                orders=tuple(one.order for one in current if one.order is not None),
                aborts=tuple(one.abort for one in current if one.abort is not None),
            )

    def close(self) -> None:
        """Let another process hold the folder."""
        with self._one_at_a_time:
            for attempt in self._attempts.values():
                attempt.files.close()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _own(self, signed: Signed) -> tuple[Warrant, _Attempt]:
        pinned = self._pinned
        try:
            warrant = verify_warrant(signed, pinned.live_key, pinned.rehearsal_key, pinned.ceremony_id)
        except Invalid as error:
            raise OfferRefused("invalid", str(error)) from error
        attempt = self._attempt(Key(live=warrant.live, cue=warrant.cue, attempt=warrant.attempt))
        if warrant.commit_key != attempt.key.public:
            raise OfferRefused("other_key", "the warrant names another commit key")
        if attempt.held is not None and attempt.held.warrant_hash != digest(signed):
            raise OfferRefused("other_warrant", "another warrant of this attempt is held")
        return warrant, attempt

    def _check_offer(self, warrant: Warrant, signed: Signed, now: Instant) -> None:
        if now >= last_commit(warrant):
            raise OfferRefused("window_over", "the window is over")
        others = [attempt.held for attempt in self._attempts.values() if attempt.held is not None]
        if any(other.warrant.term >= warrant.term for other in others):
            raise OfferRefused("old_term", "a later warrant was held before")
        for other in others:
            ended = other.returned or other.abort is not None or (other.t0 is not None and now >= other.t0)
            if other.warrant.cue == warrant.cue and not ended:
                raise OfferRefused("still_open", "another warrant of this cue is open")
        body = len(msgspec.json.encode(signed)) + (warrant.k + 1) * rules.MAX_PRESS_BYTES
        if body * 4 // 3 + rules.MAX_PRESS_BYTES > MAX_ORDER_BYTES:
            raise OfferRefused("too_large", "its order would not fit into a message")

    def _pressed(self, signed: Signed) -> _Attempt | None:
        try:
            warrant_hash = read_body(signed, Press).warrant_hash
        except Invalid:
            return None
        attempts = self._attempts.values()
        return next((one for one in attempts if one.held is not None and one.held.warrant_hash == warrant_hash), None)

    def _keep(self, attempt: _Attempt, held: Holding, decision: PressDecision) -> Signed | None:
        """Write what a counted press leads to; the order if it made the quorum."""
        if decision.kind is not PressKind.COUNTED or decision.press is None:
            return None
        if decision.t0 is None:
            attempt.files.append_press(decision.press.signed, [press.signed for press in held.counted])
            attempt.held = msgspec.structs.replace(held, counted=decision.presses)
            return None
        order = sign(rules.order_body(held, decision), attempt.key)
        # No device would take an order that does not verify: better a refused press than a launch nobody follows.
        verify_order(order, self._pinned.live_key, self._pinned.rehearsal_key, self._pinned.ceremony_id)
        attempt.files.commit(order)
        attempt.held = msgspec.structs.replace(
            held, counted=decision.presses, order=order, order_hash=digest(order), t0=decision.t0
        )
        return order

    def _attempt(self, key: Key) -> _Attempt:
        if key not in self._attempts:
            files = AttemptFiles(self._place(key), self._failpoint)
            self._attempts[key] = _Attempt(files, files.make_key(key))
        return self._attempts[key]

    def _place(self, key: Key) -> Path:
        cue = hashlib.sha256(f"{self._pinned.ceremony_id}\x1f{key.cue}".encode()).hexdigest()[:16]
        return self._folder / f"{'live' if key.live else 'rehearsal'}-{key.attempt:04d}-{cue}"

    def _recover(self, files: AttemptFiles) -> None:
        found = files.read()
        if found is None:
            return
        if self._place(found.key) != files.place:
            raise HolderCorrupt(f"{files.place} belongs to another ceremony")
        attempt = self._attempts[found.key] = _Attempt(files, SigningKey.from_seed(found.seed), found.returned)
        if found.warrant is None:
            return
        try:
            warrant, _ = self._own(found.warrant)
            attempt.held = self._held_again(found, found.warrant, warrant)
        except (OfferRefused, Invalid) as error:
            raise HolderCorrupt(f"{files.place}: {error}") from error

    def _held_again(self, found: Found, signed: Signed, warrant: Warrant) -> Holding:
        warrant_hash = digest(signed)
        counted = tuple(verify_press(press, warrant, warrant_hash) for press in found.presses)
        held = Holding(signed=signed, warrant=warrant, warrant_hash=warrant_hash, counted=counted, returned=found.returned)
        if found.order is None:
            return held
        order = verify_order(found.order, self._pinned.live_key, self._pinned.rehearsal_key, self._pinned.ceremony_id)
        if order.warrant_hash != warrant_hash or found.returned:
            raise HolderCorrupt(f"an order that should not be: {order.order_hash}")
        if found.abort is not None:
            verify_abort(found.abort, order)
        return msgspec.structs.replace(
            held, counted=order.presses, order=found.order, order_hash=order.order_hash, t0=order.t0, abort=found.abort
        )


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise HolderInUse(f"another process holds {path.parent}") from error
    return descriptor


__all__ = [
    "AlreadyCommitted",
    "Holder",
    "HolderCorrupt",
    "HolderError",
    "HolderInUse",
    "OfferRefused",
    "PressOutcome",
    "Standing",
]
