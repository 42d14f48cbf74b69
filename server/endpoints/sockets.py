"""The two WebSockets: who may open them is decided here, what is said on them in `server.feeds` and `server.sites`."""

from aiohttp import web

from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.endpoints.services import Connections


async def feed_socket(call: Call) -> web.WebSocketResponse:
    """GET /ws/feed: rows as they change."""
    return await _serve(call, call.services.feed_connections)


async def site_socket(call: Call) -> web.WebSocketResponse:
    """GET /ws/site: a device's session."""
    return await _serve(call, call.services.site_connections)


async def _serve(call: Call, connections: Connections) -> web.WebSocketResponse:
    sockets = call.services.sockets
    if sockets.full(call.who):
        raise HttpProblem(429, "too_many_sockets", "Liên kết này đang mở ở quá nhiều nơi. Hãy đóng bớt trang.")
    websocket = connections.response()
    if not websocket.can_prepare(call.request):
        raise HttpProblem(426, "upgrade_required", "Địa chỉ này chỉ nhận kết nối WebSocket.", headers={"Upgrade": "websocket"})
    await websocket.prepare(call.request)
    if call.request.transport is None:
        return websocket
    socket = connections.socket(call.request.transport)
    with sockets.held(call.who, socket, call.services.clock.now()):
        # Revoked while it opened: whoever closes sockets did not know of this one yet.
        generation = call.services.door.book.generation(call.who.subject)
        if generation != call.who.claim.generation:
            sockets.revoked(call.who.subject, generation)
        await connections.run(socket, websocket, call.principal)
    return websocket
