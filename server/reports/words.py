"""Numbers, dates and times as official papers write them. Everything people read is in Vietnam's time, UTC+7."""

from datetime import datetime, timedelta, timezone

from site_agent.units import Instant

VIETNAM = timezone(timedelta(hours=7), "+07")
"""Fixed: the country keeps no summer time, and a machine without zone data writes the same report."""


def local(instant: Instant) -> datetime:
    """The instant as Vietnam's clocks show it."""
    return datetime.fromtimestamp(instant / 1_000_000, VIETNAM)


_CAUSES = {"group": "cụm {name}", "parent": "{name} và các điểm cầu trực thuộc", "carrier": "nhà mạng {name}"}


def cause_words(kind: str, name: str) -> str:
    """What the sites of an incident have in common: nhà mạng VNPT."""
    return _CAUSES.get(kind, "{name}").format(name=name)


def date_words(instant: Instant) -> str:
    """11/6/2025."""
    day = local(instant)
    return f"{day.day}/{day.month}/{day.year}"


def long_date_words(instant: Instant) -> str:
    """ngày 11 tháng 6 năm 2025. Days under 10 and the months 1, 2 get a zero (Decree 30/2020, Annex I, part I, II.4)."""
    day = local(instant)
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


def time_words(instant: Instant) -> str:
    """07 giờ 15, for documents; its spaces do not break a line."""
    return f"{local(instant):%H\u00a0giờ\u00a0%M}"


def clock_words(instant: Instant) -> str:
    """07:15, for tables and screens."""
    return f"{local(instant):%H:%M}"


def precise_words(instant: Instant) -> str:
    """10 giờ 02 phút 03,456 giây."""
    moment = local(instant)
    return f"{moment:%H\u00a0giờ %M\u00a0phút %S},{moment.microsecond // 1000:03}\u00a0giây"


def number(value: int) -> str:
    """12.345."""
    return _decimal(value)


def share(part: int, whole: int) -> str:
    """92,5%; empty where there is nothing to compare with."""
    return f"{_decimal(round(100 * part / whole, 1))}%" if whole else ""


def milliseconds_words(microseconds: int) -> str:
    """12,3 ms."""
    return f"{_decimal(round(microseconds / 1000, 1))}\u00a0ms"


def place_of(authority: str) -> str:
    """The place on the date line: UBND tỉnh Nghệ An → Nghệ An."""
    place = authority
    for word in ("UBND", "Ủy ban nhân dân", "Uỷ ban nhân dân", "tỉnh", "Tỉnh", "thành phố", "Thành phố"):
        place = place.removeprefix(word).lstrip()
    return place or authority


def length_words(microseconds: int) -> str:
    """1 giờ 05 phút, 12 phút 30 giây, 45 giây; for how long something took."""
    seconds = round(abs(microseconds) / 1_000_000)
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} giờ {minutes:02} phút"
    if minutes:
        return f"{minutes} phút {rest:02} giây" if rest else f"{minutes} phút"
    return f"{rest} giây"


def _decimal(value: float) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415 -- heavy, and no start needs it

    return str(format_decimal(value, locale="vi"))
