"""A camera with a perfect clock: the capture time stands in every picture as a barcode, coded and published in real time."""

import asyncio
import contextlib
import os
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

WIDTH, HEIGHT, FRAMES = 1280, 720, 30
BITS, CHECKED = 24, 8
BLOCK = WIDTH // (BITS + CHECKED)
BAR_ROWS = 96
FIRST = -15
WRAP = 1 << BITS
"""Milliseconds after which the barcode begins anew: 4.6 hours."""
READER = f"""
(video) => {{
  const bits = {BITS}, checked = {CHECKED};
  const canvas = new OffscreenCanvas((bits + checked) * 4, 4);
  const context = canvas.getContext("2d", {{ willReadFrequently: true }});
  return () => {{
    const share = ({BAR_ROWS} / {HEIGHT}) * video.videoHeight;
    context.drawImage(video, 0, share * 0.25, video.videoWidth, share * 0.5, 0, 0, canvas.width, 4);
    const {{ data }} = context.getImageData(0, 2, canvas.width, 1);
    let code = 0;
    let check = 0;
    for (let bit = 0; bit < bits; bit += 1) code = code * 2 + (data[(bit * 4 + 2) * 4] > 128 ? 1 : 0);
    for (let bit = 0; bit < checked; bit += 1) check = check * 2 + (data[((bits + bit) * 4 + 2) * 4] > 128 ? 1 : 0);
    return ((code >> 16) ^ (code >> 8) ^ code ^ 0x5a) % 256 === check ? code : null;
  }};
}}
"""
"""JavaScript: of a video, a function that reads the barcode of the picture it shows now; null where there is none."""


def apart(milliseconds: float, code: int) -> float:
    """The difference to a barcode, whichever time around it is."""
    return (milliseconds - code + WRAP / 2) % WRAP - WRAP / 2


@asynccontextmanager
async def camera(address: str, beside: str = "") -> AsyncIterator[None]:
    """Publish pictures with barcodes while the block runs: coded once, by SRT to one address and by RTMP to another."""
    raw = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FRAMES), "-i", "pipe:0"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000"]
    video = ["-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-profile:v", "main", "-pix_fmt", "yuv420p"]
    video += ["-bf", "0", "-g", str(2 * FRAMES), "-sc_threshold", "0", "-b:v", "2500k"]
    audio = ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]
    to = f"[f=mpegts:onfail=abort]{address}" + (f"|[f=flv:bsfs/a=aac_adtstoasc:onfail=ignore]{beside}" if beside else "")
    tee = ["-map", "0:v", "-map", "1:a", "-flags", "+global_header", "-f", "tee", to]
    command = ["ffmpeg", "-loglevel", "error", *raw, *sound, *video, *audio, *tee]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE)
    with contextlib.suppress(PermissionError):  # in truth the hall's encoder is a machine of its own
        os.setpriority(os.PRIO_PROCESS, process.pid, FIRST)
    shooting = asyncio.create_task(_shoot(process))
    try:
        yield
    finally:
        shooting.cancel()
        await asyncio.gather(shooting, return_exceptions=True)
        process.kill()
        await process.wait()


async def _shoot(process: Process) -> None:
    """One picture each 1/30 s of a perfect clock; its barcode is that clock's time, however late it is written."""
    assert process.stdin is not None
    began = time.time()
    grey = [bytes((row + column // 8) % 200 + 20 for column in range(WIDTH)) for row in range(HEIGHT - BAR_ROWS)]
    rest = b"".join(grey)
    number = 0
    while True:
        captured = began + number / FRAMES
        await asyncio.sleep(max(0.0, captured - time.time()))
        process.stdin.write(_barcode(round(captured * 1000) % WRAP) + rest)
        await process.stdin.drain()
        number += 1


def _barcode(milliseconds: int) -> bytes:
    check = ((milliseconds >> 16) ^ (milliseconds >> 8) ^ milliseconds ^ 0x5A) % 256
    bits = f"{milliseconds:0{BITS}b}{check:0{CHECKED}b}"
    row = b"".join((b"\xeb" if bit == "1" else b"\x10") * BLOCK for bit in bits)
    return row * BAR_ROWS
