"""The short codes that are alive, in memory: one that dies with the server is asked for anew."""

from dataclasses import dataclass

from server.endpoints.problems import HttpProblem
from site_agent.units import Instant, SiteCode

MAX_CODES = 2_000
MAX_WAITING = 3
"""Of one site at a time: a photographed sheet must not flood the desk."""


@dataclass(slots=True)
class Code:
    """One code; only its keyed hash is kept. `state`: issued, waiting, confirmed or refused."""

    hash: str
    site: SiteCode
    expires: Instant
    id: str
    claim: str = ""
    check: str = ""
    asked_at: Instant | None = None
    state: str = "issued"
    sheet: int | None = None
    """Number of the printed code it came from; None for one told by phone."""


class Codes:
    """The codes that are alive."""

    def __init__(self) -> None:
        self._codes: list[Code] = []

    def living(self, now: Instant) -> list[Code]:
        """All codes that have not expired."""
        self._codes = [code for code in self._codes if code.expires > now]
        return self._codes

    def add(self, code: Code, now: Instant) -> None:
        """Take a new code; an older one of the same site ends.

        Raises:
            HttpProblem: 429 `too_many_codes`.

        """
        self._codes = [other for other in self.living(now) if other.site != code.site or other.state == "waiting"]
        if sum(other.site == code.site for other in self._codes) >= MAX_WAITING:
            raise HttpProblem(429, "too_many_codes", "Điểm cầu này đang có người chờ được mở. Gọi bàn trực, đừng gõ mã thêm.")
        if len(self._codes) >= MAX_CODES:
            raise HttpProblem(429, "too_many_codes", "Đang có quá nhiều mã chờ nhập. Hãy thử lại sau ít phút.")
        self._codes.append(code)

    def drop(self, code: Code) -> None:
        """The code was used or refused."""
        self._codes = [other for other in self._codes if other is not code]
