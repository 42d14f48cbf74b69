"""Who a request comes from: a bearer token, or one of the cookies that live side by side in one browser."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec
from aiohttp import web

from server.ceremony.access import AccessState, LinkRevoked, SitesGranted, principal_of
from server.ceremony.roster import RosterImported, RosterState
from server.ceremony.rules import Principal, Role
from server.endpoints.problems import HttpProblem
from server.endpoints.tokens import COOKIE_LIFE, BadToken, Claim, LinkKeys, session_name
from server.engine.answers import Published
from site_agent.units import Instant, SiteCode

COOKIE_PREFIX = "dc_"
AS_HEADER = "Diemcau-As"

ROLE_PAGES: dict[Role, str] = {
    Role.ADMIN: "/wall",
    Role.TECH: "/wall",
    Role.DESK: "/desk",
    Role.CALLER: "/call",
    Role.MC: "/mc",
    Role.PRESSER: "/press",
    Role.HOST: "/site",
    Role.VIEWER: "/watch",
}


class Identity(msgspec.Struct, frozen=True):
    """A verified link: its subject, generation, and the principal it stands for."""

    claim: Claim
    principal: Principal
    by_cookie: bool

    @property
    def subject(self) -> str:
        return self.claim.subject

    @property
    def name(self) -> str:
        """The session's short name, `as`."""
        return session_name(self.claim.subject)


_principal_of = lru_cache(maxsize=20_000)(principal_of)
"""Each link's, made once."""


class AccessBook:
    """What the door needs of the ceremony, kept from published events only: generations, grants, rostered codes."""

    def __init__(self, access: AccessState, roster: RosterState) -> None:
        self._generations = dict(access.generations)
        self._grants = dict(access.grants)
        self._sites = frozenset(roster.sites)
        self._on_revoked: list[Callable[[str, int], None]] = []
        self.revocations = sum(self._generations.values())
        """How often any link was revoked: what is derived from generations is made anew when it rises."""

    def on_revoked(self, listener: Callable[[str, int], None]) -> None:
        """Call `listener(subject, new generation)` after each revocation; it closes live sockets."""
        self._on_revoked.append(listener)

    def published(self, batch: Sequence[Published]) -> None:
        """Listener of the engine."""
        for published in batch:
            for event in published.events:
                match event:
                    case LinkRevoked(subject=subject, generation=generation):
                        self._generations[subject] = generation
                        self.revocations += 1
                        for listener in self._on_revoked:
                            listener(subject, generation)
                    case SitesGranted(site=site, others=others):
                        self._grants[site] = others
                    case RosterImported(sites=sites):
                        self._sites = frozenset(site.code for site in sites)
                    case _:
                        pass

    def generation(self, subject: str) -> int:
        """The subject's current generation."""
        return self._generations.get(subject, 0)

    def may_touch(self, principal: Principal, site: SiteCode) -> bool:
        """Whether a host's link covers the site."""
        return principal.site is not None and (site == principal.site or site in self._grants.get(principal.site, ()))

    def granted(self, site: SiteCode) -> tuple[SiteCode, ...]:
        """The sites a host may touch beside its own."""
        return self._grants.get(site, ())

    def principal(self, claim: Claim) -> Principal:
        """The principal of a claim whose tag was verified.

        Raises:
            BadToken: revoked, or of a site that is not in the roster.

        """
        principal = _principal_of(claim.subject)
        if principal is None or claim.generation != self.generation(claim.subject):
            raise BadToken("revoked")
        if principal.site is not None and principal.site not in self._sites:
            raise BadToken("no such site")
        return principal


class Door:
    """Tells identities from requests."""

    def __init__(self, keys: LinkKeys, book: AccessBook, now: Callable[[], Instant]) -> None:
        self.keys = keys
        self.book = book
        self._now = now

    def token(self, subject: str) -> str:
        """A token of the subject's current generation."""
        return self.keys.token(subject, self.book.generation(subject))

    def by_token(self, text: str) -> Identity:
        """The identity of a link token.

        Raises:
            BadToken

        """
        claim = self.keys.read_token(text)
        return Identity(claim, self.book.principal(claim), by_cookie=False)

    def set_cookie(self, response: web.Response, identity: Identity, *, secure: bool) -> None:
        """Put the session's cookie on the answer. Rejects scripts (HttpOnly) and foreign sites (SameSite=Strict)."""
        value = self.keys.cookie(identity.claim, Instant(self._now() + COOKIE_LIFE))
        response.set_cookie(
            COOKIE_PREFIX + identity.name,
            value,
            max_age=COOKIE_LIFE // 1_000_000,
            httponly=True,
            samesite="Strict",
            secure=secure,
            path="/",
        )

    def identify(self, request: web.Request, roles: frozenset[Role]) -> Identity | None:
        """The identity of a request, or None where it brings none.

        A bearer token counts alone. Of several cookies the one named by `Diemcau-As` or `?as=` counts; where none is
        named, the newest whose role is wanted here, else the newest.

        Raises:
            HttpProblem: 401 for a token or a named session that does not hold.

        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            try:
                return self.by_token(token.strip())
            except BadToken as error:
                raise HttpProblem(401, "bad_token", "Liên kết không hợp lệ hoặc đã bị thu hồi.") from error
        wanted = request.headers.get(AS_HEADER) or request.query.get("as")
        if wanted:
            identity = self._by_cookie(request.cookies.get(COOKIE_PREFIX + wanted, ""))
            if identity is None or identity.name != wanted:
                raise self._refusal(request.cookies.get(COOKIE_PREFIX + wanted))
            return identity
        return self._newest(request, roles)

    def _refusal(self, cookie: str | None) -> HttpProblem:
        """Browsers drop a cookie whose time is over, unless their clock is wrong; else one that does not hold was revoked."""
        try:
            if cookie is not None:
                self.keys.read_cookie(cookie, self._now())
                return HttpProblem(401, "link_revoked", "Liên kết đã bị thu hồi. Hãy xin liên kết mới từ đội kỹ thuật.")
        except BadToken:
            pass
        return HttpProblem(401, "session_over", "Phiên làm việc đã hết. Hãy mở lại liên kết của bạn.")

    def _newest(self, request: web.Request, roles: frozenset[Role]) -> Identity | None:
        found: list[tuple[bool, int, Identity]] = []
        for name, value in request.cookies.items():
            if name.startswith(COOKIE_PREFIX) and (identity := self._by_cookie(value)) is not None:
                found.append((identity.principal.role in roles, int(value.split(".")[2]), identity))
        return max(found, key=lambda item: item[:2])[2] if found else None

    def _by_cookie(self, value: str) -> Identity | None:
        try:
            claim = self.keys.read_cookie(value, self._now())
            return Identity(claim, self.book.principal(claim), by_cookie=True)
        except BadToken:
            return None
