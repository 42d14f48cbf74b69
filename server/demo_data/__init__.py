"""The two real ceremonies that the demo and the tests run on: rosters and programmes as they were."""

from pathlib import Path

HERE = Path(__file__).parent
NGHE_AN_ROSTER = HERE / "nghe-an-2025-06-11.roster.csv"
NGHE_AN_PROGRAMME = HERE / "nghe-an-2025-06-11.programme.csv"

DEMO_WORDS = {
    "item-2": (
        "Kính thưa các đồng chí lãnh đạo, kính thưa quý vị đại biểu!\n"
        "Buổi lễ hôm nay được kết nối tới {điểm cầu} điểm cầu với {đại biểu} đại biểu trên toàn tỉnh."
    ),
    "item-5": "Trân trọng kính mời đồng chí Chủ tịch UBND tỉnh lên phát biểu và phát động phong trào.",
    "item-8": (
        "Kính thưa quý vị đại biểu, giờ phút này {điểm cầu} điểm cầu với {đại biểu} đại biểu trên toàn tỉnh "
        "đang cùng hướng về hội trường.\nXin mời các đồng chí lãnh đạo thực hiện nghi thức."
    ),
}
"""Item of the programme → words for the MC; the real ones are the office's."""
DEMO_GUESTS = (
    ("Đại diện Thường trực Tỉnh ủy", "Chủ tọa buổi lễ"),
    ("Chủ tịch UBND tỉnh", "Trưởng ban tổ chức"),
    ("Đại diện Bộ Khoa học và Công nghệ", "Khách mời trung ương"),
    ("Giám đốc Sở Khoa học và Công nghệ", "Thường trực ban tổ chức"),
    ("Hiệu trưởng Trường Đại học Nghệ An", "Đơn vị đăng cai"),
    ("Đại diện Mặt trận Tổ quốc tỉnh", "Đại biểu"),
)
"""(name, title): offices instead of people."""
