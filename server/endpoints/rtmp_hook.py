"""The hook of the RTMP server beside us: nginx-rtmp's `on_publish` and `on_publish_done`, MediaMTX's HTTP authentication.

nginx-rtmp sends a form by HTTP/1.0 and can send no header of ours: so the hook opens to the loopback alone, and to nothing that
a proxy passed on. An RTMP server on another machine shows `DIEMCAU_RTMP_SECRET` in `Authorization` (Bearer, or Basic with any
name, which is what MediaMTX makes of `https://rtmp:SECRET@HOST/…`).
"""

import base64
import binascii
import hmac
from ipaddress import ip_address
from urllib.parse import parse_qs

import msgspec

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.media.rtmp import Stream

MAX_HOOK_BYTES = 8 * 1024
_PROXIES = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")
_PUBLISH, _DONE = "publish", "publish_done"
_READS = frozenset({"read", "play"})


class MediaMtx(msgspec.Struct, frozen=True):
    """What MediaMTX posts (`authMethod: http`); user, password, token and query say nothing here: the key is in the path."""

    action: str = ""
    path: str = ""
    """Application and key: `live/KEY`."""
    protocol: str = ""
    ip: str = ""
    id: str | None = None
    """Of the connection."""


class HookAnswer(msgspec.Struct, frozen=True):
    """Let in. RTMP servers look at the status alone."""

    allowed: bool = True


async def media_publish(call: Call) -> HookAnswer:
    """POST /api/v1/media/publish: may this publisher send? Only with the key of a source that is set to RTMP, one at a time.

    Raises:
        HttpProblem: 403 `hook_closed`, `bad_stream_key`; 400 `malformed`; 429 `too_many_tries`.

    """
    door = call.services.media.rtmp
    if not door.app or not (_by_secret(call) or _from_beside(call)):
        raise HttpProblem(403, "hook_closed", "Địa chỉ này chỉ dành cho máy chủ RTMP đặt cạnh máy chủ (ops/runbooks/rtmp.md).")
    action, stream = _read(call.body)
    if action == _DONE:
        door.done(stream)
        return HookAnswer()
    if action in _READS and (_by_secret(call) or _is_loopback(stream.peer)) and door.may_read(stream):
        return HookAnswer()
    if action == _PUBLISH and (why := door.publish(stream)) is None:
        return HookAnswer()
    if action != _PUBLISH or why in {"key", "old_key"}:
        call.services.failures.failed(stream.peer or call.address, call.services.clock.now())
    raise HttpProblem(403, "bad_stream_key", "Từ chối: khóa luồng không đúng, đang được dùng, hoặc nguồn không đặt nhận RTMP.")


def _from_beside(call: Call) -> bool:
    """From this machine, and not for somebody elsewhere: a proxy in front says for whom it asks."""
    return _is_loopback(call.request.remote or "") and not any(name in call.request.headers for name in _PROXIES)


def _by_secret(call: Call) -> bool:
    wanted = call.services.rtmp_secret
    scheme, _, given = call.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode(errors="replace").partition(":")[2]
        except binascii.Error:
            return False
    return bool(wanted) and hmac.compare_digest(given.encode(errors="surrogateescape"), wanted.encode())


def _read(body: bytes) -> tuple[str, Stream]:
    """The action and of which stream.

    Raises:
        HttpProblem, msgspec.MsgspecError: it cannot be read.

    """
    if body.lstrip()[:1] == b"{":
        asked = msgspec.json.decode(body, type=MediaMtx)
        app, _, key = asked.path.rpartition("/")
        # Other ways in are switched off in our configuration; should one be open, nobody comes in by it.
        action = asked.action if asked.protocol in {"rtmp", "rtmps"} else ""
        return action, Stream(app, key, asked.ip, asked.id or "")
    form = parse_qs(body.decode(errors="replace"), keep_blank_values=True)

    def one(name: str) -> str:
        # nginx-rtmp appends the publisher's own arguments: what stands there twice is somebody's trick.
        values = form.get(name, [""])
        if len(values) > 1:
            raise HttpProblem(403, "bad_stream_key", "Khóa luồng không được kèm tham số.")
        return values[0]

    return one("call"), Stream(one("app"), one("name"), one("addr"), one("clientid"))


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
