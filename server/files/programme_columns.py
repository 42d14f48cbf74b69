"""The columns of a programme's sheet: what they are called, and the words that stand in them."""

from collections.abc import Iterator
from datetime import timedelta, timezone

from server.ceremony.programme import ItemKind
from server.files.tables import Headings, normalise_heading

PROGRAMME_HEADINGS: Headings = {
    "number": ("STT", "TT", "Số TT", "Số thứ tự", "No"),
    "start": ("Bắt đầu", "Giờ bắt đầu", "Từ", "Thời gian", "Giờ", "Thời gian bắt đầu", "time", "from"),
    "end": ("Kết thúc", "Giờ kết thúc", "Đến", "Thời gian kết thúc", "to"),
    "length": ("Thời lượng", "Số phút", "duration", "minutes"),
    "title": ("Nội dung", "Tên nội dung", "Nội dung chương trình", "Chương trình", "item"),
    "owner": ("Người thực hiện", "Đơn vị thực hiện", "Thực hiện", "Phụ trách", "Người phụ trách", "Đơn vị chủ trì", "Chủ trì"),
    "kind": ("Loại", "Loại nội dung", "Hình thức"),
    "site": ("Mã điểm cầu", "Điểm cầu", "site code"),
    "fixed": ("Cách bắt đầu", "Kiểu bắt đầu", "starts"),
    "words": ("Lời dẫn", "Lời dẫn MC", "Lời dẫn chương trình", "Lời MC", "script"),
    "notes": ("Ghi chú", "note"),
    "id": ("Mã nội dung", "Mã mục"),
}
NEEDED = ("start", "title")
USUAL = ("start", "end", "title", "owner", "kind", "site")
"""The columns of a sheet that nobody laid out for us; others where there is something to say."""
SHEET = "Chương trình"
VIETNAM = timezone(timedelta(hours=7))
"""Việt Nam has one time zone and no summer time."""
FIXED, LINKED = "Đúng giờ", "Nối tiếp"
KIND_NAMES = {
    ItemKind.SPEECH: "Phát biểu",
    ItemKind.REMOTE_SPEECH: "Phát biểu từ điểm cầu",
    ItemKind.VIDEO: "Chiếu video",
    ItemKind.PERFORMANCE: "Văn nghệ",
    ItemKind.LAUNCH: "Bấm nút phát động",
    ItemKind.PLEDGE: "Ký cam kết",
    ItemKind.CEREMONY: "Nghi thức",
}
_KIND_WORDS = {
    ItemKind.SPEECH: ("phát biểu", "trình bày", "báo cáo", "giới thiệu", "tuyên bố"),
    ItemKind.REMOTE_SPEECH: ("phát biểu từ xa", "phát biểu tại điểm cầu", "remote speech"),
    ItemKind.VIDEO: ("video", "phim", "clip", "chiếu clip", "chiếu phim", "trình chiếu"),
    ItemKind.PERFORMANCE: ("văn nghệ", "biểu diễn", "ca nhạc"),
    ItemKind.LAUNCH: ("phát động", "bấm nút", "khai trương", "nhấn nút"),
    ItemKind.PLEDGE: ("ký kết", "cam kết"),
    ItemKind.CEREMONY: ("nghi lễ", "trao quà", "trao thưởng", "lễ"),
}
_STARTS = {
    **dict.fromkeys(("dung gio", "co dinh", "gio co dinh", "fixed", "true", "x"), True),
    **dict.fromkeys(("noi tiep", "tiep noi", "lien ket", "linked", "false"), False),
}


def kinds_by_word() -> dict[str, ItemKind]:
    """Normalised word → kind."""
    return {normalise_heading(word): kind for word, kind in _kind_words()}


def fixed_by_word(text: str) -> bool | None:
    """Whether an item starts at its clock time; None where the word is not known."""
    return _STARTS.get(normalise_heading(text))


def _kind_words() -> Iterator[tuple[str, ItemKind]]:
    for kind in ItemKind:
        for word in (kind.value, kind.value.replace("-", " "), KIND_NAMES[kind], *_KIND_WORDS[kind]):
            yield word, kind
