import io
import re
import shutil
import subprocess
import zipfile

import pytest
from docx import Document
from docx.shared import Mm, Pt
from typer.testing import CliRunner

from server.ceremony.rules import PersonalFields
from server.cli import app
from server.reports.docx import TEMPLATE, morning_fields, render_docx
from server.reports.morning import build_draft, build_morning
from server.reports.paper import TemplateProblem, office_template
from tests.support.mornings import NGHE_AN, Morning, at, roster_of, site


@pytest.fixture(scope="module")
def report():
    morning = Morning(roster_of(NGHE_AN).sites)
    codes = list(morning.state.roster.sites)
    for code in codes[:400]:
        morning.count(code, officials=25)
    morning.chair(codes[5], PersonalFields(title="Phó Chủ tịch UBND xã", name="Họ và tên"))
    morning.count(codes[3], officials=28, reason="Đếm lại")
    morning.close()
    morning.count(codes[401], officials=31)
    morning.close(at(7, 28))
    return build_morning(morning.state)


def words_of(data):
    """All text of a paper, tables included, with plain spaces."""
    paper = Document(io.BytesIO(data))
    return re.sub(r"\s+", " ", " ".join(node.text or "" for node in paper.element.body.iter() if node.tag.endswith("}t")))


def edited(tmp_path, old, new):
    """A template as an office has changed it."""
    path = tmp_path / "mẫu riêng.docx"
    with zipfile.ZipFile(TEMPLATE) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            data = source.read(item)
            if item.filename == "word/document.xml":
                assert old.encode() in data
                data = data.replace(old.encode(), new.encode())
            target.writestr(item, data)
    return path


def test_the_paper_says_the_figures_in_the_words_of_officials(report):
    words = words_of(render_docx(report))
    assert "UBND TỈNH NGHỆ AN" in words
    assert "Số: ……/BC-SKHCN" in words
    assert "Nghệ An, ngày 11 tháng 6 năm 2025" in words
    assert "chốt lần 2 lúc 07 giờ 28 ngày 11/6/2025" in words
    assert "Toàn tỉnh có 433 điểm cầu" in words
    assert "10.034 người" in words
    assert "chủ trì thay là Phó Chủ tịch UBND xã, Họ và tên" in words
    assert "điều chỉnh từ 25 thành 28 đại biểu; lý do: Đếm lại" in words
    assert "Thay đổi so với lần chốt 1 (07 giờ 15)" in words
    assert "{{" not in words
    assert "{%" not in words


def test_the_page_is_that_of_the_decree(report):
    paper = Document(io.BytesIO(render_docx(report)))
    page = paper.sections[0]
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297)
    assert Mm(20) - Mm(0.1) <= page.top_margin <= Mm(25)
    assert Mm(20) - Mm(0.1) <= page.bottom_margin <= Mm(25)
    assert Mm(30) - Mm(0.1) <= page.left_margin <= Mm(35)
    assert Mm(15) - Mm(0.1) <= page.right_margin <= Mm(20)
    assert (paper.styles["Normal"].font.name, paper.styles["Normal"].font.size) == ("Times New Roman", Pt(14))


def test_a_first_version_has_no_section_of_changes():
    morning = Morning()
    morning.close()
    words = words_of(render_docx(build_morning(morning.state)))
    assert "Thay đổi so với" not in words
    assert "Nhanh về số điểm cầu" in words


def test_a_draft_says_that_it_is_one():
    words = words_of(render_docx(build_draft(Morning().state, at(7, 0))))
    assert "dự thảo, chưa chốt" in words


def test_signs_of_markup_in_names_stay_names():
    morning = Morning((site("HALL", None, name="Hội trường A&B <số 1> {{ 7*7 }}"),))
    morning.close()
    assert "Hội trường A&B <số 1> {{ 7*7 }}" in words_of(render_docx(build_morning(morning.state)))


def test_many_missing_sites_are_counted_by_group_and_few_are_named():
    morning = Morning(roster_of(NGHE_AN).sites)
    morning.close()
    groups = morning_fields(build_morning(morning.state))["chua_bao"]
    assert len(groups) == 21
    assert {group["danh_sach"] for group in groups} == {""}
    for code in list(morning.state.roster.sites)[5:]:
        morning.count(code, officials=1)
    morning.close()
    assert "Thành phố Vinh" in morning_fields(build_morning(morning.state))["chua_bao"][-1]["danh_sach"]


def test_a_template_edited_in_word_is_used(report, tmp_path):
    words = words_of(render_docx(report, edited(tmp_path, "GIÁM ĐỐC", "KT. GIÁM ĐỐC")))
    assert "KT. GIÁM ĐỐC" in words


def test_the_template_in_the_data_directory_is_taken_before_the_shipped_one(tmp_path):
    assert office_template(tmp_path, TEMPLATE) == TEMPLATE
    answer = CliRunner().invoke(app, ["report", "template", "--data", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    own = office_template(tmp_path, TEMPLATE)
    assert own.parent == tmp_path / "templates"
    assert own.read_bytes() == TEMPLATE.read_bytes()
    assert CliRunner().invoke(app, ["report", "template", "--data", str(tmp_path)]).exit_code != 0


@pytest.mark.parametrize(
    ("new", "code", "told"),
    [
        ("{{ co_quan_chu_quan }}", "template_unknown_field", "co_quan_chu_quan"),
        ("{{ tong.khong_co }}", "template_unknown_field", "khong_co"),
        ("{{ tong. }}", "template_syntax", "cú pháp"),
        ("{{ tong.__class__.__mro__ }}", "template_syntax", "mẫu"),
    ],
)
def test_a_template_with_a_wrong_field_says_which(report, tmp_path, new, code, told):
    with pytest.raises(TemplateProblem) as caught:
        render_docx(report, edited(tmp_path, "{{ co_quan_cap_tren }}", new))
    assert caught.value.code == code
    assert told in caught.value.detail
    assert "mẫu riêng.docx" in caught.value.detail


def test_a_template_that_is_not_there_or_not_word_says_so(report, tmp_path):
    with pytest.raises(TemplateProblem, match="template_missing"):
        render_docx(report, tmp_path / "none.docx")
    (tmp_path / "text.docx").write_text("not Word")
    with pytest.raises(TemplateProblem, match="template_not_word"):
        render_docx(report, tmp_path / "text.docx")


def has_times():
    """Whether this machine has Times New Roman, or the font of the same widths with Vietnamese letters."""
    fonts = subprocess.run(["fc-list", ":lang=vi", "family"], capture_output=True, text=True, check=False).stdout
    return "Times New Roman" in fonts or "Liberation Serif" in fonts


@pytest.mark.office
@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice")
def test_libreoffice_opens_the_paper_with_the_national_title_on_one_line(report, tmp_path):
    (tmp_path / "report.docx").write_bytes(render_docx(report))
    home = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "report.docx"],
        check=True, capture_output=True, timeout=100,
    )  # fmt: skip
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "report.pdf", "-"], check=True, capture_output=True, text=True
    ).stdout  # fmt: skip
    assert "Nơi nhận:" in text
    assert "GIÁM ĐỐC" in text
    if has_times():
        first = next(line for line in text.splitlines() if line.strip())
        assert re.split(r"\s{3,}", first.strip()) == ["UBND TỈNH NGHỆ AN", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]
