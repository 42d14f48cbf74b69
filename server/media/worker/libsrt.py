"""The calls of libsrt that a listener and a caller need, by ctypes. They release the GIL. Header: srtcore/srt.h of 1.4, 1.5."""

import atexit
import ctypes as c
import functools
import socket
import struct
from collections.abc import Callable

SONAMES = ("libsrt-gnutls.so.1.5", "libsrt-openssl.so.1.5", "libsrt.so.1.5", "libsrt.so.1", "libsrt.so", "libsrt.dylib")
INSTALL = "Máy chủ thiếu thư viện SRT: cài bằng “apt install libsrt1.5-gnutls” rồi khởi động lại, hoặc dùng WHIP."
OPTION_RECEIVE_SYNC, OPTION_PASSPHRASE, OPTION_KEY_LENGTH, OPTION_IDLE_MS, OPTION_LATENCY_MS = 2, 26, 27, 55, 43
GONE = frozenset({6, 7, 8, 9})
"""Socket states: broken, closing, closed, non-existent."""
REJECT_CONFLICT = 1409
"""SRT_REJX_CONFLICT: the publisher is told that the place is taken."""
AGAIN = 6002
_LOG_CRITICAL = 2
_MESSAGE = 1_500
INBOX = 64 * 1_024
"""Bytes: what a publisher of 17 Mb/s sends in 30 ms."""
_PACKET, _PACKET_AT_WIDE = 1_500, 360
"""byteMSS as it stands at its default: newer libraries count lost bytes too, which moves what follows."""


class NoLibsrt(Exception):
    """The library is not on this machine; the message says what to install."""


class SrtFailed(Exception):
    """A call failed; the message is the library's own."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


Hook = Callable[[int, str], bool]
"""(socket, address of the publisher) → whether it may go on to show its key. Called in the library's own thread: be brief."""
_HOOK = c.CFUNCTYPE(c.c_int, c.c_void_p, c.c_int, c.c_int, c.c_void_p, c.c_char_p)


class Counters:
    """What `srt_bstats` tells of one connection since the last time (CBytePerfMon)."""

    def __init__(self, raw: bytes) -> None:
        wide = struct.unpack_from("=i", raw, _PACKET_AT_WIDE)[0] == _PACKET
        self.received: int = struct.unpack_from("=q", raw, 144 if wide else 136)[0]
        self.lost: int = struct.unpack_from("=i", raw, 156 if wide else 148)[0]
        self.round_trip_ms: float = struct.unpack_from("=d", raw, 328 if wide else 312)[0]

    @property
    def lost_percent(self) -> float:
        """Of the packets that should have come, those that were missing at first; most are sent again in time."""
        wanted = self.received + self.lost
        return 100.0 * self.lost / wanted if wanted else 0.0


class Inbox:
    """Where one reader's messages are written: each reader has its own, for the calls do not wait for each other."""

    def __init__(self) -> None:
        self._buffer = c.create_string_buffer(INBOX)
        self.address = c.addressof(self._buffer)


class Libsrt:
    """The library, started up. Every method raises `SrtFailed` where the call fails, unless it says otherwise."""

    def __init__(self, library: c.CDLL) -> None:
        self._library = library
        self._receive = library.srt_recv
        self._receive.argtypes = (c.c_int, c.c_void_p, c.c_int)
        library.srt_listen_callback.argtypes = (c.c_int, _HOOK, c.c_void_p)
        library.srt_getlasterror_str.restype = c.c_char_p
        library.srt_setloglevel(_LOG_CRITICAL)
        library.srt_startup()
        atexit.register(library.srt_cleanup)

    def listener(self, host: str, port: int, options: dict[int, int | bytes], hook: Hook) -> "Listening":
        """A socket that listens."""
        listening = self._check(self._library.srt_create_socket())
        try:
            for option, value in options.items():
                self._option(listening, option, value)
            address = _address(host, port)
            self._check(self._library.srt_bind(listening, address, len(address)))
            callback = _HOOK(lambda _opaque, publisher, _version, peer, _stream: self._asked(hook, publisher, peer))
            self._check(self._library.srt_listen_callback(listening, callback, None))
            self._check(self._library.srt_listen(listening, 8))
        except BaseException:
            self._library.srt_close(listening)
            raise
        return Listening(listening, self._port(listening), callback)

    def caller(self, host: str, port: int, options: dict[int, int | bytes]) -> int:
        """A socket that is connected to a listener and sends; its calls wait."""
        caller = self._check(self._library.srt_create_socket())
        try:
            for option, value in options.items():
                self._option(caller, option, value)
            address = _address(host, port)
            self._check(self._library.srt_connect(caller, address, len(address)))
        except BaseException:
            self._library.srt_close(caller)
            raise
        return caller

    def send(self, caller: int, message: bytes) -> None:
        """One message of at most 1,316 bytes. Raises `SrtFailed` when the connection is gone."""
        self._check(self._library.srt_send(caller, message, len(message)))

    def accept(self, listening: int) -> int | None:
        """The next publisher's socket, its calls not waiting; None: there is none."""
        publisher = self._library.srt_accept(listening, None, None)
        if publisher < 0:
            return None
        try:
            self._option(publisher, OPTION_RECEIVE_SYNC, 0)
        except SrtFailed:  # gone again already
            self.close(publisher)
            return None
        return int(publisher)

    def receive(self, publisher: int, inbox: "Inbox") -> bytes:
        """All messages that have come, as much as the inbox holds; empty: nothing for now.

        Raises `SrtFailed` when the connection is gone and all of it was taken.
        """
        receive, at, end = self._receive, inbox.address, inbox.address + INBOX - _MESSAGE
        while at <= end and (length := receive(publisher, at, _MESSAGE)) > 0:
            at += length
        if at > inbox.address:
            return c.string_at(inbox.address, at - inbox.address)
        code = self._library.srt_getlasterror(None)
        if code == AGAIN:
            return b""
        raise SrtFailed(code, self._words())

    def gone(self, watched: int) -> bool:
        """Whether a connection is not or no longer there."""
        return self._library.srt_getsockstate(watched) in GONE

    def close(self, watched: int) -> None:
        """Close a socket. Raises nothing."""
        self._library.srt_close(watched)

    def counters(self, publisher: int) -> Counters | None:
        """Counted since the last time; None: the connection is gone."""
        raw = c.create_string_buffer(2_048)
        return Counters(raw.raw) if self._library.srt_bstats(publisher, raw, 1) == 0 else None

    def latency_ms(self, publisher: int) -> int:
        """How long the receiver holds packets back, as both sides agreed; 0: not known. Raises nothing."""
        value, length = c.c_int(0), c.c_int(4)
        self._library.srt_getsockflag(publisher, OPTION_LATENCY_MS, c.byref(value), c.byref(length))
        return value.value

    def _asked(self, hook: Hook, publisher: int, peer: int) -> int:
        if hook(publisher, _told(c.string_at(peer, 28))):
            return 0
        self._library.srt_setrejectreason(publisher, REJECT_CONFLICT)
        return -1

    def _option(self, of: int, option: int, value: int | bytes) -> None:
        raw = c.create_string_buffer(value, len(value)) if isinstance(value, bytes) else c.c_int(value)
        self._check(self._library.srt_setsockflag(of, option, c.byref(raw), c.sizeof(raw)))

    def _port(self, listening: int) -> int:
        name, length = c.create_string_buffer(28), c.c_int(28)
        self._check(self._library.srt_getsockname(listening, name, c.byref(length)))
        return int.from_bytes(name.raw[2:4], "big")

    def _check(self, answer: int) -> int:
        if answer < 0:
            raise SrtFailed(self._library.srt_getlasterror(None), self._words())
        return int(answer)

    def _words(self) -> str:
        return bytes(self._library.srt_getlasterror_str() or b"").decode(errors="replace")


class Listening:
    """A listening socket; keeps its callback alive as long as the library may call it."""

    def __init__(self, listening: int, port: int, callback: object) -> None:
        self.socket = listening
        self.port = port
        self._callback = callback


@functools.cache
def libsrt() -> Libsrt:
    """The library. Raises `NoLibsrt`."""
    for name in SONAMES:
        try:
            return Libsrt(c.CDLL(name))
        except (OSError, AttributeError):
            continue
    raise NoLibsrt(INSTALL)


def _address(host: str, port: int) -> bytes:
    """A sockaddr. Raises `SrtFailed` for what is no numeric address."""
    try:
        if ":" in host:
            return struct.pack("=HHI16sI", socket.AF_INET6, socket.htons(port), 0, socket.inet_pton(socket.AF_INET6, host), 0)
        return struct.pack("=HH4s8x", socket.AF_INET, socket.htons(port), socket.inet_aton(host))
    except OSError as problem:
        raise SrtFailed(0, f"{host} không phải địa chỉ IP") from problem


def _told(raw: bytes) -> str:
    family = struct.unpack_from("=H", raw)[0]
    if family == socket.AF_INET6:
        return socket.inet_ntop(socket.AF_INET6, raw[8:24]).removeprefix("::ffff:")
    return socket.inet_ntoa(raw[4:8])
