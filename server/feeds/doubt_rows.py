"""A cue's lost holder as rows: what two people may vouch for, and what they have vouched for."""

from server.ceremony.cue import AttemptState, CueRecord, in_doubt, warrant_in_doubt
from server.ceremony.rules import Role
from server.feeds.rows import ConfirmedRow, DoubtRow, VouchedRow
from site_agent.launch.objects import VouchWord, Warrant
from site_agent.launch.signed import digest, read


def doubt_row(record: CueRecord) -> DoubtRow | None:
    """The attempt whose holder does not answer; None while all is well."""
    attempt = in_doubt(record)
    warrant = warrant_in_doubt(record, attempt) if attempt is not None else None
    if attempt is None or warrant is None:
        return None
    return DoubtRow(
        attempt=attempt.attempt,
        live=attempt.live,
        warrant_hash=digest(warrant),
        lost=attempt.lost is not None,
        ends=read(warrant, Warrant).window.ends,
        words=_words(attempt),
        refused_detail=attempt.vouch_refused,
        contradicted=len(attempt.surfaced),
    )


def vouched_rows(record: CueRecord) -> tuple[VouchedRow, ...]:
    """Attempts that ended by people's word, oldest first."""
    return tuple(
        VouchedRow(
            attempt=attempt.attempt,
            live=attempt.live,
            at=attempt.vouch.at,
            words=_words(attempt),
            contradicted=len(attempt.surfaced),
        )
        for attempt in record.attempts
        if attempt.vouch is not None
    )


def _words(attempt: AttemptState) -> tuple[ConfirmedRow, ...]:
    """The caller's first, whoever came first."""
    said = sorted(attempt.vouching.values(), key=lambda word: word.role is not Role.CALLER)
    return tuple(ConfirmedRow(role=read(word.word, VouchWord).role, seat=word.seat, at=word.at) for word in said)
