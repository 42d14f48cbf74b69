"""Small programmes for tests."""

from server.ceremony.programme import ImportProgramme, Item, ItemKind, StartItem
from server.ceremony.rules import Principal, Role
from server.engine.ids import new_id
from site_agent.units import MINUTE, Duration

ADMIN = Principal(role=Role.ADMIN, seat="admin-1")
CALLER = Principal(role=Role.CALLER, seat="caller-1")
VIEWER = Principal(role=Role.VIEWER)


def item(number: int, title: str = "Nội dung") -> Item:
    """Ten minutes, one after the other."""
    start = Duration((number - 1) * 10 * MINUTE)
    end = Duration(start + 10 * MINUTE)
    return Item(id=f"item-{number}", start=start, end=end, title=f"{title} {number}", owner="", kind=ItemKind.SPEECH)


def import_programme(count: int = 3, title: str = "Nội dung") -> ImportProgramme:
    return ImportProgramme(id=new_id(), items=tuple(item(number, title) for number in range(1, count + 1)))


def start(number: int) -> StartItem:
    return StartItem(id=new_id(), item=f"item-{number}")
