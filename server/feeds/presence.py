"""Who has the rundown open, and which item they edit: so that two editors see each other. In memory, never journalled: it is
true while their sockets are open and forgotten with them.
"""

import msgspec

from server.ceremony.programme.commands import EDITORS
from server.ceremony.programme.editing import who
from server.ceremony.rules import Principal
from server.feeds.authorise import FeedRefused
from server.feeds.rundown_rows import EditorRow, EditorsRow
from server.feeds.store import FeedStore, Sink

MAX_NAME = 60


class Editing(msgspec.Struct, frozen=True):
    """What a page says of itself."""

    page: str
    """A random name the page gave itself."""
    item: str = ""


class Presence:
    """Keeps the row `editors` of the feed `rundown`."""

    def __init__(self, store: FeedStore) -> None:
        self._store = store
        self._pages: dict[Sink, EditorRow] = {}
        self._put()

    def say(self, sink: Sink, principal: Principal, editing: Editing) -> None:
        """A page is there, with an item open or none.

        Raises:
            FeedRefused: `forbidden` for those who may not edit, `malformed`.

        """
        if principal.role not in EDITORS:
            raise FeedRefused("forbidden", "Liên kết của bạn không sửa được chương trình.")
        if not 0 < len(editing.page) <= MAX_NAME or len(editing.item) > MAX_NAME:
            raise FeedRefused("malformed", "Yêu cầu sai định dạng, máy chủ không nhận.")
        self._pages[sink] = EditorRow(editing.page, who(principal.role, principal.seat), editing.item)
        self._put()

    def leave(self, sink: Sink) -> None:
        """The page's socket is gone."""
        if self._pages.pop(sink, None) is not None:
            self._put()

    def _put(self) -> None:
        self._store.put("editors", EditorsRow(tuple(self._pages.values())))
