"""Every state meets every command: what the table does not know is refused, what it knows leads where it says."""

from pathlib import Path

import msgspec
import pytest

from server.ceremony import ceremony
from server.ceremony.cue import (
    CAPABILITY,
    MOVES,
    STAYS,
    AbortCue,
    CloseReceipts,
    CommitCue,
    ConfirmArming,
    CueMoved,
    CueState,
    EndWindow,
    HoldCue,
    OpenPolling,
    PassT0,
    PlanCue,
    PrepareCue,
    RecordAbort,
    RecordHeld,
    RecordHolderLost,
    RecordOrderSurfaced,
    RecordPress,
    RecordReadiness,
    RecordReceipt,
    RecordReturn,
    RecordVouch,
    RecordVouchRefused,
    RecordWarrant,
    RecordWarrantRefused,
    VouchForWarrant,
    WaiveSite,
    commit_id,
    may,
    mermaid,
)
from server.ceremony.rules import SYSTEM, Command, Context, Principal, Refused, Role
from server.engine.ids import new_id
from site_agent.launch.signed import sign
from site_agent.units import MINUTE, SECOND, Attempt
from tests.support import launch_kit as kit
from tests.support.houses import CUE, ROOT, plan
from tests.support.launch_house import CALLER, LEAD, TECH, LaunchHouse, fast_folder
from tests.support.launch_kit import key

COMMANDS = tuple(CAPABILITY.decide)


def reach(house: LaunchHouse, state: CueState) -> None:
    """Walk to a state the way people would."""
    match state:
        case CueState.DRAFT:
            house.give(PlanCue(id=new_id(), plan=plan(k=2)))
        case CueState.PREPARED:
            pass
        case CueState.POLLING:
            house.open()
            house.confirm(CALLER)
        case CueState.HOLD:
            reach(house, CueState.ARMED)
            house.hold()
        case CueState.ARMED:
            house.arm()
        case CueState.EXPIRED:
            reach(house, CueState.ARMED)
            house.move(31 * MINUTE)
        case CueState.COMMITTED:
            reach(house, CueState.ARMED)
            house.press("Ghế 1")
            house.line.deliver_all()
        case CueState.FIRED:
            reach(house, CueState.COMMITTED)
            house.move(LEAD)
        case CueState.ABORTING:
            reach(house, CueState.COMMITTED)
            house.abort()
        case CueState.ABORTED:
            reach(house, CueState.ABORTING)
            house.move(LEAD)
        case CueState.VERIFIED:
            reach(house, CueState.FIRED)
            house.move(121 * SECOND)


@pytest.fixture(params=list(CueState), scope="module")
def house(request: pytest.FixtureRequest):
    with fast_folder() as folder, LaunchHouse(Path(folder)) as made:
        reach(made, request.param)
        assert made.state is request.param
        yield made


def the_command(house: LaunchHouse, kind: type[Command]) -> tuple[Command, Principal]:  # one branch a command
    """A command that would be right if the state were."""
    attempt = house.record.current
    number = attempt.attempt if attempt else Attempt(1)
    warrant = (attempt.warrant if attempt else None) or kit.warrant()
    order = (attempt.order if attempt else None) or kit.order(warrant, signer=kit.commit_key())
    named = {"id": new_id(), "cue": CUE, "attempt": number}
    confirmation = kit.confirmation(
        "tech", "tech-1", plan_hash=house.record.plan_hash, attempt=number, cue=CUE, live=attempt.live if attempt else True
    )
    receipt = house.line.devices[0].receipt(house.key) if attempt else None
    returned = (attempt.returned if attempt else None) or kit.returned(warrant)
    made: dict[type[Command], Command] = {
        PlanCue: PlanCue(id=new_id(), plan=plan(k=2, title="Khác")),
        PrepareCue: PrepareCue(id=new_id(), cue=CUE),
        OpenPolling: OpenPolling(id=new_id(), cue=CUE, live=True),
        HoldCue: HoldCue(**named),
        WaiveSite: WaiveSite(**named, site=ROOT, named="Trưởng ban tổ chức", reason="Đang nối lại"),
        RecordReadiness: RecordReadiness(**named, ready={ROOT: False}, reasons={ROOT: "mất tiếng"}),
        ConfirmArming: ConfirmArming(**named, confirmation=confirmation),
        RecordWarrant: RecordWarrant(id=new_id(), warrant=warrant),
        RecordWarrantRefused: RecordWarrantRefused(**named, detail="không được"),
        RecordHeld: RecordHeld(id=new_id(), held=kit.held(warrant)),
        RecordReturn: RecordReturn(id=new_id(), returned=returned),
        RecordPress: RecordPress(id=new_id(), press=house.signed_press("Ghế 2", warrant), counted=True),
        CommitCue: CommitCue(id=commit_id(order), order=order),
        AbortCue: AbortCue(**named),
        RecordAbort: RecordAbort(**named, abort=None),
        RecordReceipt: RecordReceipt(id=new_id(), receipt=receipt or confirmation),
        PassT0: PassT0(**named),
        CloseReceipts: CloseReceipts(**named),
        EndWindow: EndWindow(**named),
        RecordHolderLost: RecordHolderLost(id=new_id(), warrant=warrant),
        VouchForWarrant: VouchForWarrant(**named, word=kit.vouch_word("tech", "tech-1", warrant)),
        RecordVouch: RecordVouch(id=new_id(), vouch=kit.vouch(warrant)),
        RecordVouchRefused: RecordVouchRefused(**named, detail="không được"),
        RecordOrderSurfaced: RecordOrderSurfaced(id=new_id(), order=order),
    }
    command = made[kind]
    by = TECH if kind in (ConfirmArming, VouchForWarrant) else SYSTEM if Role.SYSTEM in kind.ROLES else CALLER
    return command, by


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_every_state_meets_every_command(house: LaunchHouse, kind: type[Command]):
    command, by = the_command(house, kind)
    before = house.state
    try:
        events = ceremony.decide(house.engine.state, command, Context(now=house.clock.now(), principal=by))
    except Refused as error:
        refused = error
    else:
        refused = None
    if refused is not None:
        assert refused.detail
        assert refused.code != "wrong_state" or not may(before, kind)
        return
    assert may(before, kind), f"{kind.__name__} passed in {before}"
    moves = [event for event in events if isinstance(event, CueMoved)]
    assert len(moves) <= 1
    for move in moves:
        assert (move.before, kind, move.after) in {(m.before, m.on, m.after) for m in MOVES}
    assert moves or before in STAYS.get(kind, ()) or not events


def test_every_command_stands_in_the_table():
    known = {move.on for move in MOVES} | set(STAYS)
    assert known == set(COMMANDS)


def test_every_state_can_be_reached_and_left_but_the_end():
    reached = {CueState.DRAFT} | {move.after for move in MOVES}
    left = {move.before for move in MOVES}
    assert reached == set(CueState)
    assert left == set(CueState)


def test_arming_has_one_door():
    assert [(move.before, move.on) for move in MOVES if move.after is CueState.ARMED] == [(CueState.POLLING, RecordHeld)]


def test_committing_has_one_door():
    assert [(move.before, move.on) for move in MOVES if move.after is CueState.COMMITTED] == [(CueState.ARMED, CommitCue)]


def test_no_arrow_stands_twice():
    arrows = [(move.before, move.on, move.after) for move in MOVES]
    assert len(arrows) == len(set(arrows))


def test_only_the_system_moves_what_the_holder_or_the_clock_decides():
    for kind in (
        RecordHeld,
        RecordReturn,
        CommitCue,
        RecordAbort,
        PassT0,
        CloseReceipts,
        EndWindow,
        RecordWarrant,
        RecordReceipt,
        RecordHolderLost,
        RecordVouch,
        RecordVouchRefused,
        RecordOrderSurfaced,
    ):
        assert {Role.SYSTEM} == kind.ROLES


def test_the_diagram_has_every_arrow():
    drawn = mermaid().splitlines()
    assert drawn[0] == "stateDiagram-v2"
    assert len([line for line in drawn if "-->" in line]) == len(MOVES) + 2


def test_a_repeated_object_of_the_system_is_refused_and_changes_nothing(house: LaunchHouse):
    """What the conductor may tell twice after a crash must not move anything the second time."""
    before = msgspec.json.encode(sorted(str(attempt) for attempt in house.record.attempts))
    for kind in (RecordHeld, RecordWarrant, CommitCue):
        command, by = the_command(house, kind)
        with pytest.raises(Refused):
            ceremony.decide(house.engine.state, command, Context(now=house.clock.now(), principal=by))
    assert msgspec.json.encode(sorted(str(attempt) for attempt in house.record.attempts)) == before
    assert sign(kit.warrant_body(), key("live"))
