"""One page's feed socket (`/ws/feed`, subprotocol `diemcau.feed.v1`): what it asks for, told to the hub.

A page sends `{"subscribe": feed, "feed_id"?, "offset"?}`, `{"unsubscribe": feed}`, `{"editing": {page, item}}` (see
`presence`) or a `time_request`. What cannot be used is answered with a problem and counted; a page that goes on sending it
is cut off.
"""

import msgspec
import structlog
from aiohttp import WSMsgType, web

from server.ceremony.rules import Principal
from server.clock import CeremonyClock
from server.feeds import metrics
from server.feeds.authorise import FeedRefused
from server.feeds.frames import problem_frame
from server.feeds.hub import FeedHub
from server.feeds.presence import Editing
from server.sockets import FEED_LIMIT_BYTES, POLICY, Allowance, Socket, Transport, text_frame, was_too_large
from site_agent.link.messages import TimeReply, TimeRequest
from site_agent.units import FeedId, Instant

SUBPROTOCOL = "diemcau.feed.v1"
MAX_MESSAGE_BYTES = 4096
"""A subscription is short."""
PING_SECONDS = 30.0
"""Browsers answer by themselves; a page that does not is gone."""
MAX_REFUSALS = 20
MESSAGES_PER_SECOND = 20
MESSAGES_AT_ONCE = 100
MAX_FEEDS = 40
"""Subscriptions of one page."""

log = structlog.get_logger("feeds")


class _Ask(msgspec.Struct):
    """What a page may send: exactly one of the first four is there."""

    subscribe: str | None = None
    unsubscribe: str | None = None
    type: str | None = None
    editing: Editing | None = None
    feed_id: FeedId | None = None
    offset: int | None = None


_ASK = msgspec.json.Decoder(_Ask)
_TIME = msgspec.json.Decoder(TimeRequest)
_ENCODER = msgspec.json.Encoder()


class FeedConnections:
    """Serves the feed sockets of all pages."""

    def __init__(self, hub: FeedHub, clock: CeremonyClock) -> None:
        self._hub = hub
        self._clock = clock

    def response(self) -> web.WebSocketResponse:
        """An upgrade with this link's limits; the caller prepares it."""
        return web.WebSocketResponse(
            protocols=(SUBPROTOCOL,),
            autoclose=False,
            compress=False,
            max_msg_size=MAX_MESSAGE_BYTES,
            decode_text=False,
            heartbeat=PING_SECONDS,
        )

    def socket(self, transport: Transport) -> Socket:
        """The writing half of a prepared upgrade."""
        return Socket(transport, "feed", FEED_LIMIT_BYTES)

    async def run(self, socket: Socket, ws: web.WebSocketResponse, principal: Principal) -> None:
        """Serve one prepared socket until it ends."""
        page = _Page(self._hub, self._clock, principal, socket)
        self._hub.join(page.socket, principal)
        try:
            async for message in ws:
                received = self._clock.now()
                if page.socket.closing:
                    continue  # read on to the peer's own close frame: a line cut with words unread takes ours with it
                if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    page.take(message.data, received)
                elif was_too_large(message):
                    metrics.REFUSED.labels("too_large").inc()
        finally:
            self._hub.leave(page.socket)
            if not ws.closed:  # else aiohttp is saying goodbye itself, and a cut line would eat its words
                page.socket.finish()


class _Page:
    """One socket: its allowance and its refusals."""

    def __init__(self, hub: FeedHub, clock: CeremonyClock, principal: Principal, socket: Socket) -> None:
        self.socket = socket
        self._hub = hub
        self._clock = clock
        self._principal = principal
        self._allowance = Allowance(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE)
        self._refusals = 0
        self._feeds: set[str] = set()

    def take(self, data: bytes, received: Instant) -> None:
        """Do what one message asks for, or say why not."""
        if not self._allowance.take(received):
            self._refuse("", FeedRefused("too_many", "Trang này gửi quá nhiều yêu cầu trong thời gian ngắn."))
            self.socket.close(POLICY, "too_many")
            return
        try:
            ask = _ASK.decode(data)
            self._obey(ask, data, received)
        except FeedRefused as refused:
            self._refuse(ask.subscribe or "", refused)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self._refuse("", FeedRefused("malformed", "Yêu cầu sai định dạng, máy chủ không nhận."))

    def _obey(self, ask: _Ask, data: bytes, received: Instant) -> None:
        if ask.type == "time_request":
            self._tell_time(_TIME.decode(data), received)
        elif ask.subscribe is not None:
            if len(self._feeds) >= MAX_FEEDS and ask.subscribe not in self._feeds:
                raise FeedRefused("too_many_feeds", "Trang này theo dõi quá nhiều mục.")
            self._hub.subscribe(ask.subscribe, self._principal, self.socket, ask.feed_id, ask.offset)
            self._feeds.add(ask.subscribe)
        elif ask.editing is not None:
            self._hub.editing(self.socket, self._principal, ask.editing)
        elif ask.unsubscribe is not None:
            self._hub.unsubscribe(ask.unsubscribe, self.socket)
            self._feeds.discard(ask.unsubscribe)
        else:
            raise FeedRefused("malformed", "Yêu cầu sai định dạng, máy chủ không nhận.")

    def _tell_time(self, request: TimeRequest, received: Instant) -> None:
        reply = TimeReply(
            probe=request.probe,
            origin=request.origin,
            received=received,
            sent=self._clock.now(),
            clock_id=self._clock.clock_id,
        )
        self.socket.send(text_frame(_ENCODER.encode(reply)))

    def _refuse(self, feed: str, refused: FeedRefused) -> None:
        metrics.REFUSED.labels(refused.code).inc()
        self._refusals += 1
        self.socket.send(problem_frame(feed, refused))
        if self._refusals >= MAX_REFUSALS:
            log.warning("page cut off", role=self._principal.role.value, code=refused.code)
            self.socket.close(POLICY, refused.code)
