"""Every journal, held by the contract."""

from pathlib import Path

import pytest

from server.journal.memory import MemoryJournal
from server.journal.sqlite import SqliteJournal
from tests.contracts.journal_contract import House, JournalContract


class MemoryHouse(House):
    durable = False

    def __init__(self, _: Path) -> None:
        self._journal = MemoryJournal()

    async def open(self):
        return self._journal


class SqliteHouse(House):
    def __init__(self, directory: Path) -> None:
        self._path = directory / "journal.sqlite3"

    async def open(self):
        return await SqliteJournal.open(self._path)

    def writer(self):
        return ["sqlite", str(self._path)]


class TestEveryJournal(JournalContract):
    @pytest.fixture(params=[MemoryHouse, SqliteHouse], ids=["memory", "sqlite"])
    def house(self, request, tmp_path):
        return request.param(tmp_path)
