"""Commands that are decided together, in order, each against the state that the ones before it lead to.

Deciding runs ahead of the journal, so it has a state of its own: the twin of the durable one. The durable state, which
all others read, is touched only after the append; nobody can see, not even between two awaits, what a failing disk would
take back. If the append fails the twin is thrown away and copied again from the durable state.
"""

from dataclasses import dataclass

import structlog

from server.ceremony import ceremony
from server.ceremony.ceremony import Ceremony
from server.ceremony.rules import Command, Context, Event, Refused
from server.engine.answers import ID_REUSED, INTERNAL, Answer, Problem, Published, refused
from server.engine.body_hashes import BodyHashes
from server.engine.codec import encoded
from server.engine.port import Entry, Head, KeyStore
from server.engine.sealing import people_in, without_forgotten
from server.engine.twin import twin
from site_agent.units import PersonId

_log = structlog.get_logger(room="engine")


@dataclass(slots=True, frozen=True)
class Draft:
    """An accepted command that is not durable yet."""

    key: bytes
    digest: str
    published: Published

    @property
    def answer(self) -> Answer:
        """What its sender is told once it is durable."""
        return Answer(id=self.published.command.id, outcome="accepted", seq=self.published.seq)


class Ahead:
    """The state as it will be once the running batch is durable."""

    def __init__(self, durable: Ceremony, keys: KeyStore, hashes: BodyHashes) -> None:
        self._durable = durable
        self._keys = keys
        self._hashes = hashes
        self._state = twin(durable)
        self._head_seq = 0
        self.drafts: dict[bytes, Draft] = {}
        """The batch, in order, by the 16 bytes of the command's id."""

    def begin(self, head: Head) -> None:
        """Start an empty batch behind the head; the one before was kept."""
        self._head_seq = head.seq
        self.drafts = {}

    def drop(self, durable: Ceremony) -> None:
        """Forget the batch: it could not be kept."""
        self._durable = durable
        self._state = twin(durable)
        self.drafts = {}

    def decide(self, key: bytes, digest: str, command: Command, context: Context) -> Answer:
        """Accept the command into the batch, or refuse it. A repeat of one in the batch gets the same answer."""
        draft = self.drafts.get(key)
        if draft is not None:
            same = draft.digest == digest and draft.published.principal == context.principal
            return draft.answer if same else refused(command.id, ID_REUSED)
        try:
            events = [without_forgotten(event, self._keys) for event in ceremony.decide(self._state, command, context)]
        except Refused as error:
            return refused(command.id, Problem(error.code, error.detail, error.fields))
        except Exception:  # noqa: BLE001 - a bug in one rule must not stop the ceremony
            _log.exception("a rule failed", command=command.__struct_config__.tag)
            return refused(command.id, INTERNAL)
        if not self._evolve(events):
            return refused(command.id, INTERNAL)
        seq = self._head_seq + len(self.drafts) + 1
        published = Published(seq=seq, at=context.now, command=command, principal=context.principal, events=events)
        self.drafts[key] = Draft(key=key, digest=digest, published=published)
        return self.drafts[key].answer

    def keys_needed(self) -> set[PersonId]:
        """Who needs a key before the batch can be sealed, the secret of the stored hashes among them."""
        people = (
            person.person for draft in self.drafts.values() for event in draft.published.events for person in people_in(event)
        )
        return {name for name in (self._hashes.key_name, *people) if self._keys.key(name) is None}

    def entries(self) -> list[Entry]:
        """The batch, sealed, as the journal keeps it."""
        return [encoded(draft.published, draft.digest, self._keys, self._hashes) for draft in self.drafts.values()]

    def _evolve(self, events: list[Event]) -> bool:
        try:
            for event in events:
                ceremony.evolve(self._state, event)
        except Exception:  # noqa: BLE001 - likewise
            _log.exception("an event could not be folded", kinds=[event.__struct_config__.tag for event in events])
            # Half of the events may be in: start again from what is durable, and take the batch so far with it.
            self._state = twin(self._durable)
            for draft in self.drafts.values():
                for event in draft.published.events:
                    ceremony.evolve(self._state, event)
            return False
        return True
