"""A holder's whole life: a rehearsal given back, then a launch of two seats and its abort. To be killed at any step."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from site_agent.holder import Holder, OfferRefused
from site_agent.launch.firing import Key
from site_agent.launch.holding import PressKind
from site_agent.launch.signed import Signed
from site_agent.units import MINUTE, SECOND, Attempt, Instant
from tests.support import launch_kit as kit

NOW = Instant(kit.OPENS + MINUTE)
REHEARSAL = Key(live=False, cue=kit.CUE, attempt=Attempt(1))
LIVE = Key(live=True, cue=kit.CUE, attempt=Attempt(2))


def live(folder: Path, failpoint: Callable[[str], None], say: Callable[[str, str], None]) -> None:
    """The whole life; `say` gets what others are told, before anything follows."""

    def tell(what: str, said: Signed | str) -> None:
        say(what, said if isinstance(said, str) else _text(said))

    holder = Holder(folder, kit.PINNED, failpoint=failpoint)
    tell("key", holder.commit_key_for(REHEARSAL))
    first = kit.warrant(live=False, commit_key=holder.commit_key_for(REHEARSAL))
    tell("held", holder.offer(first, NOW))
    tell("returned", holder.give_back(first))
    second = kit.warrant(attempt=2, k=2, commit_key=holder.commit_key_for(LIVE))
    tell("live_key", holder.commit_key_for(LIVE))
    tell("live_held", holder.offer(second, NOW))
    holder.press(kit.press(second, "Ghế 1", NOW), NOW)
    tell("counted", "Ghế 1")
    outcome = holder.press(kit.press(second, "Ghế 2", NOW + SECOND), Instant(NOW + SECOND))
    tell("order", outcome.order)
    tell("abort", holder.abort(LIVE, Instant(NOW + 2 * SECOND)))
    holder.close()


def check(holder: Holder, told: dict[str, str]) -> None:
    """What a new holder on the folder of a killed one must still stand by, and that a launch can go on."""
    if "key" in told:
        assert holder.commit_key_for(REHEARSAL) == told["key"]
    if "live_key" in told:
        assert holder.commit_key_for(LIVE) == told["live_key"]
    first = kit.warrant(live=False, commit_key=holder.commit_key_for(REHEARSAL))
    if "returned" in told:
        assert _text(holder.give_back(first)) == told["returned"]
        try:
            holder.offer(first, NOW)
        except OfferRefused as error:
            assert error.code == "returned"  # noqa: PT017
        else:
            raise AssertionError("a returned warrant was held again")
    elif "held" in told:
        assert holder.holding(REHEARSAL) is not None
        holder.give_back(first)
    elif holder.holding(REHEARSAL) is not None:
        holder.give_back(first)
    _check_live(holder, told)


def _check_live(holder: Holder, told: dict[str, str]) -> None:
    second = kit.warrant(attempt=2, k=2, commit_key=holder.commit_key_for(LIVE))
    held = _text(holder.offer(second, NOW))
    assert told.get("live_held", held) == held
    orders = holder.standing(NOW).orders
    assert told.get("order") in (None, *map(_text, orders))
    if not orders:
        again = holder.press(kit.press(second, "Ghế 1", NOW + SECOND), Instant(NOW + SECOND))
        assert again.kind is (PressKind.DUPLICATE if _counted(holder) or "counted" in told else PressKind.COUNTED)
        outcome = holder.press(kit.press(second, "Ghế 3", NOW + SECOND), Instant(NOW + SECOND))
        assert outcome.order is not None
        orders = holder.standing(NOW).orders
    assert len(orders) == 1
    abort = holder.abort(LIVE, Instant(NOW + 3 * SECOND))
    assert abort is not None
    assert told.get("abort", _text(abort)) == _text(abort)


def _counted(holder: Holder) -> bool:
    held = holder.holding(LIVE)
    return held is not None and any(press.pressed_at == NOW for press in held.counted)


def steps() -> list[str]:
    """The names of all steps, in order."""
    names: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        live(Path(folder) / "holder", names.append, lambda what, said: None)
    return names


def _text(signed: Signed) -> str:
    return msgspec.json.encode(signed).decode()
