import pytest

from server.engine.port import JournalUnwritable
from server.journal.kept_file import KeptFile


async def test_what_was_saved_last_is_loaded_and_only_its_owner_may_read_it(tmp_path):
    file = KeptFile(tmp_path / "state.kept")
    assert await file.load() is None
    await file.save(b"first")
    await file.save(b"second")
    assert await file.load() == b"second"
    assert (tmp_path / "state.kept").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["state.kept"]


async def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(JournalUnwritable, match=r"state\.kept"):
        await KeptFile(tmp_path / "missing" / "state.kept").save(b"x")
