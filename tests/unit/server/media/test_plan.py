"""What the worker is told, as a function of the ceremony."""

import re

import msgspec

from server.ceremony.programme import ImportProgramme, Item, ItemKind, StartItem
from server.ceremony.relay_plan import Moment, Platform, RelayAccess
from server.ceremony.relays import AddRelay, StartRelay
from server.ceremony.sources import (
    CalibrateSource,
    ConfigureSource,
    PictureSize,
    RotateSourceKey,
    SetMediaProfile,
    SourceAddress,
    SourceKind,
    SourceName,
    SwitchRecording,
    SwitchSource,
)
from server.endpoints.tokens import LinkKeys
from server.engine.ids import new_id
from server.media.messages import MediaPlan
from server.media.plan import EFFECT, WINDOW, Ports, abort_mark, media_plan, order_mark, standing, stream_key
from site_agent.launch.objects import Abort, Order
from site_agent.launch.signed import Signed, read
from site_agent.units import MINUTE, Duration
from tests.support.houses import HouseClock, small_engine
from tests.support.launch_kit import CEREMONY, abort, order, warrant

PORTS = Ports("127.0.0.1", 8890)


def key_of(source, generation):
    return f"khoa-{source}-{generation}"


def plan_of(engine, ports=PORTS):
    return media_plan(engine.state, key_of, ports)


def sources(plan):
    return {source.name: source for source in plan.sources}


def test_a_fresh_ceremony_waits_for_two_srt_sources_and_records():
    plan = plan_of(small_engine(HouseClock(), 1))
    primary, backup = plan.sources
    assert [(each.name, each.kind, each.key, each.port) for each in (primary, backup)] == [
        ("primary", "srt", "khoa-primary-0", 8890),
        ("backup", "srt", "khoa-backup-0", 8891),
    ]
    assert (plan.profile.width, plan.profile.height, plan.recording, plan.wanted_source) == (1280, 720, True, None)
    assert plan.title == "Lễ phát động"
    assert [source.port for source in plan_of(small_engine(HouseClock(), 1), Ports("127.0.0.1", 0)).sources] == [0, 0]


def test_the_plan_follows_what_people_set():
    engine = small_engine(HouseClock(), 1)
    engine.give(
        ConfigureSource(
            id=new_id(), source=SourceName.BACKUP, source_kind=SourceKind.PULL, address=SourceAddress("rtsp://u:p@192.0.2.7/a")
        ),
        RotateSourceKey(id=new_id(), source=SourceName.PRIMARY),
        SwitchSource(id=new_id(), to=SourceName.SLATE),
        CalibrateSource(id=new_id(), source=SourceName.PRIMARY, offset=Duration(-250_000)),
        SetMediaProfile(id=new_id(), size=PictureSize.FULL_HD, kbps=5_000),
        SwitchRecording(id=new_id(), on=False),
    )
    plan = plan_of(engine)
    assert sources(plan)["backup"].url == "rtsp://u:p@192.0.2.7/a"
    assert (sources(plan)["primary"].key, sources(plan)["primary"].capture_offset) == ("khoa-primary-1", -250_000)
    assert (plan.wanted_source, plan.recording) == ("slate", False)
    assert (plan.profile.width, plan.profile.height, plan.profile.video_kbps) == (1920, 1080, 5_000)
    assert "u:p" not in repr(plan)


def test_rtmp_is_pulled_from_the_server_that_takes_it_in_under_its_key():
    engine = small_engine(HouseClock(), 1)
    engine.give(ConfigureSource(id=new_id(), source=SourceName.PRIMARY, source_kind=SourceKind.RTMP))
    plan = plan_of(engine, Ports("127.0.0.1", 8890, "rtmp://127.0.0.1/live/"))
    assert sources(plan)["primary"].url == "rtmp://127.0.0.1/live/khoa-primary-0"
    assert sources(plan_of(engine))["primary"].url == ""


def test_relays_are_told_with_their_key_and_whether_they_are_wanted():
    engine = small_engine(HouseClock(), 1)
    item = Item(id="item-1", start=Duration(0), end=Duration(MINUTE), title="Mở đầu", owner="", kind=ItemKind.SPEECH)
    access = RelayAccess("rtmp://phat.test/live", "khoa")
    engine.give(
        ImportProgramme(id=new_id(), items=(item,)),
        AddRelay(id=new_id(), name="A", platform=Platform.CUSTOM, access=access, start=Moment(item="item-1")),
        AddRelay(id=new_id(), name="B", platform=Platform.CUSTOM, access=access),
    )
    first, second = engine.state.relays.relays
    assert [relay.wanted for relay in plan_of(engine).relays] == [False, False]
    engine.give(StartItem(id=new_id(), item="item-1"))
    engine.give(StartRelay(id=new_id(), relay=second))
    assert [(relay.id, relay.key, relay.wanted) for relay in plan_of(engine).relays] == [
        (first, "khoa", True),
        (second, "khoa", True),
    ]
    assert "khoa" not in repr(plan_of(engine).relays)


def test_a_plan_survives_the_way_to_the_worker():
    plan = plan_of(small_engine(HouseClock(), 1))
    assert msgspec.json.decode(msgspec.json.encode(plan), type=MediaPlan) == plan


def test_a_stream_key_is_derived_typed_by_hand_and_another_for_each_source_and_generation():
    keys = LinkKeys(b"m" * 32, CEREMONY)
    made = {stream_key(keys.secret_for("media_source", source, generation)) for source in SourceName for generation in range(3)}
    assert len(made) == 9
    assert all(re.fullmatch(r"[a-z2-7]{26}", each) for each in made)
    assert stream_key(keys.secret_for("media_source", SourceName.PRIMARY, 0)) in made


# ---- marks


def test_an_abort_stands_at_the_t0_that_it_takes_back():
    given = order(warrant())
    t0 = read(given, Order).t0
    mark = order_mark(given)
    assert (mark.id, mark.at, mark.duration) == ("launch.1.order", t0, EFFECT)
    assert msgspec.json.decode(mark.signed, type=Signed) == given
    taken_back = abort(given)
    assert (abort_mark(taken_back, given).id, abort_mark(taken_back, given).at) == ("launch.1.abort", t0)
    assert abort_mark(taken_back, None).at == read(taken_back, Abort).aborted_at


def test_a_mark_leaves_with_the_window_of_the_playlists():
    given = order(warrant())
    marks = {"a": order_mark(given)}
    end = marks["a"].at + EFFECT + WINDOW
    assert standing(marks, end) == marks
    assert standing(marks, end + 1) == {}
