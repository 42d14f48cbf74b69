import asyncio
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.ceremony.access import EnrolDevice, GrantSites, RevokeLink
from server.ceremony.attendance import CheckIn, CloseFigures, DeclareChair, ReportHeadCount
from server.ceremony.cue import CueMoved, CueState, PressRecorded, ReceiptRecorded
from server.ceremony.link_health import Grade, GradeChange, RecordGrades, SuspectSelf
from server.ceremony.rules import PersonalFields, Refused, Role
from server.engine.ids import new_id
from server.feeds.authorise import FeedRefused
from server.feeds.hub import FeedHub
from server.feeds.telemetry_port import ReadyCount
from server.sockets import Socket
from site_agent.launch.objects import Part
from site_agent.launch.signed import Signed
from site_agent.units import Attempt, DeviceId, Duration, KeyId, SeatName
from tests.support.houses import CUE, ROOT, HouseClock, Wire, code, enrol, host, person, planned, roster_command, small_engine
from tests.support.launch_kit import key as device_key

TECH = person(Role.TECH)
FEEDS = ("ceremony", "sites", "rollups", "public")
NO_SIGNATURE = Signed(body="", key=KeyId(""), sig="")


class Telemetry:
    """The live side, moved by the test."""

    def __init__(self):
        self.connected = {}
        self.count = ReadyCount()
        self.devices_changed = self.readiness_changed = None

    def connected_devices(self, site):
        return self.connected.get(site, set())

    def link(self, site):
        return None

    def readiness(self, cue, attempt):
        return self.count

    def on_change(self, devices, readiness):
        self.devices_changed, self.readiness_changed = devices, readiness


class Page:
    """A page as the JavaScript client is: rows by feed, a gap asks for a snapshot."""

    def __init__(self, hub, principal, *feeds):
        self.hub, self.principal = hub, principal
        self.wire = Wire()
        self.socket = Socket(self.wire, "feed", 10_000_000)
        self.rows, self.at, self.problems = {}, {}, []
        for feed in feeds:
            hub.subscribe(feed, principal, self.socket)
        self.read()

    def read(self):
        messages = self.wire.messages()
        for message in messages:
            if "feed" not in message:
                continue
            if "problem" in message:
                self.problems.append((message["feed"], message["problem"]["code"]))
            elif "snapshot" in message:
                self.rows[message["feed"]] = dict(message["snapshot"])
                self.at[message["feed"]] = (message["feed_id"], message["offset"])
            else:
                self._change(message)
        return messages

    def _change(self, message):
        feed_id, offset = self.at[message["feed"]]
        assert (message["feed_id"], message["offset"]) == (feed_id, offset + 1)
        self.at[message["feed"]] = (feed_id, offset + 1)
        rows = self.rows[message["feed"]]
        for key, row in message["changes"]:
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = row


@pytest.fixture
def clock():
    return HouseClock()


@pytest.fixture
def engine(clock):
    return small_engine(clock)


@pytest.fixture
def telemetry():
    return Telemetry()


@pytest.fixture
def hub(engine, clock, telemetry):
    return FeedHub(engine, clock, telemetry)


def as_json(rows):
    return json.loads(msgspec.json.encode(rows))


def check_in(site):
    return CheckIn(id=new_id(), site=site)


def head_count(site, number, **more):
    return ReportHeadCount(id=new_id(), site=site, counts={"officials": number}, reason="đếm lại", confirmed_unusual=True, **more)


def grades(*changes):
    return RecordGrades(id=new_id(), changes=tuple(GradeChange(site, grade) for site, grade in changes))


def moved(clock, before, after, attempt=1, live=True):
    return CueMoved(cue=CUE, attempt=Attempt(attempt), live=live, before=before, after=after, at=clock.now())


def receipt(clock, site, device, attempt=1, outcome="fired"):
    return ReceiptRecorded(
        cue=CUE,
        attempt=Attempt(attempt),
        site=site,
        device=DeviceId(device),
        outcome=outcome,
        target=clock.now(),
        actual=clock.now(),
        clock_bound=Duration(1000),
        receipt=NO_SIGNATURE,
    )


# ---- rows


def test_a_check_in_and_a_number_change_the_site_its_sums_and_the_public_figure_only(hub, engine):
    page = Page(hub, TECH, *FEEDS)
    engine.give(check_in(code(1)), head_count(code(1), 33))
    hub.flush()
    changed = {message["feed"]: [key for key, _ in message["changes"]] for message in page.read()}
    assert changed == {
        "sites": [code(1)],
        "ceremony": ["totals"],
        "public": ["info"],
        "rollups": ["all", "group:Cụm 2", "level:commune"],
    }
    assert page.rows["sites"][code(1)]["present"] == 33
    assert page.rows["ceremony"]["totals"]["present"] == page.rows["public"]["info"]["present"] == 33
    assert page.rows["rollups"]["group:Cụm 2"]["reported"] == 1


def test_the_rows_follow_the_roster_order_and_every_grade_is_counted(hub, engine):
    engine.give(grades((code(1), Grade.UP), (code(2), Grade.DOWN)))
    totals = hub.read("ceremony")["totals"]
    assert list(hub.read("sites")) == [ROOT, *(code(n) for n in range(1, 5))]
    assert totals.by_grade == {**dict.fromkeys(Grade, 0), Grade.UP: 1, Grade.DOWN: 1, Grade.NEVER_SEEN: 3}
    assert (totals.connected, totals.sites, totals.expected) == (1, 5, 420)


def test_a_substitute_chair_and_the_last_contact_are_shown(hub, engine):
    engine.give(
        CheckIn(id=new_id(), site=code(1), contact=PersonalFields(name="Họ và tên", phone="0900 000 000")),
        DeclareChair(
            id=new_id(), site=code(1), as_planned=False, substitute=PersonalFields(name="Họ và tên", title="Phó Chủ tịch")
        ),
    )
    row = hub.read("sites")[code(1)]
    assert (row.contact_name, row.contact_phone) == ("Họ và tên", "0900 000 000")
    assert (row.chair_as_planned, row.chair_name) == (False, "Phó Chủ tịch Họ và tên")


def test_a_number_after_the_closing_is_marked_until_the_next_closing(hub, engine, clock):
    engine.give(head_count(code(1), 30), CloseFigures(id=new_id(), closed_by="Giám đốc Sở"))
    clock.move(1_000_000)
    engine.give(head_count(code(2), 20))
    assert hub.read("sites")[code(2)].after_close
    clock.move(1_000_000)
    engine.give(CloseFigures(id=new_id(), closed_by="Giám đốc Sở"))
    assert not hub.read("sites")[code(2)].after_close
    assert hub.read("ceremony")["info"].closed_version == 2


def test_lamps_light_by_receipts_of_the_current_attempt_and_a_new_attempt_is_dark(hub, engine, clock):
    screen = enrol(engine, code(1), "screen-1")
    engine.publish(planned(), moved(clock, CueState.PREPARED, CueState.POLLING))
    engine.publish(receipt(clock, code(1), screen.id))
    assert hub.read("sites")[code(1)].lit
    assert hub.read("public")["group:Cụm 2"].lit == hub.read("public")["launch"].lit == 1
    engine.publish(moved(clock, CueState.ABORTED, CueState.POLLING, attempt=2))
    assert not hub.read("sites")[code(1)].lit
    assert "group:Cụm 2" not in hub.read("public")
    engine.publish(receipt(clock, code(1), screen.id, attempt=1))
    assert not hub.read("sites")[code(1)].lit
    assert hub.read("ceremony")[f"cue:{CUE}"].fired_sites == 0


def test_a_receipt_that_says_too_late_lights_nothing(hub, engine, clock):
    screen = enrol(engine, code(1), "screen-1")
    engine.publish(planned(), moved(clock, CueState.PREPARED, CueState.POLLING))
    engine.publish(receipt(clock, code(1), screen.id, outcome="too_late"))
    assert not hub.read("sites")[code(1)].lit
    assert hub.read("ceremony")[f"cue:{CUE}"].receipts == 1


def test_the_public_sees_touches_while_armed_and_never_a_failure(hub, engine, clock):
    engine.publish(planned(), moved(clock, CueState.PREPARED, CueState.POLLING))
    engine.publish(moved(clock, CueState.POLLING, CueState.ARMED))
    pressed = PressRecorded(
        cue=CUE, attempt=Attempt(1), seat=SeatName("Ghế 1"), substitute_for=None, counted=True, pressed_at=clock.now()
    )
    engine.publish(pressed)
    assert (hub.read("public")["launch"].state, hub.read("public")["launch"].touched) == (CueState.ARMED, 1)
    told = []
    for after in (CueState.HOLD, CueState.EXPIRED, CueState.ABORTING, CueState.ABORTED):
        engine.publish(moved(clock, CueState.ARMED, after))
        row = hub.read("public")["launch"]
        told.append((row.state, row.touched, row.t0))
    assert {state for state, _, _ in told} == {CueState.PREPARED, CueState.POLLING}
    assert {(touched, t0) for _, touched, t0 in told} == {(0, None)}


def test_the_public_feed_has_no_denominators_and_no_names_of_the_missing(hub, engine):
    engine.give(grades((code(1), Grade.UP), (code(2), Grade.DOWN)))
    told = msgspec.json.encode(hub.read("public")).decode()
    assert "expected" not in told
    assert "down" not in told
    assert '"sites"' not in told
    assert "Xã 2" not in told


def test_counts_of_readiness_change_the_cue_row_without_an_event(hub, engine, telemetry, clock):
    engine.publish(planned(), moved(clock, CueState.PREPARED, CueState.POLLING))
    telemetry.count = ReadyCount(ready=3, of=4, loaded=2)
    telemetry.readiness_changed(CUE)
    row = hub.read("ceremony")[f"cue:{CUE}"]
    assert (row.ready_count, row.ready_of, row.loaded) == (3, 4, 2)


def test_a_leaders_page_that_opens_after_the_plan_gives_its_seat_a_device_at_once(hub, engine, clock):
    engine.publish(planned(), moved(clock, CueState.PREPARED, CueState.POLLING))
    before = [seat.seat for seat in hub.read("ceremony")[f"cue:{CUE}"].seats if seat.device is None]
    seat, signer = before[0], device_key("a leader's tablet")
    opened = EnrolDevice(id=new_id(), public_key=signer.public, device_kind="page", name="Trình duyệt", part=Part.SEAT)
    engine.give(opened, by=person(Role.PRESSER, seat))
    after = {each.seat: each.device for each in hub.read("ceremony")[f"cue:{CUE}"].seats}
    assert after[seat] == signer.id


def test_the_engines_word_on_its_journal_reaches_every_page_at_once(hub, engine):
    page = Page(hub, host(code(1)), "ceremony")
    engine.tell_problem("Ổ đĩa đầy.")
    page.read()
    assert page.rows["ceremony"]["info"]["journal_problem"] == "Ổ đĩa đầy."
    engine.tell_problem("")
    page.read()
    assert page.rows["ceremony"]["info"]["journal_problem"] == ""


def test_self_suspicion_is_told_in_words(hub, engine):
    engine.give(SuspectSelf(id=new_id(), suspect=True, stale=140, connected_before=400))
    info = hub.read("ceremony")["info"]
    assert info.suspect
    assert "140 trên 400" in info.suspect_detail


# ---- who may see what


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        (person(Role.ADMIN), {"ceremony", "sites", "rollups", "public", "site:17001", "site:17002"}),
        (person(Role.TECH), {"ceremony", "sites", "rollups", "public", "site:17001", "site:17002"}),
        (person(Role.DESK), {"ceremony", "sites", "rollups", "public", "site:17001", "site:17002"}),
        (person(Role.CALLER), {"ceremony", "sites", "rollups", "public", "site:17001", "site:17002"}),
        (person(Role.MC), {"ceremony", "rollups", "public"}),
        (person(Role.PRESSER), {"ceremony", "public"}),
        (host(code(1)), {"ceremony", "public", "site:17001"}),
        (person(Role.VIEWER), {"public"}),
        (person(Role.SYSTEM), set()),
    ],
)
def test_each_role_reads_its_feeds_and_no_other(hub, principal, allowed):
    every = (*FEEDS, "site:17001", "site:17002", "site:", "nothing", "")
    got = set()
    for feed in every:
        wire = Wire()
        try:
            hub.subscribe(feed, principal, Socket(wire, "feed", 1_000_000))
            got.add(feed)
        except FeedRefused:
            assert wire.frames == []
    assert got == allowed


def test_a_host_reads_a_granted_site_until_the_grant_is_taken_away(hub, engine):
    lead = host(code(1))
    with pytest.raises(FeedRefused):
        hub.subscribe("site:17002", lead, Socket(Wire(), "feed", 1_000_000))
    engine.give(GrantSites(id=new_id(), site=code(1), others=(code(2),)))
    page = Page(hub, lead, "site:17001", "site:17002")
    engine.give(GrantSites(id=new_id(), site=code(1), others=()))
    page.read()
    assert page.problems == [("site:17002", "forbidden")]
    engine.give(check_in(code(1)), check_in(code(2)))
    hub.flush()
    assert {message["feed"] for message in page.read()} == {"site:17001"}


def test_a_host_sees_the_sites_it_was_granted_and_no_longer_those_taken_away(hub, engine):
    engine.give(GrantSites(id=new_id(), site=code(1), others=(code(2),)))
    [(granted, _)] = hub.read("site:17001")["mine"].others
    assert granted == code(2)
    engine.give(GrantSites(id=new_id(), site=code(1), others=()))
    assert hub.read("site:17001")["mine"].others == ()


async def test_revoking_a_link_closes_its_pages_and_nobody_elses(hub, engine):
    mine, other = Page(hub, host(code(1)), "ceremony"), Page(hub, host(code(2)), "ceremony")
    engine.give(RevokeLink(id=new_id(), subject=f"host:{code(1)}", reason="lộ liên kết"))
    engine.tell_problem("Không ghi được nhật ký.")
    hub.flush()
    assert mine.socket.closing
    assert mine.read() == []
    assert not other.socket.closing
    assert [message["feed"] for message in other.read()] == ["ceremony"]


# ---- subscriptions


def test_a_client_that_was_away_goes_on_where_it_was(hub, engine):
    page = Page(hub, TECH, "sites")
    feed_id, offset = page.at["sites"]
    hub.leave(page.socket)
    for number in (1, 2):
        engine.give(check_in(code(number)))
        hub.flush()
    back = Page(hub, TECH)
    hub.subscribe("sites", TECH, back.socket, feed_id, offset)
    messages = back.wire.messages()
    assert [message.get("offset") for message in messages] == [offset + 1, offset + 2, None]
    assert "snapshot" not in messages[0]
    hub.subscribe("sites", TECH, back.socket, feed_id, offset + 99)
    assert "snapshot" in back.wire.messages()[0]


def test_a_subscription_sees_what_waits_for_the_tick_in_its_snapshot_and_not_again(hub, engine):
    early = Page(hub, TECH, "sites")
    engine.give(check_in(code(1)))
    late = Page(hub, TECH, "sites")
    hub.flush()
    assert early.read()[0]["offset"] == late.at["sites"][1] == 1
    assert late.read() == []
    assert late.rows == early.rows


def test_nobody_is_told_after_unsubscribing_and_an_unwatched_sites_feed_is_forgotten(hub, engine):
    page = Page(hub, host(code(1)), "site:17001")
    first_id = page.at["site:17001"][0]
    hub.unsubscribe("site:17001", page.socket)
    engine.give(check_in(code(1)))
    hub.flush()
    assert page.read() == []
    again = Page(hub, host(code(1)), "site:17001")
    assert again.at["site:17001"][0] != first_id
    assert again.rows["site:17001"]["site"]["checked_in_at"] is not None


def test_a_host_sees_its_history_and_which_of_its_devices_are_connected(hub, engine, telemetry):
    signer = enrol(engine, code(1), "phone", part=Part.COMPANION)
    page = Page(hub, host(code(1)), "site:17001")
    telemetry.connected[code(1)] = {DeviceId(signer.id)}
    telemetry.devices_changed(code(1))
    engine.give(head_count(code(1), 31), head_count(code(1), 33), by=host(code(1)))
    hub.flush()
    page.read()
    mine = page.rows["site:17001"]["mine"]
    assert [(by, total) for _, by, total in mine["history"]] == [("host", 33), ("host", 31)]
    assert [(device["name"], device["connected"]) for device in mine["devices"]] == [("phone", True)]


async def test_busy_feeds_wait_for_their_tick_and_the_launch_does_not(hub, engine, clock):
    page = Page(hub, TECH, "sites", "ceremony")
    engine.give(check_in(code(1)))
    await asyncio.sleep(0.01)
    assert {message["feed"] for message in page.read()} == {"sites", "ceremony"}
    engine.give(check_in(code(2)))
    await asyncio.sleep(0.01)
    assert page.read() == []
    engine.publish(planned(), moved(clock, CueState.PREPARED, CueState.POLLING))
    assert [key for key, _ in page.read()[0]["changes"]] == ["totals", f"cue:{CUE}"]


def test_every_page_hears_the_time_as_a_sign_of_life(hub, clock):
    page = Page(hub, person(Role.VIEWER), "public")
    hub.say_life()
    assert page.read() == [{"now": clock.now()}]


# ---- the property

operations = st.one_of(
    st.tuples(st.just("check_in"), st.integers(1, 4)),
    st.tuples(st.just("count"), st.integers(1, 4), st.integers(0, 40)),
    st.tuples(st.just("grade"), st.integers(1, 4), st.sampled_from(list(Grade))),
    st.tuples(st.just("roster"), st.integers(3, 6)),
    st.tuples(st.just("close")),
    st.tuples(st.just("poll")),
    st.tuples(st.just("fire"), st.integers(1, 4)),
    st.tuples(st.just("connect"), st.integers(1, 4)),
    st.tuples(st.just("suspect"), st.booleans()),
    st.tuples(st.just("problem"), st.sampled_from(["", "Ổ đĩa đầy."])),
    st.tuples(st.just("flush")),
    st.tuples(st.just("join")),
)


class World:
    """Applies operations to a house and its pages."""

    def __init__(self):
        self.clock = HouseClock()
        self.engine = small_engine(self.clock)
        self.screens = {n: enrol(self.engine, code(n), f"screen-{n}").id for n in range(1, 5)}
        self.engine.publish(planned())
        self.telemetry = Telemetry()
        self.hub = FeedHub(self.engine, self.clock, self.telemetry)
        self.attempt = 0
        self.pages = [self.page()]

    def page(self):
        return Page(self.hub, TECH, *FEEDS, "site:17001")

    def apply(self, operation):
        self.clock.move(1_000_000)
        try:
            getattr(self, operation[0])(*operation[1:])
        except Refused:
            pass

    def check_in(self, n):
        self.engine.give(check_in(code(n)))

    def count(self, n, number):
        self.engine.give(head_count(code(n), number))

    def grade(self, n, grade):
        self.engine.give(grades((code(n), grade)))

    def roster(self, sites):
        self.engine.give(roster_command(sites))

    def close(self):
        self.engine.give(CloseFigures(id=new_id(), closed_by="Giám đốc Sở"))

    def poll(self):
        self.attempt += 1
        self.engine.publish(moved(self.clock, CueState.ABORTED, CueState.POLLING, attempt=self.attempt))

    def fire(self, n):
        if self.attempt:
            self.engine.publish(receipt(self.clock, code(n), self.screens[n], attempt=self.attempt))

    def connect(self, n):
        self.telemetry.connected[code(n)] = {DeviceId(self.screens[n])}
        self.telemetry.devices_changed(code(n))

    def suspect(self, suspect):
        self.engine.give(SuspectSelf(id=new_id(), suspect=suspect, stale=9, connected_before=12))

    def problem(self, words):
        self.engine.tell_problem(words)

    def flush(self):
        self.hub.flush()

    def join(self):
        self.pages.append(self.page())


@settings(max_examples=60, deadline=None)
@given(st.lists(operations, max_size=25))
def test_a_snapshot_and_all_changes_are_a_fresh_snapshot_whatever_happened(history):
    world = World()
    for operation in history:
        world.apply(operation)
    world.hub.flush()
    fresh = FeedHub(world.engine, world.clock, world.telemetry)
    for page in world.pages:
        page.read()
        for feed in FEEDS:
            assert page.rows[feed] == as_json(world.hub.read(feed)) == as_json(fresh.read(feed))
        if code(1) in world.engine.state.roster.sites:
            assert page.rows["site:17001"] == as_json(fresh.read("site:17001"))
