import pytest

from server.ceremony.link_health import Power
from server.sites.device_link import FIGURES_KEPT, DeviceLink, Figures
from site_agent.link.messages import Health, Heartbeat, ProbeCount
from site_agent.units import SECOND, Duration, Instant, milliseconds

HEARD = Duration(0)


def beat(**fields):
    return Heartbeat(seq=1, sent_at=Instant(0), **fields)


def counted(link, sent, received, answered):
    probes = ProbeCount(first=0, last=sent - 1, sent=sent, answered=answered)
    link.take(beat(loss=1 - answered / sent, probes=probes), received)
    return link


def test_probes_that_never_arrived_were_lost_on_the_way_up():
    link = counted(DeviceLink(Instant(0)), sent=20, received=15, answered=15)
    assert (link.loss_up, link.loss_down) == (0.25, 0.0)


def test_probes_that_arrived_and_were_not_answered_in_time_were_lost_on_the_way_down():
    link = counted(DeviceLink(Instant(0)), sent=20, received=20, answered=15)
    assert (link.loss_up, link.loss_down) == (0.0, 0.25)


def test_few_probes_say_nothing_of_a_way_and_one_lost_of_forty_stays_below_what_is_told():
    link = counted(DeviceLink(Instant(0)), sent=8, received=7, answered=7)
    assert link.loss_up is None
    for _ in range(4):
        counted(link, sent=8, received=8, answered=8)
    assert link.loss_up == pytest.approx(0.025)
    assert link.sample(HEARD, None).loss_up == link.loss_up


def test_old_counts_are_forgotten():
    link = counted(DeviceLink(Instant(0)), sent=20, received=0, answered=0)
    assert link.loss_down is None
    for _ in range(2):
        counted(link, sent=20, received=20, answered=20)
    assert (link.loss_up, link.loss_down) == (0.0, 0.0)


def test_an_answer_proves_that_its_probe_arrived():
    link = counted(DeviceLink(Instant(0)), sent=20, received=3, answered=20)
    assert link.loss_up == 0.0


def test_over_the_websocket_the_device_tells_the_way_and_what_it_leaves_out_is_none():
    link = DeviceLink(Instant(0))
    link.take(beat(loss=0.1, loss_up=0.1), None)
    assert (link.loss_up, link.loss_down) == (0.1, 0.0)
    link.take(beat(loss=0.0), None)
    assert link.loss_up == pytest.approx(0.07)
    link.take(beat(), None)
    assert link.loss_up == pytest.approx(0.07)


def test_a_throughput_holds_until_the_next_is_measured():
    link = DeviceLink(Instant(0))
    link.take(beat(up_kbps=90), None)
    link.take(beat(), None)
    assert link.sample(HEARD, None).up_kbps == 90


@pytest.mark.parametrize(
    ("health", "power"),
    [
        (Health(), Power.UNKNOWN),
        (Health(charging=True), Power.MAINS),
        (Health(charging=False, battery=0.4), Power.BATTERY),
        (Health(charging=True, on_generator=True), Power.GENERATOR),
    ],
)
def test_what_feeds_a_device(health, power):
    link = DeviceLink(Instant(0))
    link.take(beat(health=health), None)
    assert link.power is power


def test_the_last_figures_are_kept_in_a_few_bytes():
    figures = Figures(Instant(1_000_000))
    link = DeviceLink(Instant(0))
    for second in range(0, 10 * (FIGURES_KEPT + 5), 10):
        link.take(beat(round_trip=milliseconds(40 + second), loss=0.05), None)
        figures.add(link, Instant(1_000_000 + second * SECOND))
    link.round_trip = link.loss_up = None
    figures.add(link, Instant(1_000_000 + 700 * SECOND))
    rows = figures.rows()
    assert len(rows) == FIGURES_KEPT
    assert rows[-1].round_trip is None
    assert rows[-1].loss_up is None
    assert rows[-1].at == Instant(701_000_000)
    assert rows[-2].round_trip == milliseconds(40 + 640)
