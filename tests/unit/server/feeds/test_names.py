"""Names of those who closed or waived reach the staff, and no page of a host or a leader."""

import msgspec

from server.ceremony.attendance import CloseFigures, ReportHeadCount
from server.ceremony.cue import OpenPolling, PlanCue, PrepareCue, WaiveSite
from server.ceremony.rules import Principal, Role
from server.engine.ids import new_id
from server.feeds.authorise import FEEDS, may_read
from server.feeds.hub import FeedHub
from server.feeds.telemetry_port import ReadyCount
from site_agent.units import Attempt
from tests.support.houses import CUE, ROOT, HouseClock, code, plan, small_engine

CALLER = Principal(role=Role.CALLER, seat="caller-1")
DESK = Principal(role=Role.DESK, seat="desk-1")


class NobodyConnected:
    def connected_devices(self, site):
        return set()

    def link(self, site):
        return None

    def readiness(self, cue, attempt):
        return ReadyCount()

    def on_change(self, devices, readiness):
        pass


def test_only_the_staff_read_who_waived_and_who_closed():
    clock = HouseClock()
    engine = small_engine(clock)
    hub = FeedHub(engine, clock, NobodyConnected())
    engine.give(
        PlanCue(id=new_id(), plan=plan()),
        PrepareCue(id=new_id(), cue=CUE),
        OpenPolling(id=new_id(), cue=CUE, live=False),
        WaiveSite(id=new_id(), cue=CUE, attempt=Attempt(1), site=ROOT, named="Người đồng ý", reason="Mất điện"),
        by=CALLER,
    )
    engine.give(ReportHeadCount(id=new_id(), site=code(1), counts={"unsorted": 30}), by=DESK)
    engine.give(CloseFigures(id=new_id(), closed_by="Người chốt"), by=DESK)

    names = hub.read("names")["names"]
    assert (names.closed_by, names.waived) == ("Người chốt", {CUE: {ROOT: "Người đồng ý"}})
    hosts = [
        Principal(role=Role.HOST, site=code(1)),
        Principal(role=Role.PRESSER, seat="Ghế 1"),
        Principal(role=Role.MC, seat="mc-1"),
    ]
    for principal in hosts:
        read = [feed for feed in FEEDS if may_read(principal, feed, ())]
        assert "ceremony" in read
        for feed in read:
            told = msgspec.json.encode(list(hub.read(feed).items())).decode()
            assert "Người đồng ý" not in told, feed
            assert "Người chốt" not in told, feed
    assert hub.read("ceremony")[f"cue:{CUE}"].required[0].waived_by == "tổng đạo diễn caller-1"
