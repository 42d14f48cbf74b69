"""The installed agent against a tiny centre, as a person starts it."""

import asyncio
import signal
import stat
import subprocess
import sys
import time

import pytest

from site_agent.app import main, make_output, run_agent
from site_agent.launch.objects import FireOutcome, Receipt
from site_agent.launch.signed import Signed, read
from site_agent.link.messages import CueLoaded, CueOrder
from site_agent.outputs.command import CommandOutput
from site_agent.settings import AgentSettings, OutputSettings
from site_agent.units import MINUTE, SECOND
from tests.support import launch_kit as kit
from tests.support.tiny_centre import TinyCentre, ceremony_now

TOKEN = "dc1.aG9zdDoxNzMyOQ.0.AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture
async def centre():
    centre = TinyCentre()
    await centre.start()
    yield centre
    await centre.stop()


def order_in(seconds) -> Signed:
    """An order whose T0 is that many seconds from now."""
    opens = ceremony_now() - 10 * MINUTE + int(seconds * SECOND) - kit.LEAD
    warrant = kit.warrant(window=kit.Window(opens=opens, ends=opens + 30 * MINUTE))
    return kit.order(warrant)


async def agent(*arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "site_agent.app",
        *arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


async def test_it_enrols_from_standard_input_keeps_the_link_and_needs_it_no_more(centre, tmp_path):
    data = tmp_path / "data"
    first = await agent("--server", centre.url, "--enrol", "-", "--data", str(data))
    first.stdin.write(f"{centre.url}/enter#{TOKEN}\n".encode())
    await first.stdin.drain()
    await centre.until(lambda: centre.hellos == 1)
    first.send_signal(signal.SIGTERM)
    assert await first.wait() == 0
    assert stat.S_IMODE((data / "link").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    second = await agent("--server", centre.url, "--data", str(data))
    await centre.until(lambda: centre.hellos == 2)
    second.send_signal(signal.SIGTERM)
    assert await second.wait() == 0
    assert len(centre.enrolled) == 1


async def test_its_log_never_holds_the_token(centre, tmp_path):
    process = await agent("--server", centre.url, "--enrol", TOKEN, "--data", str(tmp_path / "d"), "--log-level", "debug")
    await centre.until(lambda: centre.hellos == 1)
    process.send_signal(signal.SIGTERM)
    _, errors = await process.communicate()
    assert b"agent.started" in errors
    assert TOKEN.rpartition(".")[2].encode() not in errors


async def test_an_order_makes_its_outputs_act_and_is_receipted(centre, tmp_path):
    rung = tmp_path / "rung"
    output = OutputSettings(
        name="den", kind="command", command=("/bin/sh", "-c", f'echo "$DIEMCAU_PHASE $DIEMCAU_LIVE" > {rung}')
    )
    settings = AgentSettings(server=centre.url, data=tmp_path / "data", code=TOKEN, outputs=(output,))
    task = asyncio.create_task(run_agent(settings, TOKEN))
    await centre.until(lambda: centre.hellos == 1)
    await centre.tell(CueOrder(order_in(2)))
    await centre.until(lambda: centre.receipts)
    receipt = read(centre.receipts[0].receipt, Receipt)
    assert receipt.outcome in (FireOutcome.FIRED, FireOutcome.FIRED_LATE)
    assert [(done.name, done.ok) for done in receipt.outputs] == [("den", True)]
    assert rung.read_text() == "fire 1\n"
    assert any(isinstance(message, CueLoaded) and not message.refused for message in centre.took)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_killed_between_order_and_t0_with_the_centre_gone_it_still_fires_once(centre, tmp_path):
    rung, config = tmp_path / "rung", tmp_path / "agent.toml"
    config.write_text(f'[[output]]\nname = "den"\nkind = "command"\ncommand = ["/bin/sh", "-c", "echo x >> {rung}"]\n')
    arguments = ("--server", centre.url, "--data", str(tmp_path / "data"), "--config", str(config))
    first = await agent(*arguments, "--enrol", TOKEN)
    await centre.until(lambda: centre.hellos == 1)
    await centre.tell(CueOrder(order_in(10)))
    await centre.until(lambda: any(isinstance(message, CueLoaded) for message in centre.took))
    first.kill()
    await first.wait()
    port = centre.port
    await centre.stop()
    second = await agent(*arguments)
    await asyncio.to_thread(_until, rung.exists)
    await centre.start(port)
    await centre.until(lambda: centre.receipts)
    second.kill()
    await second.wait()
    third = await agent(*arguments)
    await centre.until(lambda: centre.hellos >= 3)
    third.send_signal(signal.SIGTERM)
    assert await third.wait() == 0
    assert rung.read_text() == "x\n"


def _until(holds):
    deadline = time.monotonic() + 60
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds()


async def test_a_second_agent_on_the_same_data_is_refused(centre, tmp_path):
    first = await agent("--server", centre.url, "--enrol", TOKEN, "--data", str(tmp_path / "d"))
    await centre.until(lambda: centre.hellos == 1)
    second = await agent("--server", centre.url, "--data", str(tmp_path / "d"))
    assert await second.wait() == 1
    first.send_signal(signal.SIGTERM)
    assert await first.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--server"),
        (["--server", "ftp://x"], "--server"),
        (["--server", "http://x"], "--enrol"),
        (["--server", "http://x", "--enrol", "nonsense"], "dc1."),
        (["--server", "http://x", "--enrol", "dc1.dGVjaDp0ZWNoLTE.0.AAAA"], "host"),
    ],
)
def test_wrong_use_says_what_is_wrong_and_exits_with_2(arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert words in capsys.readouterr().err


def test_outputs_come_from_the_configuration():
    output = make_output(OutputSettings(name="a", kind="command", command=("true",), delay_ms=40, state=True))
    assert isinstance(output, CommandOutput)
    assert (output.delay_ns, output.state) == (40_000_000, True)
    output.close()
    url = make_output(OutputSettings(name="b", kind="url", url="http://127.0.0.1:1/"))
    assert url.delay_ns == 0
    url.close()
