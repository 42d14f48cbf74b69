"""The columns of a roster file: their headings, and the words that offices write in them."""

from collections.abc import Iterable, Mapping, Sequence

from server.ceremony.roster import LEVELS_BEFORE_JULY_2025, Level, Picture
from server.files.tables import Headings, normalise_heading

ROSTER_HEADINGS: Headings = {
    "code": ("Mã điểm cầu", "Mã", "Mã số", "Mã đơn vị", "Mã ĐVHC", "site code"),
    "name": ("Tên điểm cầu", "Tên", "Điểm cầu", "Tên đơn vị", "Đơn vị", "site", "site name"),
    "level": ("Cấp", "Cấp điểm cầu", "Loại điểm cầu"),
    "parent": ("Mã cấp trên", "Cấp trên", "Mã điểm cầu cấp trên", "Mã trực thuộc", "Trực thuộc", "parent code"),
    "group": ("Cụm", "Cụm điểm cầu", "Nhóm", "Khu vực"),
    "chair": ("Chủ trì", "Người chủ trì", "Chức danh chủ trì", "Chức danh người chủ trì"),
    "contact": ("Đầu mối kỹ thuật", "Đầu mối", "Cán bộ đầu mối", "Người liên hệ", "Họ tên đầu mối", "contact name"),
    "phone": ("Điện thoại", "Số điện thoại", "SĐT", "ĐT", "Điện thoại liên hệ", "Di động", "contact phone"),
    "expected": ("Dự kiến", "Số đại biểu dự kiến", "Đại biểu dự kiến", "Số lượng dự kiến", "Số đại biểu", "expected delegates"),
    "picture": ("Nguồn hình", "Hình ảnh", "Tín hiệu hình", "Cách xem"),
    "carrier": ("Nhà mạng", "Đường truyền", "Đơn vị viễn thông"),
    "required": ("Bắt buộc sẵn sàng", "Bắt buộc"),
    "chair_at": ("Chủ trì dự tại", "Mã nơi chủ trì dự", "Chủ trì dự tại điểm cầu"),
}
NEEDED = ("code", "name", "level", "parent")
LEVEL_HEADINGS: Headings = {"id": ("Ký hiệu", "Mã cấp"), "name": ("Tên cấp", "Cấp")}
LEVELS_SHEET = "Các cấp"
"""Sheet of an Excel roster that may name other levels than the usual ones, in order of rank."""

USUAL_LEVELS = LEVELS_BEFORE_JULY_2025
LEVELS_SINCE_JULY_2025 = tuple(level for level in USUAL_LEVELS if level.id in ("province", "commune"))

_LEVEL_WORDS = {
    "province": ("tỉnh", "tỉnh, thành phố", "thành phố trực thuộc trung ương", "điểm cầu chính", "trung tâm"),
    "department": ("sở", "ban", "ngành", "sở ngành", "sở, ban, ngành", "sở, ban, ngành, đoàn thể", "cơ quan", "cấp sở"),
    "district": ("huyện", "quận", "thị xã", "thành phố", "thành phố thuộc tỉnh", "quận huyện"),
    "commune": ("xã", "phường", "thị trấn", "đặc khu", "xã phường", "xã, phường, thị trấn", "xã, phường, đặc khu"),
    "village": ("thôn", "bản", "xóm", "ấp", "buôn", "làng", "khối", "khối phố", "tổ dân phố", "tdp", "thôn bản", "cấp thôn"),
}
PICTURE_NAMES = {
    Picture.HLS: "Xem qua Điểm Cầu",
    Picture.CONFERENCE: "Hội nghị truyền hình",
    Picture.TV: "Truyền hình",
    Picture.AUDIO: "Loa truyền thanh",
}
_PICTURE_WORDS = {
    Picture.HLS: ("trình duyệt", "trực tuyến", "internet", "web"),
    Picture.CONFERENCE: ("hội nghị", "cầu truyền hình", "họp trực tuyến", "zoom"),
    Picture.TV: ("tivi", "ti vi", "vô tuyến"),
    Picture.AUDIO: ("loa", "âm thanh", "chỉ âm thanh", "truyền thanh", "hệ thống thông tin cơ sở"),
}
YES, NO = "Có", "Không"
CHOICES = {"picture": tuple(PICTURE_NAMES.values()), "required": (YES, NO)}
"""Field → what its drop-down offers."""
_YES_WORDS = ("có", "x", "yes", "y", "true", "1", "bắt buộc")
_NO_WORDS = ("không", "no", "n", "false", "0", "không bắt buộc")


def known_levels(in_use: Sequence[Level]) -> tuple[Level, ...]:
    """Levels a new file may name: those of the roster in use and the usual ones. A roster with levels of its own thus comes
    back from CSV, which cannot carry them.
    """
    if {level.id for level in in_use} <= {level.id for level in USUAL_LEVELS}:
        return USUAL_LEVELS
    return (*in_use, *(level for level in USUAL_LEVELS if level.id not in {own.id for own in in_use}))


def level_ids(levels: Iterable[Level]) -> Mapping[str, str]:
    """Normalised word → level id, for ids, names and what people call them."""
    words: dict[str, str] = {}
    for level in levels:
        for word in (*_LEVEL_WORDS.get(level.id, ()), level.name, level.id):
            words[normalise_heading(word)] = level.id
    return words


def pictures() -> Mapping[str, Picture]:
    """Normalised word → picture."""
    words: dict[str, Picture] = {}
    for picture in Picture:
        for word in (*_PICTURE_WORDS[picture], PICTURE_NAMES[picture], picture.value):
            words[normalise_heading(word)] = picture
    return words


def answers() -> Mapping[str, bool]:
    """Normalised word → yes or no."""
    return {normalise_heading(word): word in _YES_WORDS for word in (*_YES_WORDS, *_NO_WORDS)} | {"✓": True}
