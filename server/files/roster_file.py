"""Rosters out of files: every bad row is told at once. `roster_export` writes what this reads."""

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from server.ceremony.roster import Level, Picture, RosterSite, SiteProblem, inconsistencies, with_groups
from server.ceremony.rules import Person, PersonalFields
from server.files.roster_columns import (
    CHOICES,
    LEVEL_HEADINGS,
    LEVELS_SHEET,
    NEEDED,
    ROSTER_HEADINGS,
    USUAL_LEVELS,
    answers,
    level_ids,
    pictures,
)
from server.files.tables import RowProblem, Table, TableError, TableRow, normalise_heading, read_table, usual_heading
from server.files.text import fold
from site_agent.units import PersonId, SiteCode

_T = TypeVar("_T")
_WHOLE_NUMBER = re.compile(r"\d+|\d{1,3}(?:[.,\s]\d{3})+")
_MOBILE_WITHOUT_ZERO = re.compile(r"[35789]\d{8}")


class RosterFile(msgspec.Struct, frozen=True):
    """A roster that was read and is consistent."""

    levels: tuple[Level, ...]
    """Those that occur, by rank."""
    sites: tuple[RosterSite, ...]
    ignored: tuple[str, ...] = ()
    """Headings of columns that mean nothing to us."""


def read_roster(data: bytes, levels: Sequence[Level] = USUAL_LEVELS) -> RosterFile | list[RowProblem]:
    """The roster in a CSV or Excel file, or everything that is wrong with it.

    Needed columns: code, name, level, parent. Where others are missing or empty: picture `conference`, required only the
    root, group the parent's name, expected 0. An Excel file may bring its own levels on a sheet “Các cấp”.
    Contacts come with an empty person id: the rules give it.
    """
    try:
        table = read_table(data, ROSTER_HEADINGS, NEEDED)
        levels = _own_levels(data, table) or levels
    except TableError as error:
        return [RowProblem(0, "", "", error.detail)]
    reader = _Reader(table, levels)
    sites = [reader.site(row) for row in table.rows]
    problems = reader.problems + [reader.told(problem) for problem in inconsistencies(levels, sites)]
    if not sites:
        problems.append(RowProblem(table.header_row, "", "", "Không có điểm cầu nào dưới dòng tiêu đề."))
    if problems:
        return sorted(problems, key=lambda problem: problem.row)
    used = {site.level for site in sites}
    return RosterFile(tuple(level for level in levels if level.id in used), with_groups(sites), table.ignored)


def _own_levels(data: bytes, table: Table) -> tuple[Level, ...]:
    """Levels that an Excel file names for itself; none if it has no such sheet."""
    if not table.sheet:
        return ()
    try:
        rows = read_table(data, LEVEL_HEADINGS, ("id", "name"), sheet=LEVELS_SHEET).rows
    except TableError:
        return ()
    return tuple(Level(row["id"] or fold(row["name"]).replace(" ", "-"), row["name"]) for row in rows if row["name"])


class _Reader:
    """Turns rows into sites, and notes what it could not read. A bad value is noted once and read as its default."""

    def __init__(self, table: Table, levels: Sequence[Level]) -> None:
        self.problems: list[RowProblem] = []
        self._table = table
        self._level_ids = level_ids(levels)
        self._level_names = ", ".join(level.name for level in levels)
        self._pictures = pictures()
        self._answers = answers()

    def site(self, row: TableRow) -> RosterSite:
        """The site of a row."""
        parent = SiteCode(row["parent"]) if row["parent"] else None
        return RosterSite(
            code=SiteCode(row["code"]),
            name=row["name"],
            level=self._level_ids.get(normalise_heading(row["level"]), row["level"]),
            parent=parent,
            group=row["group"],
            expected=self._whole_number(row, "expected"),
            chair=row["chair"],
            contact=_contact(row),
            picture=self._word(row, "picture", self._pictures, Picture.CONFERENCE),
            carrier=row["carrier"],
            required=self._word(row, "required", self._answers, parent is None),
            chair_at=SiteCode(row["chair_at"]) if row["chair_at"] else None,
        )

    def told(self, problem: SiteProblem) -> RowProblem:
        """A problem of the roster in terms of the file."""
        reason = problem.reason
        if problem.field == "level":
            reason = f"Không có cấp này. Dùng một trong: {self._level_names}." if problem.value else "Thiếu cấp."
        return RowProblem(self._table.rows[problem.index].number, self._column(problem.field), problem.value, reason)

    def _whole_number(self, row: TableRow, field: str) -> int:
        text = row[field]
        if not text:
            return 0
        if _WHOLE_NUMBER.fullmatch(text) and len(text) < 16:
            return int(re.sub(r"\D", "", text))
        negative = re.fullmatch(r"[-−–]\s*\d.*", text)
        self._note(row, field, "Số không được âm." if negative else "Phải là một số nguyên, ví dụ 30 hoặc 1.200.")
        return 0

    def _word(self, row: TableRow, field: str, words: Mapping[str, _T], default: _T) -> _T:
        text = row[field]
        if not text:
            return default
        word = normalise_heading(text) or text
        if word not in words:
            self._note(row, field, f"Không hiểu giá trị này. Dùng một trong: {', '.join(CHOICES[field])}.")
        return words.get(word, default)

    def _note(self, row: TableRow, field: str, reason: str) -> None:
        self.problems.append(RowProblem(row.number, self._column(field), row[field], reason))

    def _column(self, field: str) -> str:
        return self._table.headings.get(field) or usual_heading(field, ROSTER_HEADINGS)


def _contact(row: TableRow) -> Person | None:
    """Name and phone, with the zero back that Excel takes from a number."""
    phone = f"0{row['phone']}" if _MOBILE_WITHOUT_ZERO.fullmatch(row["phone"]) else row["phone"]
    if not row["contact"] and not phone:
        return None
    return Person(PersonId(""), PersonalFields(name=row["contact"], phone=phone))
