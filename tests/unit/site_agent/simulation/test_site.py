import asyncio

from site_agent.simulation.site import BadWay, Gate


async def test_the_gate_lets_all_through_in_order_and_is_quiet_when_all_have_left():
    gate, log = Gate(), []
    all_in, go_on = asyncio.Event(), asyncio.Event()

    async def take(number):
        async with gate:
            log.append(number)
            if len(log) == 20:
                all_in.set()
            await go_on.wait()

    takers = [asyncio.create_task(take(number)) for number in range(20)]
    speaker = asyncio.create_task(gate.quiet())
    await all_in.wait()
    assert log == list(range(20))
    assert not speaker.done()
    go_on.set()
    await asyncio.gather(*takers)
    await speaker


async def test_one_who_gives_up_waiting_at_the_gate_keeps_nobody_waiting():
    gate = Gate()

    async def take():
        async with gate:
            pass

    first = asyncio.create_task(take())
    second = asyncio.create_task(take())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait({first})
    await second
    await gate.quiet()


async def test_nobody_waits_at_a_gate_through_which_nobody_goes():
    await Gate().quiet()


def test_a_slow_line_tells_what_it_added_to_a_message():
    way = BadWay(loss=0.0, delay_s=0.1, gate=Gate())
    way.came(read=1_000, out=6_000)
    assert way.slow
    assert way.took(6_000) == 5_000
    assert way.took(7_000) == 0
    assert not BadWay(loss=0.0, delay_s=0.0, gate=Gate()).slow
