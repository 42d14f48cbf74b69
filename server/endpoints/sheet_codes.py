"""The short code on a printed sheet (ops/decisions/0020): ten digits that name a site and wait for a person.

Derived from the master key, so nothing is stored and a lost sheet prints again; a revoked link and a used code give the next.
Typed at /enter it opens nothing by itself: the desk compares two digits by phone, exactly as with a code told by phone.
"""

from typing import Protocol

from server.ceremony.ceremony import Ceremony
from server.ceremony.rules import Role
from server.endpoints.identity import Door
from site_agent.launch.signed import decode_bytes
from site_agent.units import SiteCode

DIGITS = 10
"""Of 5,000 sites two share one with a chance of 1 in 800; that code opens nothing, and the desk tells another by phone."""


class _State(Protocol):
    @property
    def state(self) -> Ceremony: ...


class SheetCodes:
    """The codes in force. Looking one up makes all of them anew only after a link, the roster or a code changed."""

    def __init__(self, engine: _State, door: Door) -> None:
        self._engine = engine
        self._door = door
        self._made_for: object = None
        self._by_code: dict[str, SiteCode | None] = {}

    def number(self, site: SiteCode) -> int:
        """How many codes of the site were spent: the number of the one in force."""
        return self._engine.state.sheet_codes.spent.get(site, 0)

    def code(self, site: SiteCode) -> str:
        """The code in force, ten digits."""
        subject = f"{Role.HOST}:{site}"
        tag = self._door.keys.secret_for("sheet", subject, self._door.book.generation(subject), self.number(site))
        return f"{int.from_bytes(decode_bytes(tag)) % 10**DIGITS:0{DIGITS}}"

    def site(self, code: str) -> SiteCode | None:
        """Whose code this is; None where it is nobody's, or two sites'."""
        state = self._engine.state
        made_for = (id(state.roster), self._door.book.revocations, sum(state.sheet_codes.spent.values()))
        if made_for != self._made_for:
            self._made_for = made_for
            self._by_code = {}
            for each in state.roster.sites:
                known = self.code(each)
                self._by_code[known] = None if known in self._by_code else each
        return self._by_code.get(code)
