"""The UDP time service: answers keyed probes of open sessions, and nobody else (packets: `site_agent.link.udp`).

A wrong tag, an unknown session or a probe over the session's allowance gets no answer: silence tells a stranger
nothing, and a reply is 8 bytes longer than its request, so the service is no amplifier for forged senders.
"""

import secrets
from collections import deque
from typing import Any

from server.clock import CeremonyClock
from server.sites import metrics
from server.sockets import Allowance
from site_agent.launch.signed import encode_bytes
from site_agent.link import messages
from site_agent.link.messages import ProbeCount
from site_agent.link.udp import encode_reply, read_request, session_bytes, tag_holds
from site_agent.stamped_socket import StampedSocket
from site_agent.units import Instant

KEY_BYTES = 32
PROBE_NUMBERS = 2**32
"""A probe's number is an unsigned 32-bit integer and begins again."""
PROBES_PER_SECOND = 4
PROBES_AT_ONCE = 40
"""A session sends a burst of 8 every 10 s at most; three lost and repeated bursts pass."""

PROBES_REMEMBERED = 128
"""Numbers of a session's last probes: those of a minute or more, told of by its heartbeats meanwhile."""

_ANSWERED = metrics.TIME_PROBES.labels("answered")
_IGNORED = metrics.TIME_PROBES.labels("ignored")
_OVER = metrics.TIME_PROBES.labels("over_allowance")


class _Asker:
    """An open session: its key and its allowance."""

    __slots__ = ("allowance", "key", "probes")

    def __init__(self) -> None:
        self.probes: deque[int] = deque(maxlen=PROBES_REMEMBERED)
        self.key = secrets.token_bytes(KEY_BYTES)
        self.allowance = Allowance(PROBES_PER_SECOND, PROBES_AT_ONCE)


class TimeService:
    """Answers on one UDP socket. Before `open` and after `close` sessions are told of no time service."""

    def __init__(self, clock: CeremonyClock) -> None:
        self._clock = clock
        self._askers: dict[bytes, _Asker] = {}
        self._socket: StampedSocket | None = None

    async def open(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the port is taken or not allowed.

        """
        self._socket = await StampedSocket.bound(host, port, self._answer)

    def close(self) -> None:
        """Stop listening."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @property
    def port(self) -> int | None:
        """Where it listens; None while it does not."""
        return None if self._socket is None else self._socket.port

    def admit(self, session: str) -> messages.TimeService | None:
        """Let a session ask; what its `welcome` says."""
        port = self.port
        if port is None:
            return None
        asker = self._askers[session_bytes(session)] = _Asker()
        return messages.TimeService(port=port, key=encode_bytes(asker.key), clock_id=self._clock.clock_id)

    def forget(self, session: str) -> None:
        """The session has ended."""
        self._askers.pop(session_bytes(session), None)

    def received(self, session: str, probes: ProbeCount) -> int | None:
        """How many of these probes reached this socket; None for a session that asked for none."""
        asker = self._askers.get(session_bytes(session))
        if asker is None:
            return None
        span = (probes.last - probes.first) % PROBE_NUMBERS
        return len({probe for probe in asker.probes if (probe - probes.first) % PROBE_NUMBERS <= span})

    def _answer(self, data: bytes, sender: Any, age: int) -> None:
        """Answer one probe, which reached the machine `age` ns ago."""
        received = Instant(self._clock.now() - age // 1_000)
        request = read_request(data)
        asker = self._askers.get(request.session) if request is not None else None
        if request is None or asker is None or not tag_holds(data, asker.key):
            _IGNORED.inc()
            return
        asker.probes.append(request.probe)
        if not asker.allowance.take(received):
            _OVER.inc()
        elif self._socket is not None:
            _ANSWERED.inc()
            self._socket.send(encode_reply(request.probe, request.origin, received, self._clock.now(), asker.key), sender)
