"""The few HTTP requests a site makes: enrolling its key, learning the ceremony, fetching assets. Standard library only.

ApiError
├── Unreachable   no answer: name, connection, timeout, TLS, or a 5xx; worth trying again
└── Rejected      an answer that says no (4xx), with the server's words
"""

import asyncio
import urllib.error
import urllib.request
from typing import Any, TypeVar

import msgspec

Answer = TypeVar("Answer")
TIMEOUT_S = 15.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024


class ApiError(Exception):
    """Base; the tree is above."""


class Unreachable(ApiError):
    """Worth trying again."""


class Rejected(ApiError):
    """The server answered and said no."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457 problem details, as much as is used."""

    code: str = ""
    detail: str = ""


class CommandAnswer(msgspec.Struct, frozen=True):
    """One answer of `POST /api/v1/commands`."""

    id: str
    outcome: str
    problem: Problem | None = None


class CeremonyInfo(msgspec.Struct, frozen=True):
    """What a device must know before its first hello."""

    ceremony_id: str


class CeremonyAnswer(msgspec.Struct, frozen=True):
    """`GET /api/v1/ceremony`, as much as is used."""

    title: str
    info: CeremonyInfo


class Api:
    """Requests with one token to one server. Its `repr` does not show the token."""

    def __init__(self, server: str, token: str) -> None:
        self.server = server.rstrip("/")
        self._token = token

    async def get(self, path: str, answer: type[Answer]) -> Answer:
        """GET and decode.

        Raises:
            Unreachable, Rejected

        """
        return _decode(await asyncio.to_thread(self._ask, path, None), answer)

    async def get_bytes(self, path: str) -> bytes:
        """GET the bytes as they are.

        Raises:
            Unreachable, Rejected

        """
        return await asyncio.to_thread(self._ask, path, None)

    async def post(self, path: str, body: Any, answer: type[Answer]) -> Answer:
        """POST JSON and decode.

        Raises:
            Unreachable, Rejected

        """
        return _decode(await asyncio.to_thread(self._ask, path, msgspec.json.encode(body)), answer)

    async def put_bytes(self, path: str, body: bytes, kind: str) -> bytes:
        """PUT bytes of a media type, answer as it is.

        Raises:
            Unreachable, Rejected

        """
        return await asyncio.to_thread(self._ask, path, body, "PUT", kind)

    def _ask(self, path: str, body: bytes | None, method: str = "", kind: str = "application/json") -> bytes:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = kind
        # The settings admit http and https only.
        request = urllib.request.Request(self.server + path, data=body, headers=headers, method=method or None)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
                data: bytes = response.read(MAX_ANSWER_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise _refusal(error.code, error.read(65_536)) from error
        except (OSError, ValueError) as error:
            raise Unreachable(str(error)) from error
        if len(data) > MAX_ANSWER_BYTES:
            raise Unreachable("the answer is too long")
        return data


def _decode(data: bytes, answer: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(data, type=answer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Unreachable(f"not an answer of Điểm Cầu: {error}") from error


def _refusal(status: int, body: bytes) -> ApiError:
    try:
        problem = msgspec.json.decode(body, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        problem = Problem()
    if status >= 500 or status == 429:
        return Unreachable(f"{status} {problem.code}: {problem.detail}")
    return Rejected(status, problem.code, problem.detail)
