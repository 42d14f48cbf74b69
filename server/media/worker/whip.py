"""WHIP (RFC 9725): a browser, OBS or an encoder publishes a source by one POST. Pictures are passed on, never decoded."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from aiohttp import web
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription, rtcrtpreceiver
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.jitterbuffer import JitterFrame
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import candidate_from_sdp

from server.media.worker.clock import monotonic
from server.media.worker.session import Session
from server.media.worker.source import Source
from server.media.worker.whip_sound import OpusToAac
from server.media.worker.whip_stream import Coded, WhipStream
from site_agent.units import seconds

log = structlog.get_logger("whip")

_OFFER_MOST = 64 * 1024
_CONNECT_SECONDS = 20
_PEER_MOST = 64
"""Characters of an address that are told: behind a proxy it is a header that anybody may write."""
_KEY_EVERY = seconds(1.9)
"""A key picture is asked for when the last is so old: browsers send none by themselves."""
_H264_ONLY = "Nguồn WHIP phải gửi hình H.264 và tiếng Opus. Trong OBS: Settings → Output → Video Encoder = x264 hoặc NVENC H.264."


class _PassOn:
    """In the place of aiortc's decoder of pictures: what came, as it came, with its time."""

    def decode(self, frame: JitterFrame) -> list[Coded]:
        return [Coded(frame.data, frame.timestamp, monotonic())]


def _pass_on(codec: RTCRtpCodecParameters) -> "_PassOn | OpusToAac":
    return OpusToAac() if codec.mimeType.lower() == "audio/opus" else _PassOn()


@dataclass(eq=False)
class _Publisher:
    """One session of WHIP."""

    id: str
    source: Source
    peer: str
    connection: RTCPeerConnection
    session: Session | None = None
    stream: WhipStream | None = None
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)
    closed: bool = False


class WhipDoor:
    """Handlers of /whip/…; `find` names the sources there are now."""

    def __init__(self, find: Callable[[str], Source | None]) -> None:
        self._find = find
        self._publishers: dict[str, _Publisher] = {}
        # The worker of the programme decodes no pictures of WebRTC anywhere: what a receiver gives is what came.
        rtcrtpreceiver.get_decoder = _pass_on  # type: ignore[assignment,attr-defined]

    def add_to(self, application: web.Application) -> None:
        """The URLs."""
        application.router.add_post("/whip/{source}", self.publish)
        application.router.add_delete("/whip/{source}/{session}", self.end)
        application.router.add_patch("/whip/{source}/{session}", self.trickle)

    async def publish(self, request: web.Request) -> web.Response:
        """RFC 9725 §4.2: an offer in, an answer and the session's own URL out."""
        source = self._source(request)
        peer = _peer(request)
        if not source.admits(_bearer(request)):
            source.refused(peer, "key")
            raise _unauthorized()
        if request.content_type != "application/sdp":
            raise web.HTTPUnsupportedMediaType(text="Thân yêu cầu phải là application/sdp.")
        offer = await request.text()
        if len(offer) > _OFFER_MOST:
            raise web.HTTPRequestEntityTooLarge(max_size=_OFFER_MOST, actual_size=len(offer))
        if source.publishing:
            source.refused(peer, "busy")
            raise web.HTTPConflict(text="Đã có nguồn khác đang phát bằng khóa này.")
        publisher = _Publisher(secrets.token_urlsafe(16), source, peer, RTCPeerConnection())
        try:
            answer = await self._answer(publisher, offer)
        except (
            ValueError,
            KeyError,
            IndexError,
            AttributeError,
            InvalidAccessError,
            InvalidStateError,
            OperationError,
        ) as problem:
            await publisher.connection.close()
            log.info("offer refused", source=source.name, error=type(problem).__name__)
            raise web.HTTPBadRequest(text=_H264_ONLY) from problem
        self._publishers[publisher.id] = publisher
        publisher.tasks.append(asyncio.create_task(self._give_up(publisher)))
        location = f"/whip/{source.name}/{publisher.id}"
        headers = {"Location": location, "ETag": f'"{publisher.id}"', "Cache-Control": "no-store"}
        return web.Response(status=201, text=answer, content_type="application/sdp", headers=headers)

    async def end(self, request: web.Request) -> web.Response:
        """RFC 9725 §4.2: DELETE ends the session."""
        await self._leave(self._publisher(request), f"Nguồn {_peer(request)} đã dừng phát")
        return web.Response(status=200)

    async def trickle(self, request: web.Request) -> web.Response:
        """RFC 9725 §4.3: further candidates of the publisher."""
        publisher = self._publisher(request)
        if request.content_type != "application/trickle-ice-sdpfrag":
            raise web.HTTPUnsupportedMediaType(text="Thân yêu cầu phải là application/trickle-ice-sdpfrag.")
        for line in (await request.text()).splitlines():
            if line.startswith("a=candidate:"):
                try:
                    candidate = candidate_from_sdp(line.removeprefix("a=candidate:"))
                except (ValueError, IndexError, AssertionError):
                    continue
                candidate.sdpMLineIndex = 0
                await publisher.connection.addIceCandidate(candidate)
        return web.Response(status=204)

    async def close(self) -> None:
        """Ends all sessions."""
        await asyncio.gather(*(self._leave(publisher, "") for publisher in list(self._publishers.values())))

    # A session's life

    async def _answer(self, publisher: _Publisher, offer: str) -> str:
        connection = publisher.connection
        tracks: list[MediaStreamTrack] = []
        connection.on("track", tracks.append)
        connection.on("connectionstatechange", lambda: self._moved(publisher))
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        if not any(track.kind == "video" for track in tracks):
            raise ValueError("no video offered")
        for transceiver in connection.getTransceivers():
            wanted = "video/H264" if transceiver.kind == "video" else "audio/opus"
            offered = RTCRtpReceiver.getCapabilities(transceiver.kind)
            assert offered is not None
            transceiver.setCodecPreferences([codec for codec in offered.codecs if codec.mimeType == wanted])
            transceiver.direction = "recvonly"
        await connection.setLocalDescription(await connection.createAnswer())
        publisher.stream = WhipStream(lambda data, arrived: publisher.session.push(data, arrived) if publisher.session else None)
        publisher.tasks += [asyncio.create_task(self._read(publisher, track)) for track in tracks]
        publisher.tasks.append(asyncio.create_task(self._ask_for_keys(publisher)))
        return connection.localDescription.sdp

    def _moved(self, publisher: _Publisher) -> None:
        state = publisher.connection.connectionState
        if state == "connected" and publisher.session is None and not publisher.closed:
            publisher.session = publisher.source.connected(publisher.peer, gone=lambda: self._replaced(publisher))
            log.info("publisher", source=publisher.source.name, peer=publisher.peer)
        elif state in {"failed", "closed"}:
            self._replaced(publisher)

    def _replaced(self, publisher: _Publisher) -> None:
        """The source follows another plan or publisher, or the connection is gone."""
        if not publisher.closed:
            task = asyncio.ensure_future(self._leave(publisher, ""))
            publisher.tasks.append(task)

    async def _give_up(self, publisher: _Publisher) -> None:
        await asyncio.sleep(_CONNECT_SECONDS)
        if publisher.session is None:
            self._replaced(publisher)

    async def _leave(self, publisher: _Publisher, words: str) -> None:
        if publisher.closed:
            return
        publisher.closed = True
        self._publishers.pop(publisher.id, None)
        own = asyncio.current_task()
        for task in publisher.tasks:
            if task is not own:
                task.cancel()
        if publisher.session is not None:
            publisher.source.disconnected(publisher.session, words)
        if publisher.stream is not None:
            publisher.stream.close()
        await publisher.connection.close()

    async def _read(self, publisher: _Publisher, track: MediaStreamTrack) -> None:
        assert publisher.stream is not None
        try:
            while True:
                coded = await track.recv()
                if isinstance(coded, Coded):
                    publisher.stream.take("video" if track.kind == "video" else "audio", coded)
        except MediaStreamError:
            """It has ended; the connection tells."""

    async def _ask_for_keys(self, publisher: _Publisher) -> None:
        """By RTCP PLI (RFC 4585 §6.3.1)."""
        while True:
            await asyncio.sleep(0.1)
            last = publisher.stream.last_key if publisher.stream is not None else None
            if last is not None and monotonic() - last < _KEY_EVERY:
                continue
            for receiver in publisher.connection.getReceivers():
                if receiver.track is not None and receiver.track.kind == "video":
                    for source in receiver.getSynchronizationSources():
                        await receiver._send_rtcp_pli(source.source)  # noqa: SLF001 -- aiortc offers no other way
            await asyncio.sleep(0.4)

    # Who asks

    def _source(self, request: web.Request) -> Source:
        source = self._find(request.match_info["source"])
        if source is None or source.plan.kind != "whip":
            raise web.HTTPNotFound(text="Không có nguồn nào nhận WHIP ở địa chỉ này.")
        return source

    def _publisher(self, request: web.Request) -> _Publisher:
        source = self._source(request)
        if not source.admits(_bearer(request)):
            raise _unauthorized()
        publisher = self._publishers.get(request.match_info["session"])
        if publisher is None or publisher.source is not source:
            raise web.HTTPNotFound(text="Phiên phát này không còn.")
        return publisher


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    # Bytes that are no text come as surrogates, which nothing encodes.
    return token.strip().encode(errors="replace").decode() if scheme.lower() == "bearer" else ""


def _unauthorized() -> web.HTTPUnauthorized:
    return web.HTTPUnauthorized(text="Sai khóa.", headers={"WWW-Authenticate": "Bearer"})


def _peer(request: web.Request) -> str:
    return request.headers.get("X-Forwarded-For", "").split(",")[0].strip()[:_PEER_MOST] or request.remote or "?"
