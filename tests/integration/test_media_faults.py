"""Bad sources, a dead encoder and a dead decoder at once: each named, the programme kept, and a launch reaches every site."""

import asyncio
import os
import signal
from pathlib import Path

import aiohttp
import pytest

from tests.support.disks import unwritable_for
from tests.support.people import Company
from tests.support.programme_desk import ProgrammeDesk
from tests.support.publishers import AGREEING, arguments, publisher
from tests.support.running import running_demo

SITES = 10
BAD = (*AGREEING[:4], "-bf", "2", "-g", "60")
TELEPHONE = ("-c:a", "aac", "-ac", "1", "-ar", "8000")


@pytest.mark.timeout(300)
async def test_under_several_faults_at_once_a_launch_reaches_every_site_and_the_worker_lives(tmp_path: Path) -> None:
    noise = tmp_path / "noise.bin"
    noise.write_bytes(os.urandom(8_000_000))
    garbage = (arguments()[0], "-v", "error", "-readrate", "1", "-f", "s16le", "-ar", "48000", "-ac", "2", "-i", str(noise))
    data = tmp_path / "data"
    async with running_demo(data, "--sites", str(SITES), DIEMCAU_MEDIA="1") as demo, aiohttp.ClientSession() as http:
        desk, company = ProgrammeDesk(demo, data, http), Company(http, demo.ready)
        await company.enrol()
        await desk.silence_the_demo()
        worker = desk.worker
        primary, backup = await desk.srt("primary"), await desk.srt("backup")
        with (
            publisher(primary, seconds=240, video=BAD, audio=TELEPHONE),
            publisher(backup, *garbage, "-c", "copy", "-f", "s16le"),
        ):
            await desk.until(lambda rows: rows["output"]["source"] == "primary" and rows["source:primary"]["encoded"])
            await company.caller.until(lambda c: c["counts"]["connected"] >= SITES, "agents connected", within=60)
            async with desk.watching():
                with publisher(primary) as second:  # on the same key: it is turned away
                    await asyncio.to_thread(second.wait)
                for encoder in desk.children("ffmpeg", "mpegts_copyts"):
                    os.kill(encoder, signal.SIGKILL)
                for decoder in desk.children("checks.child"):
                    os.kill(decoder, signal.SIGSEGV)
                await company.arm(live=False)
                answer = await company.pressers[0].press()
                assert answer["outcome"] == "accepted"
                await company.caller.until(lambda c: c["cue"]["fired_sites"] == SITES, "receipts", within=40)
                told = desk.told
                await desk.until(
                    lambda rows: (
                        {"b_frames", "audio_hz", "encoder", "checks_failed"} <= told["primary"].keys()
                        and "garbage" in told["backup"]
                        and "Đã có nguồn khác đang phát bằng khóa này" in told["primary"]["receiving"]
                    )
                )
                assert desk.on_air <= {"primary", "slate"}
            with unwritable_for(worker):  # its log lies on a disk too
                full = await desk.until(lambda rows: rows["output"]["problem"] and rows["output"]["flowing"])
            await desk.until(lambda rows: not rows["output"]["problem"])
        assert full["output"]["problem"].startswith("Không ghi được chương trình xuống đĩa")
        assert told["primary"]["checks_failed"].startswith("Không kiểm tra được hình và tiếng: bộ giải mã hỏng, đã chạy lại ")
        assert told["primary"]["encoder"].startswith("Bộ chuyển mã dừng giữa chừng")
        assert "không đọc được hình" in told["backup"]["garbage"]
        await desk.until(lambda rows: rows["output"]["source"] == "slate" and rows["output"]["flowing"])
        assert desk.worker == worker
