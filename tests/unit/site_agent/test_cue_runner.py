"""The launch at one device, with its clocks, disk and crashes in the test's hand. T0 is `kit`'s order: 4 s after the press."""

import pytest

from site_agent.launch.firing import Key
from site_agent.launch.objects import FireOutcome, Order, Receipt, SiteMode
from site_agent.launch.signed import digest, read, verify
from site_agent.link.clock import Sample
from site_agent.link.messages import (
    Backoff,
    CeremonyInfo,
    CueAbort,
    CueCleared,
    CueLoaded,
    CueOrder,
    CuePrepare,
    CueReady,
    Welcome,
)
from site_agent.units import MILLISECOND, MINUTE, SECOND
from tests.support import launch_kit as kit
from tests.support.agent_kit import DEVICE_KEY, SITE, Bell, Device

WARRANT = kit.warrant()
ORDER = kit.order(WARRANT)
T0 = read(ORDER, Order).t0
PREPARE = CuePrepare(
    live=True,
    cue=kit.CUE,
    attempt=1,
    plan_hash=kit.PLAN_HASH,
    title="",
    subtitle="",
    portal="",
    mode=SiteMode.STAGE,
    polling=True,
)
EARLY = T0 - 3 * SECOND


async def device_at(now, *bells, **more):
    device = Device(now, *bells, **more)
    await device.runner.load()
    return device


async def take(device, message):
    await device.runner.arrived(message, device.local.raw_now())
    await device.settle()


def receipt_of(device):
    assert len(device.link.receipts) == 1, device.link.receipts
    return verify(device.link.receipts[0].receipt, Receipt, DEVICE_KEY.public)


def loaded(device):
    return [message for message in device.link.sent if isinstance(message, CueLoaded)]


async def test_an_order_is_kept_then_loaded_then_fired_at_t0_and_receipted():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    assert loaded(device) == [CueLoaded(order_hash=digest(ORDER))]
    await device.advance(T0 - 1)
    assert bell.rings == []
    await device.advance(T0 + SECOND)
    assert bell.rang_at == [T0 * 1_000]
    receipt = receipt_of(device)
    assert (receipt.outcome, receipt.target, receipt.actual, receipt.site) == (FireOutcome.FIRED, T0, T0, SITE)
    assert [output.name for output in receipt.outputs] == ["bell"]


async def test_each_output_is_started_its_own_delay_earlier():
    slow, quick = Bell("slow", delay_ns=400_000_000), Bell("quick", delay_ns=5_000_000)
    device = await device_at(EARLY, slow, quick)
    await take(device, CueOrder(ORDER))
    await device.advance(T0 + SECOND)
    assert (slow.rang_at, quick.rang_at) == ([T0 * 1_000 - 400_000_000], [T0 * 1_000 - 5_000_000])
    assert receipt_of(device).actual == T0


async def test_it_is_marked_on_the_disk_before_anything_is_output():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    device.store.held = []
    await device.advance(T0 + 2 * SECOND)
    assert bell.rings == []
    device.store.release()
    await device.advance(T0 + 2 * SECOND + MILLISECOND)
    assert len(bell.rings) == 1
    assert receipt_of(device).outcome is FireOutcome.FIRED_LATE


async def test_a_repeated_order_fires_once():
    bell = Bell()
    device = await device_at(EARLY, bell)
    for _ in range(3):
        await take(device, CueOrder(ORDER))
    await device.advance(T0 + SECOND)
    await take(device, CueOrder(ORDER))
    await device.advance(T0 + 2 * SECOND)
    assert len(bell.rings) == 1
    assert len(device.link.receipts) == 1


async def test_after_a_restart_before_t0_it_fires_from_the_disk_without_the_centre():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    await device.restart()
    device.link.open = False
    await device.advance(T0 + SECOND)
    assert bell.rang_at == [T0 * 1_000]
    assert receipt_of(device).outcome is FireOutcome.FIRED


async def test_after_a_restart_without_the_centre_it_still_knows_the_time():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    device._clock_known = False
    device.local.reading_now += SECOND
    await device.restart()
    await device.advance(T0 + SECOND)
    assert bell.rang_at == [T0 * 1_000]


async def test_after_a_crash_between_mark_and_output_a_pulse_is_not_repeated_and_a_state_is():
    pulse, state = Bell("pulse"), Bell("state", state=True)
    device = await device_at(EARLY, pulse, state)
    await take(device, CueOrder(ORDER))
    await device.advance(T0 - 100 * MILLISECOND)
    assert pulse.rings == []
    device.local.reading_now = T0 + 3 * SECOND
    await device.restart()
    await device.advance(T0 + 10 * SECOND)
    assert pulse.rings == []
    assert [ring.phase.value for ring in state.rings] == ["end_state"]
    assert receipt_of(device).outcome is FireOutcome.UNKNOWN


async def test_after_a_crash_before_the_receipt_the_receipt_is_made_and_nothing_fires_again():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    await device.advance(T0 + SECOND)
    device.disk.receipts.clear()
    await device.restart()
    await device.advance(T0 + 10 * SECOND)
    assert len(bell.rings) == 1
    assert receipt_of(device).outcome is FireOutcome.FIRED


async def test_a_restart_after_the_receipt_makes_no_second_one():
    device = await device_at(EARLY)
    await take(device, CueOrder(ORDER))
    await device.advance(T0 + SECOND)
    await device.restart()
    await take(device, CueOrder(ORDER))
    await device.advance(T0 + 10 * SECOND)
    assert device.link.receipts == []


@pytest.mark.parametrize(
    ("late_by", "outcome", "rings"),
    [
        (50 * MILLISECOND, FireOutcome.FIRED, 1),
        (2 * SECOND, FireOutcome.FIRED_LATE, 1),
        (6 * SECOND, FireOutcome.END_STATE, 0),
        (16 * MINUTE, FireOutcome.TOO_LATE, 0),
    ],
)
async def test_an_order_that_comes_late_follows_the_policy(late_by, outcome, rings):
    pulse, state = Bell("pulse"), Bell("state", state=True)
    device = await device_at(T0 + late_by, pulse, state)
    await take(device, CueOrder(ORDER))
    await device.advance(T0 + late_by + SECOND)
    assert receipt_of(device).outcome is outcome
    assert len(pulse.rings) == rings
    assert len(state.rings) == (0 if outcome is FireOutcome.TOO_LATE else 1)


async def test_an_abort_takes_the_order_back_and_is_receipted():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    await take(device, CueAbort(kit.abort(ORDER)))
    await device.advance(T0 + SECOND)
    assert bell.rings == []
    assert receipt_of(device).outcome is FireOutcome.ABORTED


async def test_an_abort_that_overtakes_its_order_is_a_tombstone_over_a_restart():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueAbort(kit.abort(ORDER)))
    await device.restart()
    await take(device, CueOrder(ORDER))
    await device.advance(T0 + SECOND)
    assert bell.rings == []
    assert receipt_of(device).outcome is FireOutcome.ABORTED


async def test_an_abort_after_the_mark_is_too_late():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    await device.advance(T0 - 100 * MILLISECOND)
    await take(device, CueAbort(kit.abort(ORDER)))
    await device.advance(T0 + SECOND)
    assert len(bell.rings) == 1
    assert receipt_of(device).outcome is FireOutcome.FIRED


async def test_an_order_by_another_key_is_refused_and_fires_nothing():
    bell = Bell()
    device = await device_at(EARLY, bell)
    forged = kit.order(WARRANT, signer=kit.key("someone"))
    await take(device, CueOrder(forged))
    await device.advance(T0 + SECOND)
    assert bell.rings == []
    assert loaded(device)[0].refused == "invalid:commit_signature"


async def test_a_second_order_in_the_attempt_is_refused_and_the_first_keeps_its_time():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    other = kit.order(WARRANT, t0=T0 + SECOND)
    await take(device, CueOrder(other))
    await device.advance(T0 + 3 * SECOND)
    assert bell.rang_at == [T0 * 1_000]
    assert loaded(device)[1].refused.startswith("conflict")


async def test_a_live_order_after_a_live_firing_is_answered_already_fired():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    await device.advance(T0 + SECOND)
    device.link.receipts.clear()
    second = kit.order(kit.warrant(attempt=2))
    await take(device, CueOrder(second))
    await device.advance(T0 + 2 * SECOND)
    assert len(bell.rings) == 1
    assert receipt_of(device).outcome is FireOutcome.ALREADY_FIRED


async def test_without_a_clock_the_order_is_kept_but_not_loaded_until_the_clock_comes():
    bell = Bell()
    device = await device_at(EARLY, bell, clock_known=False)
    await take(device, CueOrder(ORDER))
    assert loaded(device) == []
    assert device.runner.memory.slot(Key(live=True, cue=kit.CUE, attempt=1)) is not None
    device.know_the_time()
    device.runner.clock_changed()
    assert loaded(device) == []
    await device.settle()
    assert len(loaded(device)) == 1
    assert b'"offset"' in device.disk.kept_values["clock"]
    await device.advance(T0 + SECOND)
    assert bell.rang_at == [T0 * 1_000]


async def test_the_timer_follows_the_clock():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await take(device, CueOrder(ORDER))
    device.clock.allow_steps(device.local.now())
    now = device.local.reading_now
    device.clock.add_burst([kit_sample(now, 1_000)], now)
    device.runner.clock_changed()
    await device.advance(T0 + SECOND)
    assert abs(bell.rang_at[0] - (T0 * 1_000 - 1_000_000)) <= 2_000


def kit_sample(now, offset):
    return Sample(now - 100, now - 50 + offset, now - 50 + offset, now)


async def test_a_full_disk_is_told_and_nothing_is_output_until_the_mark_is_written():
    bell = Bell()
    device = await device_at(EARLY, bell)
    device.store.full = True
    await take(device, CueOrder(ORDER))
    assert loaded(device) == [CueLoaded(order_hash=digest(ORDER), refused="storage")]
    await device.advance(T0 + SECOND)
    assert bell.rings == []
    device.store.full = False
    await device.advance(T0 + 2 * SECOND)
    assert len(bell.rings) == 1
    assert receipt_of(device).outcome is FireOutcome.FIRED_LATE


async def test_a_receipt_is_sent_even_when_it_cannot_be_kept():
    device = await device_at(EARLY)
    await take(device, CueOrder(ORDER))
    await device.advance(T0 - 100 * MILLISECOND)
    device.store.full = True
    await device.advance(T0 + SECOND)
    assert receipt_of(device).outcome is FireOutcome.FIRED


async def test_readiness_is_told_at_every_change_and_in_every_session():
    device = await device_at(EARLY, clock_known=False)
    await take(device, PREPARE)
    device.know_the_time()
    device.runner.clock_changed()
    device.runner.clock_changed()
    ready = [message for message in device.link.sent if isinstance(message, CueReady)]
    assert [(message.ready, message.reasons) for message in ready] == [(False, ("clock",)), (True, ())]
    await device.runner.opened(welcome(prepare=PREPARE))
    assert [message.ready for message in device.link.sent if isinstance(message, CueReady)] == [False, True, True]


async def test_a_missing_asset_is_a_reason():
    device = await device_at(EARLY)
    device.runner.readiness.missing_assets = frozenset({"hieu-ung.mp4"})
    await take(device, PREPARE)
    assert device.link.sent[-1].reasons == ("asset:hieu-ung.mp4",)


async def test_the_clock_may_step_while_polled_and_not_from_the_order_to_the_receipt():
    device = await device_at(EARLY)
    await take(device, PREPARE)
    assert not device.clock.slew_only
    await take(device, CueOrder(ORDER))
    assert device.clock.slew_only
    await device.advance(T0 + SECOND)
    assert not device.clock.slew_only
    await take(device, CueCleared(cue=kit.CUE, attempt=1))
    assert not device.clock.slew_only


async def test_a_welcome_carries_what_was_missed_aborts_first():
    bell = Bell()
    device = await device_at(EARLY, bell)
    await device.runner.opened(welcome(orders=(ORDER,), aborts=(kit.abort(ORDER),)))
    await device.advance(T0 + SECOND)
    assert bell.rings == []
    assert receipt_of(device).outcome is FireOutcome.ABORTED


async def test_a_rehearsal_fires_too_and_does_not_hinder_the_live_launch():
    bell = Bell()
    device = await device_at(EARLY, bell)
    rehearsal = kit.order(kit.warrant(live=False))
    await take(device, CueOrder(rehearsal))
    await device.advance(T0 + SECOND)
    later = kit.order(kit.warrant(attempt=2), t0=T0 + 10 * SECOND)
    await take(device, CueOrder(later))
    await device.advance(T0 + 20 * SECOND)
    assert [ring.live for ring in bell.rings] == [False, True]


def welcome(**more):
    ceremony = CeremonyInfo(
        id=kit.CEREMONY, title="", starts_at=0, live_key=kit.PINNED.live_key, rehearsal_key=kit.PINNED.rehearsal_key
    )
    return Welcome(
        session="s", now=EARLY, site=SITE, site_name="", device=DEVICE_KEY.id, part="screen", ceremony=ceremony,
        heartbeat_every=10 * SECOND, backoff=Backoff(1, 1, 1), **more,
    )  # fmt: skip
