"""Makes server/reports/templates/*.docx: papers in the form of Decree 30/2020/NĐ-CP, Annex I, with fields for docxtpl.

Run once, and again after a change here: `.venv/bin/python ops/make_report_template.py`. Offices edit the result in Word
and give their own with `--template`; this script is only where the shipped ones come from.
"""

from pathlib import Path

from docx import Document
from docx.document import Document as Paper
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

TEMPLATES = Path(__file__).parent.parent / "server" / "reports" / "templates"
FONT = "Times New Roman"
CENTRE, JUSTIFY, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY, WD_ALIGN_PARAGRAPH.LEFT
LEFT_COLUMN, RIGHT_COLUMN = Mm(70), Mm(94)
"""Together 164 mm: 210 less margins of 30 and 16."""


def main() -> None:
    TEMPLATES.mkdir(parents=True, exist_ok=True)
    morning().save(str(TEMPLATES / "bao-cao-nhanh.docx"))
    launch().save(str(TEMPLATES / "bao-cao-phat-dong.docx"))
    ceremony().save(str(TEMPLATES / "bao-cao-ket-qua.docx"))


def morning() -> Paper:
    paper = new_paper()
    letterhead(paper)
    heading(paper, "{{ trich_yeu }}")
    centred(paper, "Kính gửi: {{ co_quan_nhan }}", after=12)
    body(
        paper,
        "Sở Khoa học và Công nghệ báo cáo nhanh tình hình các điểm cầu tham dự {{ ten_buoi_le }}, khai mạc lúc "
        "{{ gio_khai_mac }} ngày {{ ngay_khai_mac }}; số liệu {{ chot }}, cụ thể như sau:",
    )
    section(paper, "1. Kết quả chung")
    body(
        paper,
        "Toàn tỉnh có {{ tong.so_diem_cau }} điểm cầu; đã kết nối {{ tong.da_ket_noi }}, đã điểm danh "
        "{{ tong.da_diem_danh }}, đã báo số đại biểu {{ tong.da_bao }}, chưa báo {{ tong.chua_bao }} điểm cầu.",
    )
    body(
        paper,
        "Đại biểu có mặt theo báo cáo của các điểm cầu: {{ tong.co_mat }} người, dự kiến {{ tong.du_kien }} người"
        "{% if tong.ty_le %} (đạt {{ tong.ty_le }}){% endif %}"
        "{% if loai_dai_bieu %}; trong đó: {{ loai_dai_bieu }}{% endif %}.",
    )
    body(
        paper,
        "Người chủ trì: đúng kế hoạch {{ chu_tri.dung_ke_hoach }} điểm cầu, thay {{ chu_tri.thay }} điểm cầu"
        "{% if chu_tri.noi_khac %}, dự tại điểm cầu khác (tính một lần) {{ chu_tri.noi_khac }} người{% endif %}, "
        "chưa báo {{ chu_tri.chua_bao }} điểm cầu.",
    )
    section(paper, "2. Kết quả theo cấp")
    sums_table(paper, "Cấp", "theo_cap", with_total=True)
    section(paper, "3. Kết quả theo cụm")
    sums_table(paper, "Cụm", "theo_cum", with_total=False)
    section(paper, "4. Điểm cầu chưa báo số đại biểu")
    body(paper, "{%p if chua_bao %}")
    body(paper, "{%p for cum in chua_bao %}")
    body(paper, "- {{ cum.ten }} ({{ cum.so }} điểm cầu){% if cum.danh_sach %}: {{ cum.danh_sach }}{% endif %}.")
    body(paper, "{%p endfor %}")
    body(paper, "{%p else %}")
    body(paper, "Tất cả các điểm cầu đã báo số đại biểu.")
    body(paper, "{%p endif %}")
    section(paper, "5. Ghi chú")
    body(paper, "{%p if thay_chu_tri or dieu_chinh or chua_thong_nhat or su_co or rut %}")
    for_each(
        paper,
        "dong in su_co",
        "- Sự cố {{ dong.ten }} từ {{ dong.luc }} chưa khép lại: {{ dong.so }} điểm cầu còn mất kết nối.",
    )
    for_each(
        paper,
        "dong in chua_thong_nhat",
        "- {{ dong.ten }} ({{ dong.cum }}): có các số {{ dong.cac_so }} chưa thống nhất, tạm lấy {{ dong.lay_so }}.",
    )
    for_each(paper, "dong in rut", "- {{ dong.ten }} ({{ dong.cum }}): rút khỏi danh sách lúc {{ dong.luc }}; {{ dong.ly_do }}.")
    for_each(paper, "dong in thay_chu_tri", "- {{ dong.ten }} ({{ dong.cum }}): chủ trì thay là {{ dong.nguoi }}.")
    for_each(paper, "dong in dieu_chinh", "- {{ dong.ten }} ({{ dong.cum }}): {{ dong.noi_dung }}; lý do: {{ dong.ly_do }}.")
    body(paper, "{%p else %}")
    body(paper, "Không có.")
    body(paper, "{%p endif %}")
    body(paper, "{%p if thay_doi %}")
    section(paper, "6. Thay đổi so với lần chốt {{ lan_truoc }} ({{ gio_lan_truoc }})")
    body(paper, "Tổng số đại biểu có mặt từ {{ co_mat_truoc }} thành {{ tong.co_mat }} người, cụ thể:")
    heads = ("TT", "Điểm cầu", "Lần trước", "Lần này", "Nội dung thay đổi", "Lúc", "Người báo")
    table = grid(paper, heads, (11, 43, 17, 17, 38, 14, 24))
    row(table, ("{%tr for dong in thay_doi %}",))
    fields = ("tt", "ten", "truoc", "sau", "noi_dung", "luc", "nguoi")
    row(table, tuple(f"{{{{ dong.{field} }}}}" for field in fields), words=(1, 4, 6))
    row(table, ("{%tr endfor %}",))
    body(paper, "{%p endif %}")
    body(paper, "{%p if nguoi_chot %}")
    body(paper, "Người chốt số liệu: {{ nguoi_chot }}.", before=6)
    body(paper, "{%p endif %}")
    body(paper, "Sở Khoa học và Công nghệ kính báo cáo {{ co_quan_nhan }}./.", before=6)
    closing(paper)
    return paper


def launch() -> Paper:
    paper = new_paper()
    letterhead(paper)
    heading(paper, "{{ trich_yeu }}")
    centred(paper, "Kính gửi: {{ co_quan_nhan }}", after=12)
    body(paper, "Sở Khoa học và Công nghệ báo cáo kết quả {{ viec }} tại {{ ten_buoi_le }} ngày {{ ngay }}, như sau:")
    section(paper, "1. Thời điểm phát động")
    body(
        paper,
        "Hiệu lệnh “{{ ten_hieu_lenh }}”, lần {{ lan }}, có hiệu lực lúc {{ gio_phat_dong }}. "
        "Kết thúc ở trạng thái: {{ trang_thai }}.",
    )
    for_each(
        paper,
        "dong in lan_nhan",
        "- {{ dong.ghe }}: nhấn lúc {{ dong.luc }}{% if dong.ghi_chu %} ({{ dong.ghi_chu }}){% endif %}.",
    )
    for_each(paper, "dong in lan_huy", "- Lần {{ dong.lan }} ({{ dong.loai }}) đã hủy lệnh: {{ dong.ly_do }}.")
    for_each(
        paper,
        "dong in xac_nhan_thay",
        "- Lần {{ dong.lan }} ({{ dong.loai }}): máy giữ quyền kích hoạt không trả lời. Việc chỉ có một thời điểm phát động "
        "dựa vào lời {{ dong.nguoi }} xác nhận lúc {{ dong.luc }} rằng máy đó đã tắt và chưa phát lệnh"
        "{% if dong.trai_lai %}; {{ dong.trai_lai }} nơi báo trái với lời này{% endif %}.",
    )
    section(paper, "2. Kết quả tại các điểm cầu")
    body(
        paper,
        "Đã nhận {{ so_bien_nhan }} biên nhận của thiết bị tại {{ so_diem_cau_nhan }} trên {{ so_diem_cau }} điểm cầu; "
        "{{ so_diem_cau_sang }} điểm cầu đã sáng màn hình.",
    )
    body(
        paper,
        "{% if co_do_lech %}Độ lệch so với thời điểm phát động: trung vị {{ do_lech.trung_vi }}, 99% thiết bị trong "
        "{{ do_lech.p99 }}, lớn nhất {{ do_lech.lon_nhat }}; sai số đồng hồ lớn nhất {{ do_lech.sai_so }}."
        "{% else %}Chưa có biên nhận nào cho biết độ lệch.{% endif %}",
    )
    section(paper, "3. Điểm cầu sáng muộn hoặc không sáng")
    body(paper, "{%p if muon %}")
    for_each(paper, "dong in muon", "- {{ dong.ten }} ({{ dong.ma }}): {{ dong.ket_qua }}.")
    body(paper, "{%p if muon_con_lai != '0' %}")
    body(paper, "- Và {{ muon_con_lai }} điểm cầu khác trong bảng kèm theo.")
    body(paper, "{%p endif %}")
    body(paper, "{%p else %}")
    body(paper, "Không có.")
    body(paper, "{%p endif %}")
    body(paper, "Sở Khoa học và Công nghệ kính báo cáo {{ co_quan_nhan }}./.", before=6)
    closing(paper)
    return paper


def ceremony() -> Paper:
    paper = new_paper()
    letterhead(paper)
    heading(paper, "{{ trich_yeu }}")
    centred(paper, "Kính gửi: {{ co_quan_nhan }}", after=12)
    body(
        paper,
        "Sở Khoa học và Công nghệ báo cáo kết quả tổ chức {{ ten_buoi_le }}, khai mạc lúc {{ gio_khai_mac }} ngày {{ ngay }}, "
        "cụ thể như sau:",
    )
    ceremony_attendance(paper)
    ceremony_links(paper)
    ceremony_incidents(paper)
    ceremony_launch(paper)
    section(paper, "5. Chương trình theo kế hoạch và thực tế")
    heads = ("TT", "Nội dung", "Kế hoạch", "Thời lượng", "Thực tế", "Kết quả")
    fields = ("tt", "ten", "ke_hoach", "thoi_luong", "thuc_te", "ket_qua")
    table_of(paper, heads, (11, 62, 18, 25, 18, 30), "chuong_trinh", fields, words=(1, 5))
    ceremony_contacts(paper)
    body(paper, "Sở Khoa học và Công nghệ kính báo cáo {{ co_quan_nhan }}./.", before=6)
    closing(paper)
    return paper


def ceremony_attendance(paper: Paper) -> None:
    section(paper, "1. Tham dự")
    body(
        paper,
        "Có {{ tong.so_diem_cau }} điểm cầu, đã kết nối {{ tong.da_ket_noi }}, đã báo số đại biểu {{ tong.da_bao }}; "
        "{{ tong.co_mat }} đại biểu có mặt, dự kiến {{ tong.du_kien }}{% if tong.ty_le %} (đạt {{ tong.ty_le }}){% endif %} "
        "({{ chot }}).",
    )
    body(
        paper,
        "Chủ trì đúng kế hoạch {{ chu_tri.dung_ke_hoach }} điểm cầu, thay {{ chu_tri.thay }} điểm cầu"
        "{% if chu_tri.noi_khac %}, dự tại điểm cầu khác (tính một lần) {{ chu_tri.noi_khac }} người{% endif %}"
        "{% if rut %}; {{ rut }} điểm cầu rút khỏi danh sách{% endif %}.",
    )
    sums_table(paper, "Cấp", "theo_cap", with_total=True)
    for_each(
        paper,
        "dong in tong_duyet",
        "- Tổng duyệt lần {{ dong.lan }} ngày {{ dong.ngay }}: {{ dong.ket_noi }} trên {{ dong.so_diem_cau }} điểm cầu kết nối, "
        "{{ dong.diem_danh }} điểm danh, {{ dong.da_bao }} báo số, {{ dong.co_mat }} đại biểu.",
    )


def ceremony_links(paper: Paper) -> None:
    section(paper, "2. Đường truyền từ {{ duong_truyen_tu }} đến {{ duong_truyen_den }}")
    fields = ("ten", "so_diem_cau", "khong_ket_noi", "thoi_gian", "ty_le", "doi_muc", "mat")
    widths = (42, 18, 18, 34, 18, 17, 17)
    for what, rows in (("Nhà mạng", "theo_nha_mang"), ("Cụm", "duong_truyen_theo_cum")):
        heads = (what, "Điểm cầu", "Không kết nối", "Kết nối trung bình", "Tỷ lệ", "Đổi mức", "Mất")
        table_of(paper, heads, widths, rows, fields, words=(0,))
    body(paper, "{%p if te_nhat %}")
    body(paper, "Điểm cầu mất kết nối nhiều lần nhất:")
    for_each(
        paper,
        "dong in te_nhat",
        "- {{ dong.ten }} ({{ dong.cum }}): {{ dong.so_lan }} lần, kết nối tổng cộng {{ dong.thoi_gian }}.",
    )
    body(paper, "{%p endif %}")


def ceremony_incidents(paper: Paper) -> None:
    section(paper, "3. Sự cố")
    body(paper, "{%p if su_co %}")
    body(paper, "{%p for dong in su_co %}")
    body(
        paper,
        "Sự cố {{ dong.so }}, {{ dong.ten }}: {{ dong.so_diem_cau }} điểm cầu, từ {{ dong.tu }}"
        "{% if dong.den %} đến {{ dong.den }} ({{ dong.dai }}){% else %}, còn {{ dong.con_mat }} điểm cầu mất kết nối{% endif %}"
        "{% if dong.ghi_chu %}; {{ dong.ghi_chu }}{% endif %}.",
    )
    for_each(paper, "buoc in dong.dien_bien", "- {{ buoc.luc }}: {{ buoc.noi_dung }}.")
    body(paper, "{%p endfor %}")
    body(paper, "{%p else %}")
    body(paper, "Không có sự cố chung; các điểm cầu mất kết nối riêng lẻ xem mục 2.")
    body(paper, "{%p endif %}")


def ceremony_launch(paper: Paper) -> None:
    section(paper, "4. Phát động")
    body(paper, "{%p if phat_dong %}")
    body(
        paper,
        "Hiệu lệnh “{{ phat_dong.ten_hieu_lenh }}” có hiệu lực lúc {{ phat_dong.gio_phat_dong }}; "
        "{{ phat_dong.so_diem_cau_sang }} trên {{ phat_dong.so_diem_cau }} điểm cầu đã sáng màn hình, "
        "{{ phat_dong.so_bien_nhan }} biên nhận."
        "{% if phat_dong.co_do_lech %} Độ lệch trung vị {{ phat_dong.do_lech.trung_vi }}, 99% trong {{ phat_dong.do_lech.p99 }}, "
        "lớn nhất {{ phat_dong.do_lech.lon_nhat }}.{% endif %}",
    )
    body(paper, "{%p else %}")
    body(paper, "Chưa phát động chính thức.")
    body(paper, "{%p endif %}")
    for_each(
        paper,
        "dong in lan_phat_dong",
        "- Lần {{ dong.lan }} ({{ dong.loai }}): {{ dong.trang_thai }}{% if dong.t0 %}, T0 {{ dong.t0 }}, "
        "{{ dong.sang }} nơi sáng, {{ dong.muon }} nơi muộn hoặc chưa rõ{% endif %}"
        "{% if dong.ly_do %}; lý do dừng: {{ dong.ly_do }}{% endif %}"
        "{% if dong.theo_loi %}; chỉ có một thời điểm phát động là theo lời {{ dong.theo_loi }}{% endif %}.",
    )


def ceremony_contacts(paper: Paper) -> None:
    section(paper, "6. Hỗ trợ, thông báo, ký cam kết")
    for_each(
        paper,
        "dong in ho_tro",
        "- Yêu cầu hỗ trợ “{{ dong.loai }}”: {{ dong.so }}, đã xong {{ dong.xong }}"
        "{% if dong.trong %}, thường trong {{ dong.trong }}{% endif %}.",
    )
    body(
        paper,
        "- Thông báo: {{ thong_bao.so }} (đọc {{ thong_bao.doc }} trên {{ thong_bao.gui }} lượt gửi); tài liệu: "
        "{{ thong_bao.tai_lieu }} (mở {{ thong_bao.tai_lieu_mo }} trên {{ thong_bao.tai_lieu_gui }} lượt gửi); tin nhắn: "
        "{{ thong_bao.tin_den }} từ điểm cầu, {{ thong_bao.tin_di }} của trung tâm.",
    )
    for_each(
        paper,
        "dong in cam_ket",
        "- Ký cam kết lần {{ dong.lan }} ({{ dong.luc }}): {{ dong.diem_cau }} điểm cầu, {{ dong.nguoi }} người.",
    )
    body(paper, "{%p if truyen_hinh %}")
    body(
        paper,
        "- Truyền hình chương trình: đổi nguồn {{ truyen_hinh.chuyen }} lần"
        "{% if truyen_hinh.gian_doan %}, gián đoạn {{ truyen_hinh.gian_doan }} lần, tổng cộng "
        "{{ truyen_hinh.tong_gian_doan }}{% else %}, không gián đoạn{% endif %}.",
    )
    for_each(paper, "dong in truyen_hinh.dien_bien", "+ {{ dong.luc }}: {{ dong.noi_dung }}.")
    body(paper, "{%p endif %}")
    body(paper, "{%p if luot_xem %}")
    body(paper, "- Trang xem: nhiều nhất {{ luot_xem }} màn hình cùng lúc (đếm từ {{ luot_xem_tu }}).")
    body(paper, "{%p endif %}")


def table_of(
    paper: Paper, heads: tuple[str, ...], widths: tuple[int, ...], rows: str, fields: tuple[str, ...], *, words: tuple[int, ...]
) -> None:  # fmt: skip
    """A ruled table with a row for each of `rows`, and the gap after it."""
    table = grid(paper, heads, widths)
    row(table, (f"{{%tr for dong in {rows} %}}",))
    row(table, tuple(f"{{{{ dong.{field} }}}}" for field in fields), words=words)
    row(table, ("{%tr endfor %}",))
    gap = paper.add_paragraph()
    gap.paragraph_format.space_after = Pt(0)
    gap.paragraph_format.line_spacing = Pt(6)


def new_paper() -> Paper:
    """A4, margins 20/20/30/16 mm, body 14 pt, page numbers centred on top from page 2."""
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(16)
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    normal = paper.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(14)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT)
    number = section.header.paragraphs[0]
    number.alignment = CENTRE
    page_field(number)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "vi-VN")
    normal.element.get_or_add_rPr().append(language)
    return paper


def page_field(paragraph: Paragraph) -> None:
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        run.font.size = Pt(13)
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._r.append(mark)  # noqa: SLF001 (python-docx has no fields)


def letterhead(paper: Paper) -> None:
    """Issuing body and national title side by side, each ruled; number, and place with date, beneath."""
    table = paper.add_table(rows=2, cols=2)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    fixed(table, (LEFT_COLUMN, RIGHT_COLUMN))
    without_cell_margins(table)
    issuer, title = table.rows[0].cells
    line(issuer, "{{ co_quan_cap_tren }}", 12, first=True)
    line(issuer, "SỞ KHOA HỌC VÀ CÔNG NGHỆ", 12, bold=True)
    rule(issuer.add_paragraph(), Mm(25), Mm(25))
    line(title, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12, bold=True, first=True)
    line(title, "Độc lập - Tự do - Hạnh phúc", 13, bold=True)
    rule(title.add_paragraph(), Mm(20.5), Mm(20.5))
    number, date = table.rows[1].cells
    line(number, "Số: ……/BC-SKHCN", 13, first=True, before=6)
    line(date, "{{ dia_danh }}, {{ ngay_thang }}", 13, italic=True, first=True, before=6)


def heading(paper: Paper, subject: str) -> None:
    centred(paper, "BÁO CÁO", bold=True, before=18)
    centred(paper, subject, bold=True)
    under = paper.add_paragraph()
    rule(under, Mm(54), Mm(54))
    under.paragraph_format.space_after = Pt(12)


def centred(paper: Paper, text: str, *, bold: bool = False, before: float = 0, after: float = 0) -> None:
    paragraph = paper.add_paragraph()
    paragraph.alignment = CENTRE
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    paragraph.add_run(text).bold = bold


def section(paper: Paper, text: str) -> None:
    paragraph = body(paper, "", before=4)
    paragraph.add_run(text).bold = True
    paragraph.paragraph_format.keep_with_next = True


def body(paper: Paper, text: str, *, before: float = 0) -> Paragraph:
    """Justified, first line indented 12.7 mm, 6 pt apart, a little over single spacing."""
    paragraph = paper.add_paragraph()
    shape = paragraph.paragraph_format
    paragraph.alignment = JUSTIFY
    shape.first_line_indent, shape.space_before, shape.space_after = Mm(12.7), Pt(before), Pt(6)
    shape.line_spacing = 1.1
    if text:
        paragraph.add_run(text)
    return paragraph


def for_each(paper: Paper, loop: str, text: str) -> None:
    body(paper, f"{{%p for {loop} %}}")
    body(paper, text)
    body(paper, "{%p endfor %}")


def sums_table(paper: Paper, what: str, rows: str, *, with_total: bool) -> None:
    heads = ("TT", what, "Số điểm cầu", "Đã kết nối", "Đã báo", "Dự kiến (người)", "Có mặt (người)")
    table = grid(paper, heads, (12, 52, 20, 20, 20, 20, 20))
    fields = ("so_diem_cau", "da_ket_noi", "da_bao", "du_kien", "co_mat")
    row(table, (f"{{%tr for dong in {rows} %}}",))
    row(table, ("{{ dong.tt }}", "{{ dong.ten }}", *(f"{{{{ dong.{field} }}}}" for field in fields)), words=(1,))
    row(table, ("{%tr endfor %}",))
    if with_total:
        row(table, ("", "Toàn tỉnh", *(f"{{{{ tong.{field} }}}}" for field in fields)), words=(1,), bold=True)
    gap = paper.add_paragraph()
    gap.paragraph_format.space_after = Pt(0)
    gap.paragraph_format.line_spacing = Pt(6)


def grid(paper: Paper, heads: tuple[str, ...], widths: tuple[int, ...]) -> Table:
    """A ruled table whose head is repeated on every page."""
    table = paper.add_table(rows=1, cols=len(heads))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    fixed(table, tuple(Mm(width) for width in widths))
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        line(cell, head, 12, bold=True, first=True, before=2, after=2)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    mark_row(table, "w:tblHeader")
    return table


def row(table: Table, texts: tuple[str, ...], words: tuple[int, ...] = (), *, bold: bool = False) -> None:
    """A row; columns in `words` are set left, numbers centred."""
    cells = table.add_row().cells
    for index, text in enumerate(texts):
        line(cells[index], text, 12, bold=bold, first=True, before=1, after=1, align=LEFT if index in words else CENTRE)
    mark_row(table, "w:cantSplit")


def mark_row(table: Table, mark: str) -> None:
    """Repeat the last row on every page (w:tblHeader), or keep it on one (w:cantSplit)."""
    table.rows[-1]._tr.get_or_add_trPr().append(OxmlElement(mark))  # noqa: SLF001 (python-docx has no name for it)


def closing(paper: Paper) -> None:
    """Recipients on the left, the signatory's title on the right with room for a signature."""
    table = paper.add_table(rows=1, cols=2)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    fixed(table, (Mm(82), Mm(82)))
    recipients, signature = table.rows[0].cells
    line(recipients, "Nơi nhận:", 12, bold=True, italic=True, first=True, align=LEFT, before=6)
    for recipient in ("- {{ co_quan_nhan }} (để báo cáo);", "- Văn phòng {{ co_quan_nhan }};", "- Lưu: VT."):
        line(recipients, recipient, 11, align=LEFT)
    line(signature, "GIÁM ĐỐC", 14, bold=True, first=True, before=6)
    for _ in range(4):
        line(signature, "", 14)
    mark_row(table, "w:cantSplit")


def line(  # noqa: PLR0913
    cell: _Cell, text: str, size: float, *, bold: bool = False, italic: bool = False, first: bool = False,
    before: float = 0, after: float = 0, align: WD_ALIGN_PARAGRAPH = CENTRE,
) -> None:  # fmt: skip
    paragraph = cell.paragraphs[0] if first else cell.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic


def rule(paragraph: Paragraph, left: Mm, right: Mm) -> None:
    """A short line: the border of a paragraph drawn in from both sides."""
    shape = paragraph.paragraph_format
    shape.left_indent, shape.right_indent = left, right
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(4)
    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for key, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{key}"), value)
    borders.append(top)
    shape._element.get_or_add_pPr().append(borders)  # noqa: SLF001 (python-docx has no borders)


def without_cell_margins(table: Table) -> None:
    """So that the national title stands on one line."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "0")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.append(margins)  # noqa: SLF001 (python-docx has no cell margins)


def fixed(table: Table, widths: tuple[int, ...]) -> None:
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
        for cell in column.cells:
            cell.width = width


if __name__ == "__main__":
    main()
