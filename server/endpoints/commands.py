"""The one door for change: POST /api/v1/commands takes one command or a batch and answers each in order."""

import contextlib
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, get_args
from uuid import UUID

import msgspec
from prometheus_client import Counter

from server.ceremony.access import EnrolDevice
from server.ceremony.ceremony import AnyCommand
from server.ceremony.cue import AbortCue
from server.ceremony.rules import Command, Role
from server.endpoints.problems import HttpProblem
from server.endpoints.route import Call
from server.engine.answers import Answer, Problem
from server.observe.metrics import COMMANDS, COMMANDS_REFUSED
from site_agent.launch.signed import Signed
from site_agent.units import CommandId

MAX_BATCH = 500
PRESSING = frozenset({Role.PRESSER, Role.MC, Role.CALLER})
"""Seats press; MC and caller also in their place."""


class PressCommand(msgspec.Struct, frozen=True, tag_field="kind", tag="press", forbid_unknown_fields=True):
    """A signed press on its way to the holder; it becomes `record_press` or `commit_cue` there."""

    id: CommandId
    press: Signed


CommandBody: Any = AnyCommand | PressCommand
CommandsBody: Any = CommandBody | list[CommandBody]
"""For the OpenAPI document; decoding goes item by item, so that one bad command does not spoil the others."""


class _Named(msgspec.Struct):
    """As much of a command as an answer needs."""

    id: CommandId
    kind: Any = ""
    """Text, if it is a command at all: what else comes is told so under its id."""


_NEVER_HELD_UP: tuple[Any, ...] = (PressCommand.__struct_config__.tag, AbortCue.__struct_config__.tag)
_one = msgspec.json.Decoder(CommandBody)
_named = msgspec.json.Decoder(_Named)
_OF_ITS_SENDER = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""A UUID of version 4 or 7 as nearly all write it: what else comes is looked at by `uuid`, which takes longer."""


async def give_commands(call: Call) -> list[Answer]:
    """Decide one command or a batch, in order. Refusals are answers, not errors.

    Raises:
        HttpProblem: 400 when an item has no id to answer to, or the batch is too long; 429 `too_fast`.

    """
    body: msgspec.Raw = call.body
    many = bytes(body).lstrip()[:1] == b"["
    raws = msgspec.json.decode(body, type=list[msgspec.Raw]) if many else [body]
    if len(raws) > MAX_BATCH:
        raise HttpProblem(400, "batch_too_long", f"Một lần gửi tối đa {MAX_BATCH} lệnh.")
    names = [_name(raw) for raw in raws]
    too_fast = _too_fast(call, names)
    answers = await _decide(call, [_decode(call, raw, name, too_fast) for raw, name in zip(raws, names, strict=True)])
    for name, answer in zip(names, answers, strict=True):
        _count(call, name, answer)
    return answers


def _too_fast(call: Call, names: Sequence[_Named]) -> HttpProblem | None:
    """Why the ordinary commands of a batch wait, where a press or an abort that never does came with them.

    Raises:
        HttpProblem: 429 `too_fast`, where there are only ordinary ones.

    """
    ordinary = sum(name.kind not in _NEVER_HELD_UP for name in names)
    try:
        call.services.command_rate.take(call.who.subject, ordinary, call.services.clock.now())
    except HttpProblem as problem:
        if ordinary == len(names):
            raise
        return problem
    return None


def _name(raw: msgspec.Raw) -> _Named:
    """The id and kind of a command.

    Ids derived from names (UUID versions 3 and 5) are the system's own, for deadlines and what the holder's files say:
    a client that took one first would keep the system from its own command.
    """
    try:
        named = _named.decode(raw)
        if _OF_ITS_SENDER.fullmatch(named.id):
            return named
        version = UUID(named.id).version
    except (msgspec.MsgspecError, ValueError) as error:
        raise HttpProblem(400, "bad_id", "Mỗi lệnh phải có id là UUID (phiên bản 7).") from error
    if version not in {4, 7}:
        raise HttpProblem(400, "bad_id", "Mỗi lệnh phải có id là UUID (phiên bản 7).")
    return named


def _decode(call: Call, raw: msgspec.Raw, name: _Named, too_fast: HttpProblem | None) -> Command | PressCommand | Answer:
    if too_fast is not None and name.kind not in _NEVER_HELD_UP:
        return _refusal(name.id, too_fast.code, too_fast.detail)
    try:
        decoded: Command | PressCommand = _one.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return _refusal(name.id, "malformed", f"Lệnh không đúng dạng: {error}")
    if isinstance(decoded, EnrolDevice):
        try:
            call.services.enrol_failures.check(call.who.subject, call.services.clock.now())
        except HttpProblem as problem:
            return _refusal(name.id, problem.code, problem.detail)
    return decoded


async def _decide(call: Call, items: Sequence[Command | PressCommand | Answer]) -> list[Answer]:
    """Answers in order; runs of ordinary commands go to the engine as one batch, one commit."""
    answers: list[Answer] = []
    run: list[Command] = []

    async def flush() -> None:
        if run:
            answers.extend(await call.services.engine.submit_many(run, call.principal))
            run.clear()

    for item in items:
        if isinstance(item, Command) and not isinstance(item, AbortCue):
            run.append(item)
            continue
        await flush()
        if isinstance(item, AbortCue):
            answers.append(await call.services.conductor.stop(item, call.principal))
        else:
            answers.append(await _press(call, item) if isinstance(item, PressCommand) else item)
    await flush()
    return answers


async def _press(call: Call, item: PressCommand) -> Answer:
    if call.principal.role not in PRESSING:
        return _refusal(item.id, "forbidden", "Liên kết của bạn không có quyền làm việc này.")
    return await call.services.conductor.press(item.id, item.press, call.principal)


def _refusal(command: CommandId, code: str, detail: str) -> Answer:
    return Answer(id=command, outcome="refused", seq=None, problem=Problem(code=code, detail=detail, fields={}))


@lru_cache(maxsize=512)
def _counter(kind: str, outcome: str) -> Counter:
    return COMMANDS.labels(kind, outcome)


_KINDS = {kind.__struct_config__.tag for kind in get_args(AnyCommand)} | {"press"}


def _count(call: Call, name: _Named, answer: Answer) -> None:
    known = isinstance(name.kind, str) and name.kind in _KINDS
    _counter(name.kind if known else "unknown", answer.outcome).inc()
    if answer.problem is not None:
        COMMANDS_REFUSED.labels(answer.problem.code).inc()
    if name.kind == EnrolDevice.__struct_config__.tag and answer.outcome == "refused":
        with contextlib.suppress(HttpProblem):
            call.services.enrol_failures.failed(call.who.subject, call.services.clock.now())
