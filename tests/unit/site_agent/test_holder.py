"""The holder on a real disk: every press, offer, return and abort survives a kill at any step."""

import os
from pathlib import Path

import pytest

from site_agent import durable, holder_files
from site_agent.holder import AlreadyCommitted, Holder, HolderCorrupt, HolderInUse, OfferRefused, Standing
from site_agent.launch.firing import Key
from site_agent.launch.holding import PressKind
from site_agent.launch.objects import Order, Return
from site_agent.launch.orders import verify_abort, verify_order
from site_agent.launch.signed import Signed, decode_bytes, digest, encode_bytes, read, sign
from site_agent.launch.warrants import verify_held, verify_return
from site_agent.units import MINUTE, SECOND, Attempt, Instant
from tests.support import holder_victim
from tests.support import launch_kit as kit
from tests.support.victims import killed_at

NOW = Instant(kit.OPENS + MINUTE)
KEY = Key(live=True, cue=kit.CUE, attempt=Attempt(1))


@pytest.fixture
def holder(tmp_path: Path):
    made = Holder(tmp_path / "holder", kit.PINNED)
    yield made
    made.close()


def warrant_for(holder: Holder, **changes) -> Signed:
    key = Key(live=changes.get("live", True), cue=changes.get("cue", kit.CUE), attempt=Attempt(changes.get("attempt", 1)))
    return kit.warrant(commit_key=holder.commit_key_for(key), **changes)


def reopened(holder: Holder) -> Holder:
    holder.close()
    return Holder(holder._folder, kit.PINNED)


def test_holding_answers_with_a_word_of_its_commit_key(holder: Holder):
    warrant = warrant_for(holder)
    held = holder.offer(warrant, NOW)
    verify_held(held, read(warrant, kit.Warrant), digest(warrant))
    assert holder.offer(warrant, NOW) == held


def test_the_press_that_makes_the_quorum_returns_an_order_that_every_device_believes(holder: Holder):
    warrant = warrant_for(holder, k=2)
    holder.offer(warrant, NOW)
    first = holder.press(kit.press(warrant, "Ghế 2", NOW), NOW)
    assert (first.kind, first.touched, first.order) == (PressKind.COUNTED, "Ghế 2", None)
    second = holder.press(kit.press(warrant, "Ghế 1", NOW + 1), Instant(NOW + 1))
    assert second.order is not None
    order = verify_order(second.order, kit.PINNED.live_key, kit.PINNED.rehearsal_key, kit.CEREMONY)
    assert order.t0 == NOW + 1 + kit.LEAD


def test_presses_after_the_quorum_light_and_change_nothing(holder: Holder):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    order = holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).order
    assert holder.press(kit.press(warrant, "Ghế 1", NOW + 1), NOW).kind is PressKind.DUPLICATE
    assert holder.press(kit.press(warrant, "Ghế 2", NOW), NOW).kind is PressKind.PAD
    assert holder.press(kit.press(warrant, "Ghế 9", NOW), NOW).kind is PressKind.PAD
    assert holder.holding(KEY).order == order


def test_a_press_without_a_held_warrant_is_refused(holder: Holder):
    outcome = holder.press(kit.press(warrant_for(holder), "Ghế 1", NOW), NOW)
    assert (outcome.kind, outcome.code) == (PressKind.REFUSED, "press_warrant")
    assert holder.press(warrant_for(holder), NOW).code == "press_warrant"


def test_a_start_tells_the_same_order_and_presses_again(holder: Holder):
    warrant = warrant_for(holder, k=2)
    holder.offer(warrant, NOW)
    holder.press(kit.press(warrant, "Ghế 2", NOW), NOW)
    holder = reopened(holder)
    order = holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).order
    assert order is not None
    holder = reopened(holder)
    assert holder.standing(NOW).orders == (order,)
    assert holder.press(kit.press(warrant, "Ghế 3", NOW), NOW).kind is PressKind.PAD
    assert holder.standing(Instant(NOW + 16 * MINUTE)).orders == ()
    holder.close()


def test_a_returned_warrant_is_barred_for_good_even_if_its_offer_comes_later(holder: Holder):
    warrant = warrant_for(holder)
    returned = holder.give_back(warrant)
    verify_return(returned, read(warrant, kit.Warrant), digest(warrant))
    with pytest.raises(OfferRefused, match="returned"):
        holder.offer(warrant, NOW)
    holder = reopened(holder)
    with pytest.raises(OfferRefused, match="returned"):
        holder.offer(warrant, NOW)
    assert holder.give_back(warrant) == returned
    holder.close()


def test_a_held_warrant_that_was_returned_takes_no_press(holder: Holder):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    holder.give_back(warrant)
    assert holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).code == "returned"
    holder = reopened(holder)
    assert holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).code == "returned"
    holder.close()


def test_a_committed_warrant_cannot_be_given_back(holder: Holder):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    order = holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).order
    with pytest.raises(AlreadyCommitted) as raised:
        holder.give_back(warrant)
    assert raised.value.order == order


def test_an_abort_is_signed_until_the_guard_and_stands_after_a_start(holder: Holder):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    assert holder.abort(KEY, NOW) is None
    order = holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).order
    t0 = read(order, Order).t0
    assert holder.abort(KEY, Instant(t0 - SECOND)) is None
    abort = holder.abort(KEY, Instant(t0 - SECOND - 1))
    assert abort is not None
    verify_abort(abort, verify_order(order, kit.PINNED.live_key, kit.PINNED.rehearsal_key))
    assert holder.abort(KEY, t0) == abort
    holder = reopened(holder)
    assert holder.standing(NOW).aborts == (abort,)
    holder.close()


@pytest.mark.parametrize(
    ("changes", "now", "code"),
    [
        ({}, kit.ENDS - 5 * SECOND, "window_over"),
        ({"k": 0}, NOW, "invalid"),
        ({"ceremony_id": "thanh-hoa-2025"}, NOW, "invalid"),
        ({"plan_hash": "x" * 50_000}, NOW, "too_large"),
    ],
)
def test_a_warrant_it_cannot_use_is_refused(holder: Holder, changes, now, code):
    with pytest.raises(OfferRefused) as raised:
        holder.offer(warrant_for(holder, **changes), Instant(now))
    assert raised.value.code == code


def test_a_warrant_with_another_commit_key_or_by_another_signer_is_refused(holder: Holder):
    with pytest.raises(OfferRefused, match="other_key"):
        holder.offer(kit.warrant(), NOW)
    forged = sign(kit.warrant_body(commit_key=holder.commit_key_for(KEY)), kit.key("rehearsal"))
    with pytest.raises(OfferRefused, match="invalid"):
        holder.offer(forged, NOW)


def test_a_second_warrant_of_the_attempt_is_refused(holder: Holder):
    holder.offer(warrant_for(holder), NOW)
    for use in (lambda other: holder.offer(other, NOW), holder.give_back):
        with pytest.raises(OfferRefused, match="other_warrant"):
            use(warrant_for(holder, term=2))


def test_two_warrants_of_a_cue_are_never_open_together(holder: Holder):
    first, second = warrant_for(holder), warrant_for(holder, attempt=2)
    holder.offer(first, NOW)
    with pytest.raises(OfferRefused, match="still_open"):
        holder.offer(second, NOW)
    with pytest.raises(OfferRefused, match="still_open"):
        holder.offer(warrant_for(holder, attempt=2, live=False), NOW)
    holder.offer(warrant_for(holder, attempt=1, cue="other", term=5), NOW)
    holder.give_back(first)
    with pytest.raises(OfferRefused, match="old_term"):
        holder.offer(second, NOW)
    holder.offer(warrant_for(holder, attempt=3, term=6), NOW)


def test_an_open_warrant_stays_open_when_its_window_is_over(holder: Holder):
    holder.offer(warrant_for(holder), NOW)
    later = Instant(kit.ENDS + MINUTE)
    window = kit.Window(later, Instant(later + 30 * MINUTE))
    with pytest.raises(OfferRefused, match="still_open"):
        holder.offer(warrant_for(holder, attempt=2, window=window), later)


def test_another_process_cannot_hold_the_same_folder(holder: Holder):
    with pytest.raises(HolderInUse):
        Holder(holder._folder, kit.PINNED)


def test_files_are_for_their_owner_only(holder: Holder):
    holder.offer(warrant_for(holder), NOW)
    files = [path for path in holder._folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"key", "commit", "warrant", "lock"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_an_order_torn_at_any_byte_was_never_committed(holder: Holder):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    order = holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).order
    holder.close()
    path = next(holder._folder.rglob("commit"))
    whole = path.read_bytes()
    length = whole.rstrip(b"\0").__len__()
    for torn in [*range(0, length, 97), length - 1]:
        path.write_bytes(whole[:torn].ljust(len(whole), b"\0"))
        found = Holder(holder._folder, kit.PINNED)
        assert found.standing(NOW).orders == ()
        assert found.press(kit.press(warrant, "Ghế 1", NOW + 1), Instant(NOW + 1)).order is not None
        found.close()
    path.write_bytes(whole)
    found = Holder(holder._folder, kit.PINNED)
    assert found.standing(NOW).orders == (order,)
    found.close()


@pytest.mark.parametrize("name", ["key", "name", "warrant", "abort"])
def test_a_rotten_file_stops_the_start_for_people_to_look(holder: Holder, name):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    holder.press(kit.press(warrant, "Ghế 1", NOW), NOW)
    holder.abort(KEY, NOW)
    path = next(holder._folder.rglob(name))
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(HolderCorrupt):
        reopened(holder)


def test_an_order_beside_a_return_stops_the_start(holder: Holder):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    holder.press(kit.press(warrant, "Ghế 1", NOW), NOW)
    durable.create(next(holder._folder.rglob("commit")).with_name("returned"), b"x")
    with pytest.raises(HolderCorrupt):
        reopened(holder)


def test_a_disk_that_fails_the_commit_refuses_the_press_and_takes_the_next_one(holder: Holder, monkeypatch):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    real, fails = os.fsync, [True]

    def fsync(descriptor: int) -> None:
        if fails and fails.pop():
            raise OSError(5, "the disk fails")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    outcome = holder.press(kit.press(warrant, "Ghế 1", NOW), NOW)
    assert (outcome.kind, outcome.code, outcome.order) == (PressKind.REFUSED, "disk", None)
    assert reopened_standing(holder) == ()
    again = holder.press(kit.press(warrant, "Ghế 1", NOW + SECOND), Instant(NOW + SECOND))
    assert read(again.order, Order).t0 == NOW + SECOND + kit.LEAD


def reopened_standing(holder: Holder) -> tuple[Signed, ...]:
    """What another start would find, without disturbing this holder."""
    payload = durable.unframe(next(holder._folder.rglob("commit")).read_bytes())
    return () if payload is None else (payload,)


def test_while_the_disk_cannot_even_be_wiped_nothing_is_given_back(holder: Holder, monkeypatch):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    real = os.fsync

    def fails(descriptor: int) -> None:
        raise OSError(5, "the disk fails")

    monkeypatch.setattr(os, "fsync", fails)
    assert holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).code == "disk"
    with pytest.raises(OSError):
        holder.give_back(warrant)
    monkeypatch.setattr(os, "fsync", real)
    assert isinstance(read(holder.give_back(warrant), Return), Return)
    found = reopened(holder)
    assert found.standing(NOW).orders == ()
    found.close()


def test_a_press_refused_by_the_disk_does_not_count_after_a_start_beside_the_one_that_followed(holder: Holder, monkeypatch):
    warrant = warrant_for(holder, k=2)
    holder.offer(warrant, NOW)
    real, fails = os.fsync, [True]

    def fsync(descriptor: int) -> None:
        if fails and fails.pop():
            raise OSError(5, "the disk fails")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    assert holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).code == "disk"
    assert holder.press(kit.press(warrant, "Ghế 2", NOW + 1), Instant(NOW + 1)).kind is PressKind.COUNTED
    found = reopened(holder)
    assert [press.seat for press in found.holding(KEY).counted] == ["Ghế 2"]
    assert found.press(kit.press(warrant, "Ghế 3", NOW + 2), Instant(NOW + 2)).order is not None
    found.close()


def test_a_full_disk_does_not_refuse_the_presses_before_the_quorum(holder: Holder, monkeypatch):
    warrant = warrant_for(holder, k=2)
    holder.offer(warrant, NOW)
    room = sum(file.stat().st_size for file in holder._folder.rglob("*"))
    for seat in ("Ghế 1", "Ghế 2"):
        assert holder.press(kit.press(warrant, seat, NOW), NOW).kind is PressKind.COUNTED
    assert sum(file.stat().st_size for file in holder._folder.rglob("*")) == room


@pytest.mark.parametrize("how", ["spaces", "a long name"])
def test_a_press_too_large_for_an_order_that_can_be_sent_is_refused(holder: Holder, how):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    press = kit.press(warrant, "Ghế 1", NOW)
    if how == "spaces":
        body, signer = decode_bytes(press.body) + b" " * 40_000, kit.key("Ghế 1")
        press = Signed(body=encode_bytes(body), key=signer.id, sig=encode_bytes(signer.sign_bytes(body)))
    else:
        press = kit.press(warrant, "Ghế 1", NOW, substitute="mc-1" + "x" * 40_000, by_key="mc-1")
    assert holder.press(press, NOW).code == "malformed"
    assert holder.holding(KEY).order is None


def test_a_return_that_the_disk_half_took_lets_no_order_appear_beside_it(holder: Holder, monkeypatch):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)

    def fails(folder: Path) -> None:
        raise OSError(5, "the disk fails")

    with monkeypatch.context() as broken:
        broken.setattr(durable, "sync_folder", fails)
        with pytest.raises(OSError):
            holder.give_back(warrant)
    assert holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).code == "returned"
    found = reopened(holder)
    assert found.standing(NOW).orders == ()
    assert isinstance(read(found.give_back(warrant), Return), Return)
    found.close()


def test_an_abort_that_the_disk_half_took_is_not_found_after_t0(holder: Holder, monkeypatch):
    warrant = warrant_for(holder)
    holder.offer(warrant, NOW)
    order = holder.press(kit.press(warrant, "Ghế 1", NOW), NOW).order

    def fails(folder: Path) -> None:
        raise OSError(5, "the disk fails")

    with monkeypatch.context() as broken:
        broken.setattr(durable, "sync_folder", fails)
        with pytest.raises(OSError):
            holder.abort(KEY, NOW)
    assert holder.abort(KEY, read(order, Order).t0) is None
    found = reopened(holder)
    assert found.standing(NOW) == Standing((order,), ())
    found.close()


def failpoints() -> list[str]:
    """Every step that a whole life of a holder takes."""
    return holder_victim.steps()


@pytest.mark.parametrize("point", range(len(failpoints())))
def test_killed_at_any_step_it_keeps_what_it_told_and_nothing_it_did_not(tmp_path: Path, point: int):
    told = killed_at(point, lambda failpoint, tell: holder_victim.live(tmp_path / "holder", failpoint, tell))
    holder = Holder(tmp_path / "holder", kit.PINNED)
    holder_victim.check(holder, told)
    holder.close()


def test_the_victim_visits_every_kind_of_file():
    visited = {name.split(".")[0] for name in failpoints()}
    assert visited == {"name", "key", "preallocate", "warrant", "presses", "commit", "returned", "abort"}
    assert holder_files.COMMIT_BYTES > 60 * 1024
