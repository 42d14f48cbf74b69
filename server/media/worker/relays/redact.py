"""Takes keys and passwords out of what a library says. Pure."""

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote, urlsplit

from server.media.messages import RelayPlan

HIDDEN = "•••"
LONGEST = 300
"""Characters of an error that are kept."""

_LOGIN = re.compile(r"(?<=//)[^/\s@]+@")
_STREAM = re.compile(r"(rtmp\w*://[^/\s'\"]+/[^/\s'\"?]+)[/?][^\s'\"]*?(?=:?(?:[\s'\"]|$))", re.IGNORECASE)
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f]+")
_WORTH_HIDING = 4
"""A shorter part of a key says nothing, and hiding it would make words unreadable."""


def redact(text: str, plan: RelayPlan) -> str:
    """What may be shown of an error: on one line, short, with neither key nor password of the destination."""
    for secret in sorted(_secrets(plan), key=len, reverse=True):
        text = text.replace(secret, HIDDEN) if len(secret) >= _WORTH_HIDING else _word(secret).sub(HIDDEN, text)
    text = _STREAM.sub(rf"\1/{HIDDEN}", _LOGIN.sub(f"{HIDDEN}@", text))
    text = _NOT_PRINTED.sub(" ", text).strip()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _secrets(plan: RelayPlan) -> set[str]:
    """The key as a whole and in its parts, as it is and as addresses write it."""
    address = urlsplit(plan.url)
    # Where no key was given it often stands in the address, behind the application.
    behind = address.path.strip("/").partition("/")[2]
    parts = {plan.key, address.password or "", *_parts(plan.key), *_parts(address.query), *_parts(behind)}
    return {each for part in parts for each in (part, quote(part), quote(part, safe=""), unquote(part)) if each}


def _parts(text: str) -> Iterable[str]:
    return (part for part in re.split(r"[?&=/]", text) if len(part) >= _WORTH_HIDING + 2)


def _word(secret: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)")
