"""The programme over HTTP: keys and addresses to type, small pictures, tests of relays, clips, and the worker's own socket."""

import asyncio
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from server.ceremony.rules import Role
from server.endpoints.problems import MEDIA_AWAY, HttpProblem
from server.endpoints.route import Call
from server.feeds.media_port import ClipNow
from server.media.asking import WorkerAway
from server.media.messages import RelayTested
from server.media.plan import SOURCES
from server.media.trends import Trend
from site_agent.units import MINUTE, SECOND, Instant

LONGEST_CLIP = 6 * 60 * MINUTE
SHORTEST_CLIP = SECOND
MOST_CLIPS = 60
_AWAY = "Tiến trình truyền hình chưa sẵn sàng hoặc đang khởi động lại. Thử lại sau ít giây."


class SourceKeys(msgspec.Struct, frozen=True):
    """A source's key, and what to type into an encoder."""

    source: str
    kind: str
    generation: int
    key: str
    srt: str
    """srt://HOST:PORT, for encoders with a field of their own for the passphrase (vMix)."""
    srt_with_key: str
    """The same with the passphrase, for encoders with one line (OBS)."""
    whip: str
    """The key goes into the field for the bearer token."""
    rtmp: str
    """Server; the key goes into the field for the stream key. Empty: no RTMP server is set up."""


class KeysAnswer(msgspec.Struct, frozen=True):
    """Secrets: for those who set up encoders."""

    sources: list[SourceKeys]


class ClipRequest(msgspec.Struct, frozen=True):
    """Instants of the ceremony."""

    begin: Instant
    end: Instant


class TrendsAnswer(msgspec.Struct, frozen=True):
    """By the name of the source."""

    sources: dict[str, Trend]


class ClipsAnswer(msgspec.Struct, frozen=True):
    """Clips that were asked for, oldest first; each launch has one."""

    clips: list[ClipNow]


async def media_keys(call: Call) -> web.Response:
    """GET /api/v1/media/keys: keys of the sources and the addresses to type into encoders. Never kept by a cache."""
    media = call.services.media
    state = call.services.engine.state.sources
    status = media.status()
    ports = {source.name: source.port for source in status.sources} if status is not None else {}
    public = urlsplit(call.services.public_url)
    # Where encoders on another machine find us: where we listen for them, or by the name that people use.
    listen = media.ports.host
    host = public.hostname or "localhost" if listen in {"0.0.0.0", "::", ""} else listen  # noqa: S104 -- a comparison
    rows = []
    for name in SOURCES:
        key, port = media.key(name), ports.get(name.value) or media.ports.of(name)
        srt = f"srt://{_bracketed(host)}:{port}" if port else ""
        rows.append(
            SourceKeys(
                source=name.value,
                kind=state.of(name).kind.value,
                generation=state.of(name).generation,
                key=key,
                srt=srt,
                srt_with_key=f"{srt}?mode=caller&latency=200000&passphrase={key}&pbkeylen=16" if srt else "",
                whip=f"{call.services.public_url}/whip/{name.value}",
                rtmp=_public_rtmp(media.ports.rtmp_url, public.hostname or "localhost"),
            )
        )
    body = msgspec.json.encode(KeysAnswer(rows))
    return web.Response(body=body, content_type="application/json", headers={"Cache-Control": "no-store"})


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _public_rtmp(url: str, host: str) -> str:
    """As people reach it: a server beside ours is told by the loopback, and reached by our name."""
    parts = urlsplit(url)
    if parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        return url
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{_bracketed(host)}{port}{parts.path}"


async def thumbnail(call: Call) -> web.Response:
    """GET /api/v1/media/thumbnails/{of}: the newest small picture of primary, backup, slate or output. The MC sees the output.

    Raises:
        HttpProblem: 403 `forbidden`, 404 `no_picture`.

    """
    of = call.request.match_info["of"]
    if call.principal.role is Role.MC and of != "output":
        raise HttpProblem(403, "forbidden_source", "Liên kết của bạn chỉ xem được hình đang phát.")
    found = call.services.media.thumbnail(of)
    if found is None:
        raise HttpProblem(404, "no_picture", "Chưa có hình của nguồn này.")
    return web.Response(body=found.jpeg, content_type="image/jpeg", headers={"Cache-Control": "no-store"})


async def test_relay(call: Call) -> RelayTested:
    """POST /api/v1/media/relays/{id}/test: connect to the destination without sending the programme; answers within 30 s.

    Raises:
        HttpProblem: 404 `relay_unknown`, 503 `media_away`.

    """
    relay = call.request.match_info["id"]
    if relay not in call.services.engine.state.relays.relays:
        raise HttpProblem(404, "relay_unknown", "Không có nơi phát lại này.")
    try:
        return await call.services.media.test_relay(relay)
    except WorkerAway:
        raise HttpProblem(503, MEDIA_AWAY, _AWAY) from None


async def ask_clip(call: Call) -> ClipNow:
    """POST /api/v1/media/clips: cut an MP4 from the recording. Its progress is told by the feed and by GET.

    Raises:
        HttpProblem: 400 `clip_out_of_range`, 409 `too_many_clips`.

    """
    asked: ClipRequest = call.body
    length = asked.end - asked.begin
    if asked.begin < 0 or not SHORTEST_CLIP <= length <= LONGEST_CLIP or asked.begin > call.services.clock.now():
        raise HttpProblem(400, "clip_out_of_range", "Đoạn cắt dài từ 1 giây đến 6 giờ, bắt đầu trước lúc này.")
    if len(call.services.media.clips()) >= MOST_CLIPS:
        raise HttpProblem(409, "too_many_clips", f"Đã có {MOST_CLIPS} đoạn cắt. Xóa bớt đoạn không cần rồi cắt tiếp.")
    return call.services.media.want_clip(asked.begin, asked.end)


async def read_clips(call: Call) -> ClipsAnswer:
    """GET /api/v1/media/clips: what was asked for and how far it is."""
    return ClipsAnswer(list(call.services.media.clips()))


async def get_clip(call: Call) -> web.StreamResponse:
    """GET /api/v1/media/clips/{id}: the MP4.

    Raises:
        HttpProblem: 404 `no_clip`.

    """
    name = call.request.match_info["id"]
    path = call.services.media.clip_path(name)
    if path is None or not await asyncio.to_thread(path.is_file):
        raise HttpProblem(404, "no_clip", "Chưa có đoạn cắt này.")
    headers = {
        "Content-Type": "video/mp4",
        "Content-Disposition": f'attachment; filename="{name}.mp4"',
        "Cache-Control": "private, max-age=3600",
    }
    return web.FileResponse(path, headers=headers)


async def read_trends(call: Call) -> TrendsAnswer:
    """GET /api/v1/media/trends: the last ten minutes of each source, for a page that has just been opened."""
    return TrendsAnswer(call.services.media.trends())


async def drop_clip(call: Call) -> ClipsAnswer:
    """DELETE /api/v1/media/clips/{id}: the clip and its file are gone, what it was cut from stays. Answers with what is left.

    Raises:
        HttpProblem: 404 `no_clip`, 409 `clip_being_made`, 507 `no_disk`.

    """
    name = call.request.match_info["id"]
    media = call.services.media
    try:
        dropped = await media.drop_clip(name)
    except OSError as error:
        raise HttpProblem(507, "no_disk", f"Không xóa được tệp này: {error.strerror}.") from error
    if not dropped and any(clip.id == name for clip in media.clips()):
        raise HttpProblem(409, "clip_being_made", "Đang cắt đoạn này. Đợi cắt xong rồi xóa.")
    if not dropped:
        raise HttpProblem(404, "no_clip", "Chưa có đoạn cắt này.")
    return ClipsAnswer(list(media.clips()))


async def media_socket(call: Call) -> web.WebSocketResponse:
    """GET /ws/media: the media worker, by its own token and nobody else.

    Raises:
        HttpProblem: 401 `bad_media_token`, 426 `upgrade_required`, 429.

    """
    services = call.services
    scheme, _, token = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not services.media.knows(token):
        # Only here: where a proxy hides addresses, somebody's guessing must not keep the worker out.
        services.failures.failed(call.address, services.clock.now())
        raise HttpProblem(401, "bad_media_token", "Địa chỉ này chỉ dành cho tiến trình truyền hình của máy chủ.")
    websocket = services.media.response()
    if not websocket.can_prepare(call.request):
        raise HttpProblem(426, "upgrade_required", "Địa chỉ này chỉ nhận kết nối WebSocket.", headers={"Upgrade": "websocket"})
    await websocket.prepare(call.request)
    if call.request.transport is not None:
        await services.media.serve(services.media.socket(call.request.transport), websocket)
    return websocket
