import pytest

from server.reports.words import clock_words, date_words, long_date_words, number, place_of, precise_words, share, time_words
from tests.support.mornings import at


def test_dates_and_times_are_those_of_vietnam_in_the_form_of_official_papers():
    assert date_words(at(7, 15)) == "11/6/2025"
    assert date_words(at(0, 30)) == "11/6/2025"
    assert long_date_words(at(7, 15)) == "ngày 11 tháng 6 năm 2025"
    assert time_words(at(7, 5)).replace("\u00a0", " ") == "07 giờ 05"
    assert clock_words(at(7, 5)) == "07:05"
    assert precise_words(at(10, 2, 3.4564)).replace("\u00a0", " ") == "10 giờ 02 phút 03,456 giây"


def test_small_days_and_the_first_two_months_carry_a_zero():
    assert long_date_words(at(24 * 200 + 7, 0)) == "ngày 28 tháng 12 năm 2025"
    assert long_date_words(at(24 * 211 + 7, 0)) == "ngày 08 tháng 01 năm 2026"


def test_numbers_have_dots_for_thousands_and_a_comma_for_tenths():
    assert (number(12345), number(7), share(1, 3), share(0, 0)) == ("12.345", "7", "33,3%", "")


@pytest.mark.parametrize(
    ("authority", "place"),
    [
        ("UBND tỉnh Nghệ An", "Nghệ An"),
        ("Ủy ban nhân dân tỉnh Thanh Hóa", "Thanh Hóa"),
        ("UBND thành phố Huế", "Huế"),
        ("Tỉnh", "Tỉnh"),
    ],
)
def test_the_place_is_the_provinces_own_name(authority, place):
    assert place_of(authority) == place
