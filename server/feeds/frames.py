"""Frames that belong to no feed's run of offsets: the sign of life, and why a feed is not told."""

import msgspec

from server.feeds.authorise import FeedRefused
from server.sockets import text_frame
from site_agent.units import Instant


def life_frame(now: Instant) -> bytes:
    """The sign of life."""
    return text_frame(b'{"now":%d}' % now)


def problem_frame(feed: str, refused: FeedRefused) -> bytes:
    """Why a feed is not told."""
    problem = {"feed": feed, "problem": {"code": refused.code, "detail": refused.detail}}
    return text_frame(msgspec.json.encode(problem))
