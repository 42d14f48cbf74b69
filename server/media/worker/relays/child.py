"""The process that sends to one destination. Run by its path, alone: it imports nothing of ours.

On standard input: one line of JSON (`url`, `ca_file`, `probe`), then the programme as MPEG-TS until the end. On standard
output: lines of JSON, `{"stage"}`, `{"taken"}` four times a second, `{"ended"}` at last. The address with its key is
neither in the arguments nor in the environment, and nothing is logged. It dies with its parent.
"""

import ctypes
import json
import os
import select
import signal
import socket
import stat
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPORT_EVERY = 0.25
"""Seconds."""
SILENT_REFUSAL = 1.5
"""Seconds that a probe waits for the destination to change its mind after it accepted."""
PARENT_DEATH = 1  # PR_SET_PDEATHSIG
BYTES_ACKED = 120
"""Where `struct tcp_info` (linux/tcp.h) has `tcpi_bytes_acked`."""
LINES_KEPT = 8
READ = 65_536
"""Bytes taken from standard input at once, where so many are there."""

STEPS = (
    ("Successfully connected", "connected"),
    ("Server version", "handshaken"),
    ("Sending publish command", "asking"),
)
"""What the library logs on its way, and how far it has come then."""


class Report:
    """Tells the parent. One line a time, also from two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.stage = "starting"

    def say(self, **facts: Any) -> None:
        line = json.dumps(facts).encode() + b"\n"
        with self._lock:
            try:
                os.write(1, line)
            except OSError:
                os._exit(1)  # nobody listens: the parent is gone

    def reached(self, stage: str) -> None:
        self.stage = stage
        self.say(stage=stage)


class Input:
    """Standard input as it comes, without waiting for more."""

    def line(self) -> bytes:
        text = bytearray()
        while (byte := os.read(0, 1)) not in {b"", b"\n"}:
            text += byte
        return bytes(text)

    def read(self, size: int) -> bytes:
        return os.read(0, size)


def main() -> None:
    """Send until the input ends, the destination does, or we are killed."""
    ctypes.CDLL(None).prctl(PARENT_DEATH, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    report = Report()
    logs: list[tuple[int, str, str]] = []
    try:
        import av  # noqa: PLC0415 -- takes a third of a second; a failure is told like any other
        import av.logging  # noqa: PLC0415

        order = json.loads(Input().line() or b"null")
        if order is None:
            return
        with av.logging.Capture(local=False) as logs:
            Sender(av, order, report, logs).run()
        report.say(ended={"stage": "done"})
    except BaseException as error:  # noqa: BLE001 -- whatever it is, the parent is told
        report.say(ended=_ended(report.stage, error, logs))


def _ended(stage: str, error: BaseException, logs: list[tuple[int, str, str]]) -> dict[str, Any]:
    words = [f"{name}: {text.strip()}" for level, name, text in logs if level <= ERROR_LEVEL]
    if stage == "opening":
        stage = _furthest(logs)
    number = getattr(error, "errno", 0) or 0
    return {"stage": stage, "error": f"{type(error).__name__}: {error}", "errno": number, "lines": words[-LINES_KEPT:]}


ERROR_LEVEL = 16  # AV_LOG_ERROR


def _furthest(logs: list[tuple[int, str, str]]) -> str:
    stage = "opening"
    for _, name, text in logs:
        for sign, reached in STEPS:
            if name in {"rtmp", "rtmps", "tcp"} and text.startswith(sign):
                stage = reached
    return stage


class Sender:
    """Reads MPEG-TS, writes FLV over RTMP without coding anything anew."""

    def __init__(self, av: Any, order: dict[str, Any], report: Report, logs: list[tuple[int, str, str]]) -> None:
        self._av = av
        self._order = order
        self._report = report
        self._logs = logs
        self._written = 0

    def run(self) -> None:
        self._report.reached("reading")
        if self._order.get("probe"):
            self._probe()
            return
        options = {"fpsprobesize": "0", "analyzeduration": "500000"}
        source = self._av.open(Input(), format="mpegts", options=options, buffer_size=READ)
        known = [stream for stream in source.streams if _is_known(stream)]
        target = self._target()
        places = {stream.index: target.add_stream_from_template(stream) for stream in known}
        self._open(target)
        threading.Thread(target=self._tell, daemon=True).start()
        for packet in self._rebased(source):
            place = places.get(packet.stream_index)
            if place is not None:
                packet.stream = place
                self._written += packet.size
                target.mux_one(packet)
            del self._logs[:-LINES_KEPT]
        target.close()

    def _probe(self) -> None:
        """Ask to publish, publish nothing, and see whether the connection stays."""
        target = self._target()
        target.add_mux_stream("aac", rate=48_000)
        self._open(target)
        if _closes(SILENT_REFUSAL):
            self._report.stage = "asking"
            raise ConnectionResetError("closed after it was accepted")
        target.close()

    def _target(self) -> Any:
        options = {"flvflags": "no_duration_filesize", "rw_timeout": "15000000"}
        if self._order["url"].startswith("rtmps"):
            options |= {"tls_verify": "1", "ca_file": self._order["ca_file"]}
        named = ":".join(f"{name}={_escaped(value)}" for name, value in options.items())
        # The tee muxer is the one that hands options to the protocol, and TLS verifies only when told to.
        name = f"[f=flv:{named}]{_escaped(self._order['url'])}"
        return self._av.open(name, "w", format="tee", options={"max_interleave_delta": "1000000"})

    def _open(self, target: Any) -> None:
        """Connect and ask to publish. Holds the interpreter's lock: while it waits, nothing is told."""
        logging = self._av.logging
        self._report.reached("opening")
        logging.set_level(logging.DEBUG)
        logging.set_skip_repeated(False)
        target.start_encoding()
        logging.set_level(logging.ERROR)
        self._logs.clear()
        self._report.reached("publishing")

    def _rebased(self, source: Any) -> Iterator[Any]:
        """Packets from the first key picture on, counted from there, new parameter sets announced beside them."""
        video = source.streams.video[0] if source.streams.video else None
        announce = self._av.bitstream.BitStreamFilterContext("extract_extradata", video) if video is not None else None
        start = None
        last: dict[int, int] = {}
        for packet in source.demux():
            if packet.dts is None or packet.pts is None:
                continue
            is_picture = video is not None and packet.stream_index == video.index
            if start is None and (video is None or (is_picture and packet.is_keyframe)):
                start = packet.dts
            if start is None or packet.dts < start or packet.dts <= last.get(packet.stream_index, -1):
                continue
            last[packet.stream_index] = packet.dts
            packet.dts -= start
            packet.pts -= start
            if announce is not None and is_picture and packet.is_keyframe:  # parameter sets come with key pictures alone
                yield from announce.filter(packet)
            else:
                yield packet

    def _tell(self) -> None:
        own = next(iter(_connections()), None)
        tick = threading.Event()
        self._report.say(taken=_taken(own, self._written))
        while not tick.wait(REPORT_EVERY):
            self._report.say(taken=_taken(own, self._written))


def _is_known(stream: Any) -> bool:
    """Whether enough was seen of a stream to describe it to the destination."""
    context = getattr(stream, "codec_context", None)
    if stream.type == "video":
        return bool(context and context.width)
    return stream.type == "audio" and bool(context and context.sample_rate)


def _taken(connection: socket.socket | None, written: int) -> int:
    """Bytes that the destination's machine has acknowledged; where the system does not tell, bytes written."""
    if connection is None:
        return written
    try:
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, BYTES_ACKED + 8)
        return int(struct.unpack_from("=Q", info, BYTES_ACKED)[0])
    except (OSError, struct.error, AttributeError):
        return written


def _connections() -> list[socket.socket]:
    """The library's TCP connections, found among the files of this process; copies, so that closing them closes nothing."""
    found = []
    for file in Path("/proc/self/fd").iterdir():
        try:
            if not stat.S_ISSOCK(file.stat().st_mode):
                continue
            connection = socket.socket(fileno=os.dup(int(file.name)))
            if connection.family in {socket.AF_INET, socket.AF_INET6}:
                connection.getpeername()
                found.append(connection)
        except OSError:
            continue
    return found


def _closes(within: float) -> bool:
    """Whether the destination closes the connection in that many seconds."""
    watched = select.poll()
    for connection in (connections := _connections()):
        watched.register(connection, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    return bool(connections) and bool(watched.poll(within * 1_000))


def _escaped(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\'|:[] " else letter for letter in text)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # a half-open destination must not hold the exit up
