"""Whatever is sent again, in whatever grouping and across restarts, is accepted once and answered the same."""

import asyncio
import tempfile
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.engine import Answer
from server.journal.memory import MemoryKeys
from server.journal.sqlite import SqliteJournal
from server.journal.verify import verify
from tests.support.engines import running_engine
from tests.support.programmes import ADMIN, CALLER, VIEWER, import_programme

COMMANDS = [import_programme(count=n) for n in range(1, 5)]
PRINCIPALS = [ADMIN, CALLER, VIEWER]

sends = st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 2))
"""(which id, which body under it, which principal); the last principal is always refused."""
lives = st.lists(st.lists(st.lists(sends, min_size=1, max_size=6), max_size=5), min_size=1, max_size=3)
"""Lives of the server, each a list of moments, each a list of what is sent at once."""


class Model:
    """What must be answered."""

    def __init__(self) -> None:
        self.first: dict[int, tuple[int, int, int]] = {}
        """Id → (body, principal, seq) of the accepted one."""

    def answer(self, which: int, body: int, principal: int) -> tuple[str, int | None, str]:
        if which in self.first:
            same = self.first[which][:2] == (body, principal)
            return ("accepted", self.first[which][2], "") if same else ("refused", None, "id_reused")
        if PRINCIPALS[principal] is VIEWER:
            return "refused", None, "forbidden"
        self.first[which] = (body, principal, len(self.first) + 1)
        return "accepted", len(self.first), ""


def command(which: int, body: int):
    chosen = COMMANDS[which]
    return chosen if body == 0 else msgspec.structs.replace(chosen, items=chosen.items[:1] + import_programme(9).items[5:])


def told(answer: Answer) -> tuple[str, int | None, str]:
    return answer.outcome, answer.seq, answer.problem.code if answer.problem else ""


async def live(directory: Path, plan) -> None:
    model, keys = Model(), MemoryKeys()
    for moments in plan:
        journal = await SqliteJournal.open(directory / "journal.sqlite3")
        async with running_engine(journal, keys) as engine:
            for moment in moments:
                answers = await asyncio.gather(
                    *(engine.submit(command(which, body), PRINCIPALS[principal]) for which, body, principal in moment)
                )
                assert [told(answer) for answer in answers] == [model.answer(*send) for send in moment]
            assert engine.head.seq == len(model.first)
        assert (await verify(journal, keys)).broken_at is None
        await journal.close()


@settings(max_examples=60, deadline=None)
@given(lives)
def test_every_ask_is_answered_as_the_first_time(plan):
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(live(Path(directory), plan))
