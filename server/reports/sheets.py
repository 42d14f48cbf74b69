"""The sheets of sites: what each says, before it is drawn. A sheet holds a link that opens its site: whoever has the file
has the keys of all sites in it.
"""

from collections.abc import Callable, Collection

import msgspec

from server.ceremony.ceremony import Ceremony
from server.ceremony.roster import fold
from server.reports.words import clock_words, date_words
from site_agent.units import SiteCode


class Sheet(msgspec.Struct, frozen=True):
    """One site's sheet. `short_code` is printed in two halves."""

    code: SiteCode
    name: str
    group: str
    level: str
    contact: str
    phone: str
    link: str
    short_code: str


class SheetBook(msgspec.Struct, frozen=True):
    """All sheets of one printing, group after group in roster order."""

    title: str
    authority: str
    day: str
    starts: str
    report_by: str
    support_phone: str
    address: str
    """Where a short code is typed, as people read it: "cau.tinh.vn/enter"."""
    sheets: tuple[Sheet, ...]


class UnknownNames(Exception):
    """Codes or groups that are not in the roster."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def build_book(
    state: Ceremony,
    chosen: Collection[SiteCode],
    public_url: str,
    link: Callable[[SiteCode], str],
    code: Callable[[SiteCode], str],
) -> SheetBook:
    """The sheets of the chosen sites."""
    details, roster = state.details.required, state.roster
    wanted = frozenset(chosen)
    ordered = [site for members in roster.groups.values() for site in members if site in wanted]
    return SheetBook(
        title=details.title,
        authority=details.authority,
        day=date_words(details.starts_at),
        starts=clock_words(details.starts_at),
        report_by=clock_words(state.details.close_at),
        support_phone=details.support_phone,
        address=f"{public_url.partition('://')[2]}/enter",
        sheets=tuple(_sheet(state, each, link(each), code(each)) for each in ordered),
    )


def _sheet(state: Ceremony, code: SiteCode, link: str, short_code: str) -> Sheet:
    site = state.roster.sites[code]
    contact = site.contact.personal if site.contact is not None else None
    return Sheet(
        code=code,
        name=site.name,
        group=site.group,
        level=state.roster.level_name(site.level),
        contact=contact.name if contact is not None else "",
        phone=contact.phone if contact is not None else "",
        link=link,
        short_code=f"{short_code[:5]} {short_code[5:]}",
    )


def choose(state: Ceremony, sites: Collection[str], groups: Collection[str]) -> list[SiteCode]:
    """The sites somebody named, by code or by group (case and diacritics aside); all where nothing is named.

    Raises:
        UnknownNames

    """
    roster = state.roster
    if not sites and not groups:
        return list(roster.sites)
    by_name = {fold(name): members for name, members in roster.groups.items()}
    unknown = [name for name in sites if name not in roster.sites] + [name for name in groups if fold(name) not in by_name]
    if unknown:
        raise UnknownNames(unknown)
    named = {SiteCode(name) for name in sites} | {code for name in groups for code in by_name[fold(name)]}
    return [code for code in roster.sites if code in named]


def message(book: SheetBook, sheet: Sheet) -> str:
    """Short words to paste into Zalo."""
    phone = f" Cần hỗ trợ gọi {book.support_phone}." if book.support_phone else ""
    return (
        f"{book.authority} gửi điểm cầu {sheet.name}: liên kết báo cáo {book.title}, {book.starts} ngày {book.day}: {sheet.link} "
        f"Mở bằng Chrome hoặc Safari, không chuyển cho người khác.{phone}"
    )
