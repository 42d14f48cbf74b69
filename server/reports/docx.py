"""The morning report as a Word paper, for the digital signature and the registry to finish."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from server.reports.lines import SiteLine, SumLine
from server.reports.morning import MorningReport
from server.reports.paper import TEMPLATES, fill
from server.reports.words import cause_words, clock_words, date_words, long_date_words, number, place_of, share, time_words

TEMPLATE = TEMPLATES / "bao-cao-nhanh.docx"
NAMES_LISTED = 200
"""With more sites missing than this the paper counts them by group, and the workbook names them."""


def render_docx(report: MorningReport, template: Path | None = None) -> bytes:
    """The report filled into the shipped template, or into an office's own.

    Raises:
        TemplateProblem: the office's template has an unknown field or is none.

    """
    return fill(template or TEMPLATE, morning_fields(report))


def morning_fields(report: MorningReport) -> dict[str, Any]:
    """What a template may use, under Vietnamese names without diacritics. All values are ready to print."""
    return {
        "co_quan_cap_tren": report.authority.upper(),
        "co_quan_nhan": report.authority,
        "dia_danh": place_of(report.authority),
        "ngay_thang": long_date_words(report.closed_at),
        "ten_buoi_le": report.title,
        "trich_yeu": _subject(report),
        "gio_khai_mac": time_words(report.starts_at),
        "ngay_khai_mac": date_words(report.starts_at),
        "gio_chot": time_words(report.closed_at),
        "ngay_chot": date_words(report.closed_at),
        "chot": _closed(report),
        "lan_chot": report.version,
        "nguoi_chot": report.closed_by,
        "tong": _sums(report.total),
        "theo_cap": _numbered(report.levels),
        "theo_cum": _numbered(report.groups),
        "loai_dai_bieu": ", ".join(f"{_small(line.name)} {number(line.present)}" for line in report.categories),
        "chu_tri": {
            "dung_ke_hoach": number(report.chairs_planned),
            "thay": number(report.chairs_substitute),
            "noi_khac": number(report.chairs_elsewhere) if report.chairs_elsewhere else "",
            "chua_bao": number(report.chairs_unsaid),
        },
        "chua_bao": list(_missing(report.missing)),
        "thay_chu_tri": [
            {"ten": site.name, "cum": site.group, "nguoi": site.substitute or "chưa rõ"} for site in report.substitutes
        ],
        "dieu_chinh": [
            {
                "ten": site.name,
                "cum": site.group,
                "noi_dung": _correction(site),
                "ly_do": site.correction.rstrip("."),
            }
            for site in report.corrected
        ],
        "chua_thong_nhat": [
            {
                "ten": site.name,
                "cum": site.group,
                "cac_so": " và ".join(map(number, site.disagreeing)),
                "lay_so": _said(site.present),
            }
            for site in report.disagreeing
        ],
        "su_co": [
            {"ten": cause_words(each.kind, each.name), "luc": time_words(each.opened_at), "so": number(each.lost)}
            for each in report.incidents
        ],
        "rut": [
            {"ten": each.name, "cum": each.group, "luc": time_words(each.at), "ly_do": each.reason.rstrip(".")}
            for each in report.gone
        ],
        **_since_last(report),
    }


def _since_last(report: MorningReport) -> dict[str, Any]:
    """What is different from the version before; empty for the first."""
    return {
        "lan_truoc": report.previous_version or "",
        "gio_lan_truoc": time_words(report.previous_closed_at) if report.previous_closed_at is not None else "",
        "co_mat_truoc": _said(report.previous_present),
        "thay_doi": [
            {
                "tt": index,
                "ten": change.site.name,
                "cum": change.site.group,
                "truoc": _said(change.before),
                "sau": _said(change.after),
                "noi_dung": change.what,
                "luc": "" if change.at is None else clock_words(change.at),
                "nguoi": change.by,
            }
            for index, change in enumerate(report.changes, start=1)
        ],
    }


def _subject(report: MorningReport) -> str:
    """A version after the first is a supplementary report (báo cáo bổ sung)."""
    kind = "Nhanh" if report.version < 2 else f"Bổ sung (lần {report.version})"
    return f"{kind} về số điểm cầu và số đại biểu tham dự {report.title}"


def _closed(report: MorningReport) -> str:
    when = f"{time_words(report.closed_at)} ngày {date_words(report.closed_at)}"
    return f"chốt lần {report.version} lúc {when}" if report.version else f"lúc {when} (dự thảo, chưa chốt)"


def _sums(line: SumLine) -> dict[str, str]:
    return {
        "ten": line.name,
        "so_diem_cau": number(line.sites),
        "da_ket_noi": number(line.connected),
        "da_diem_danh": number(line.checked_in),
        "da_bao": number(line.reported),
        "chua_bao": number(line.missing),
        "du_kien": number(line.expected),
        "co_mat": number(line.present),
        "ty_le": share(line.present, line.expected),
    }


def _numbered(lines: Iterable[SumLine]) -> list[dict[str, Any]]:
    return [{"tt": index, **_sums(line)} for index, line in enumerate(lines, start=1)]


def _missing(sites: tuple[SiteLine, ...]) -> Iterator[dict[str, str]]:
    for group, part in groupby(sites, key=lambda site: site.group):
        names = [site.name for site in part]
        listed = ", ".join(names) if len(sites) <= NAMES_LISTED else ""
        yield {"ten": group, "so": number(len(names)), "danh_sach": listed}


def _correction(site: SiteLine) -> str:
    if site.present == site.present_before:
        return f"điều chỉnh số theo loại đại biểu, tổng vẫn là {_said(site.present)}"
    return f"điều chỉnh từ {_said(site.present_before)} thành {_said(site.present)} đại biểu"


def _said(count: int | None) -> str:
    return "chưa báo" if count is None else number(count)


def _small(name: str) -> str:
    return name[:1].lower() + name[1:]
