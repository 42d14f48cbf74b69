"""The two-level roster of a province from the official divisions in force since July 2025."""

from server.ceremony.roster import RosterSite
from server.files.roster_columns import LEVELS_SINCE_JULY_2025
from server.files.roster_file import RosterFile
from server.files.text import clean, fold, vietnamese_order
from site_agent.units import SiteCode

EXPECTED_AT_MAIN_HALL = 300
EXPECTED_AT_COMMUNE = 30


class UnknownProvince(Exception):
    """No province has that name. `names` are those there are, in Vietnamese order."""

    def __init__(self, asked: str, names: tuple[str, ...]) -> None:
        super().__init__(f"Không có tỉnh, thành phố nào tên “{asked}”. Các tên có: {', '.join(names)}.")
        self.names = names


class DivisionsMissing(Exception):
    """The list of divisions is an extra of its own (ops/decisions/0002-divisions-extra.md) and is not installed."""


def generate_roster(province: str) -> RosterFile:
    """Main hall and one site a commune; codes are the official ones, expected numbers a first guess to be edited.

    Args:
        province: name with or without diacritics and "tỉnh" or "thành phố" before it.

    Raises:
        UnknownProvince, DivisionsMissing

    """
    try:
        from vietnam_provinces import Province, VietNamDivisionType, Ward  # noqa: PLC0415 (an extra, needed by this verb alone)
    except ImportError as error:
        raise DivisionsMissing("Chưa cài danh mục đơn vị hành chính: pip install 'diemcau[divisions]'.") from error
    every = {_bare(each.name): each for each in Province.iter_all()}
    found = every.get(_bare(province))
    if found is None:
        raise UnknownProvince(province, tuple(sorted((each.name for each in every.values()), key=vietnamese_order)))
    is_city = found.division_type is VietNamDivisionType.THANH_PHO_TRUNG_UONG
    name = found.name if is_city else f"Tỉnh {found.name}"
    chair = "Chủ tịch UBND thành phố" if is_city else "Chủ tịch UBND tỉnh"
    root = SiteCode(f"{_initials(found.name)}-MAIN")
    hall = RosterSite(
        code=root, name=f"Điểm cầu chính {_small(name)}", level="province", parent=None, group=name,
        expected=EXPECTED_AT_MAIN_HALL, chair=chair, required=True,
    )  # fmt: skip
    communes = sorted(Ward.iter_by_province(found.code), key=lambda ward: ward.code)
    sites = (
        RosterSite(
            code=SiteCode(f"{ward.code.value:05}"), name=clean(ward.name), level="commune", parent=root, group=name,
            expected=EXPECTED_AT_COMMUNE, chair=f"Chủ tịch UBND {ward.division_type.value}",
        )
        for ward in communes
    )  # fmt: skip
    return RosterFile(LEVELS_SINCE_JULY_2025, (hall, *sites))


def _bare(name: str) -> str:
    """A province's name as people may type it."""
    words = " ".join(fold(name).replace("-", " ").split())
    for prefix in ("tinh ", "thanh pho ", "tp. ", "tp "):
        words = words.removeprefix(prefix)
    return words


def _initials(name: str) -> str:
    """First letters: Nghệ An → NA."""
    return "".join(word[0] for word in _bare(name).split()).upper()


def _small(name: str) -> str:
    """As in running text: Tỉnh Nghệ An → tỉnh Nghệ An."""
    return name[0].lower() + name[1:]
