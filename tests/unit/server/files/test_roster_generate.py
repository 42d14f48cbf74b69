import pytest

from server.ceremony.roster import inconsistencies
from server.files.roster_export import roster_csv
from server.files.roster_file import read_roster
from server.files.roster_generate import UnknownProvince, generate_roster


@pytest.mark.parametrize(
    ("asked", "root", "hall", "communes"),
    [
        ("Nghệ An", "NA-MAIN", "Điểm cầu chính tỉnh Nghệ An", 130),
        ("tỉnh thanh hoá", "TH-MAIN", "Điểm cầu chính tỉnh Thanh Hóa", 166),
        ("TP. Hồ Chí Minh", "HCM-MAIN", "Điểm cầu chính thành phố Hồ Chí Minh", 168),
    ],
)
def test_a_province_has_its_main_hall_and_one_site_a_commune(asked, root, hall, communes):
    roster = generate_roster(asked)
    first, *others = roster.sites
    assert (first.code, first.name, first.required, len(others)) == (root, hall, True, communes)
    assert {site.level for site in others} == {"commune"}
    assert all(site.parent == root and len(site.code) == 5 for site in others)
    assert inconsistencies(roster.levels, roster.sites) == []


def test_the_chair_is_that_of_the_kind_of_unit():
    chairs = {site.name.split()[0]: site.chair for site in generate_roster("Nghệ An").sites[1:]}
    assert chairs == {"Xã": "Chủ tịch UBND xã", "Phường": "Chủ tịch UBND phường"}


def test_a_generated_roster_can_be_exported_and_read():
    roster = generate_roster("Hồ Chí Minh")
    assert read_roster(roster_csv(roster.sites)) == roster


def test_an_unknown_province_is_told_with_the_names_there_are():
    with pytest.raises(UnknownProvince, match="Nghệ An") as caught:
        generate_roster("Hà Tây")
    assert len(caught.value.names) == 34
