"""Posters for self-registration: what each says, before it is drawn. Their addresses are public: they open nothing."""

import msgspec

from site_agent.units import SiteCode


class Poster(msgspec.Struct, frozen=True):
    """One site's poster. The address is public: it opens nothing."""

    code: SiteCode
    name: str
    group: str
    url: str


class PosterBook(msgspec.Struct, frozen=True):
    """Posters of one printing."""

    title: str
    authority: str
    when: str
    posters: tuple[Poster, ...]
