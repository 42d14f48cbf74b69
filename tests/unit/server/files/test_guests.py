import pytest

from server.files.guests import GuestsFile, guests_csv, read_guests


def test_names_titles_and_units_are_read_in_order_and_other_columns_left_out():
    text = "DANH SÁCH;;;;\nTT;Danh xưng;Họ và tên;Chức vụ;Đơn vị;Điện thoại\n1;Ông;Họ và tên A;Chủ tịch;UBND xã;0912\n2;;Bà Họ và tên B;;;"
    found = read_guests(text.encode())
    assert isinstance(found, GuestsFile)
    assert [(guest.name, guest.title, guest.phone) for guest in found.guests] == [
        ("Ông Họ và tên A", "Chủ tịch, UBND xã", ""),
        ("Bà Họ và tên B", "", ""),
    ]
    assert found.ignored == ("TT", "Điện thoại")


def test_everything_wrong_is_told_with_its_row_and_column():
    found = read_guests("Họ tên,Chức vụ\nA,Bí thư\n,Chủ tịch\na,BÍ THƯ\n".encode())
    assert [(each.row, each.column, each.reason) for each in found] == [
        (3, "Họ tên", "Thiếu họ tên."),
        (4, "Họ tên", "Trùng với dòng 2."),
    ]


@pytest.mark.parametrize("text", ["", "Chức vụ\nBí thư", "Họ và tên\n"], ids=["empty", "no names", "no rows"])
def test_a_file_without_a_list_is_told_in_one_sentence(text):
    assert len(read_guests(text.encode())) == 1


def test_what_is_written_reads_back():
    data = guests_csv([("Họ và tên A", "Chủ tịch, UBND xã", "đã đến")])
    assert [(guest.name, guest.title) for guest in read_guests(data).guests] == [("Họ và tên A", "Chủ tịch, UBND xã")]
