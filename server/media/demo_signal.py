"""The demo's programme: a moving picture with a clock and a tone, sent by SRT as an encoder in the hall would send it.

`python -m server.media.demo_signal` reads one line of JSON, `Signal`, on its standard input, sends until that closes, and
connects again whenever the line is lost.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec

from server.media.worker.ffmpeg import NoFfmpeg, ffmpeg_path
from server.media.worker.libsrt import OPTION_KEY_LENGTH, OPTION_PASSPHRASE, Libsrt, NoLibsrt, SrtFailed, libsrt

MESSAGE = 7 * 188
"""Bytes of a message: whole packets of MPEG-TS in one datagram."""
PAUSE_S = 1.0
CATCH_UP_S = 60
"""How far the pictures may be late on a busy machine and still be caught up with, so that their times stay true."""
FONTS = Path(__file__).parents[2] / "web/vendor/ttf"
TIME_ZONE = "Asia/Ho_Chi_Minh"


class Signal(msgspec.Struct, frozen=True):
    """Where to send, and what stands in the picture. Its `repr` tells no key."""

    host: str
    port: int
    key: str
    title: str

    def __repr__(self) -> str:
        return f"Signal({self.host!r}, {self.port})"


def main() -> int:
    """Send until standard input closes; 1 where this machine lacks ffmpeg or libsrt, said on standard error."""
    signal = msgspec.json.decode(sys.stdin.buffer.readline(), type=Signal)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        library, ffmpeg = libsrt(), ffmpeg_path()
    except (NoLibsrt, NoFfmpeg) as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        title = Path(folder) / "title.txt"
        title.write_text(signal.title, encoding="utf-8")
        while True:
            try:
                _send(library, signal, [ffmpeg, *arguments(title)])
            except SrtFailed:
                time.sleep(PAUSE_S)  # nobody listens there yet, or no more


def arguments(title: Path) -> list[str]:
    """What ffmpeg is told: 720p30 of the profile, on its standard output in real time."""
    picture = (
        # Small and scaled up: drawing a gradient at full size costs more than encoding it.
        "gradients=size=160x90:rate=30:c0=0x0c1424:c1=0x22314f:c2=0x5a1a1c:nb_colors=3:speed=0.02"
        ",scale=1280:720:flags=bilinear,format=yuv420p"
        f",drawtext=fontfile={FONTS}/be-vietnam-pro-600.ttf:textfile={title}:fontsize=40:fontcolor=0xe6edf9:x=64:y=64"
        f",drawtext=fontfile={FONTS}/be-vietnam-pro-800.ttf:text='%{{localtime\\:%T}}':fontsize=200:fontcolor=white"
        ":x=(w-tw)/2:y=(h-th)/2"
        f",drawtext=fontfile={FONTS}/be-vietnam-pro-400.ttf:text='%{{n}}':fontsize=28:fontcolor=0x9fb0cf:x=w-tw-64:y=h-96"
        f",drawbox=x='mod(t*160,1280)':y=560:w=160:h=8:color=0xf5b83d:t=fill,realtime=limit={CATCH_UP_S}"
    )
    sound = f"sine=frequency=440:beep_factor=2:sample_rate=48000,arealtime=limit={CATCH_UP_S}"
    return [
        *("-hide_banner", "-nostats", "-loglevel", "error", "-nostdin"),
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound),
        *("-c:v", "libx264", "-preset", "superfast", "-tune", "zerolatency", "-profile:v", "main", "-threads", "1"),
        *("-g", "60", "-keyint_min", "60", "-sc_threshold", "0", "-bf", "0", "-b:v", "1500k", "-maxrate", "2000k"),
        *("-bufsize", "2000k", "-c:a", "aac", "-ac", "2", "-b:a", "128k", "-f", "mpegts", "-"),
    ]


def _send(library: Libsrt, signal: Signal, command: list[str]) -> None:
    """One connection's life."""
    caller = library.caller(signal.host, signal.port, {OPTION_KEY_LENGTH: 16, OPTION_PASSPHRASE: signal.key.encode()})
    environment = {**os.environ, "TZ": TIME_ZONE}
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:  # noqa: S603 -- ours alone
            assert child.stdout is not None
            try:
                while message := child.stdout.read(MESSAGE):
                    library.send(caller, message)
            finally:
                child.kill()
    finally:
        library.close(caller)


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(4_096):
        pass
    os._exit(0)  # its ffmpeg ends at the broken pipe


if __name__ == "__main__":
    raise SystemExit(main())
