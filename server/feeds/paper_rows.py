"""Rows of papers and of the pledge.

| feed | who | keys → rows |
| --- | --- | --- |
| `help` | admin tech desk caller | `paper:ID` PaperRow |
| `site:CODE` | as ever | `papers` SitePapersRow |
| `ceremony` | as ever | `pledge` PledgeRow |
| `public` | everyone | `pledge` PledgeRow while it is open or has been signed |
"""

import msgspec

from server.feeds.rows import Row
from site_agent.units import CommandId, Instant


class PaperRow(Row, frozen=True):
    """A paper, and how many of those it was given to have opened it."""

    id: CommandId
    title: str
    media_type: str
    bytes: int
    at: Instant
    by: str
    of: int
    opened: int
    withdrawn: bool
    rehearsal: bool = False
    """Given while a rehearsal was on."""


class OwnPaper(msgspec.Struct, frozen=True):
    """A paper of one site."""

    id: CommandId
    title: str
    media_type: str
    bytes: int
    at: Instant
    opened: bool


class SitePapersRow(Row, frozen=True):
    """Papers given to one site and not withdrawn, newest first; and whether it signed the pledge of the moment."""

    papers: tuple[OwnPaper, ...]
    pledged_at: Instant | None


class PledgeRow(Row, frozen=True):
    """The pledge of the moment: only what was reached, no denominators."""

    number: int
    text: str
    open: bool
    sites: int
    people: int
