from server.conductor.fan_out import FanOut
from site_agent.units import Duration
from tests.support.launch_kit import abort, order, warrant


class Sites:
    def __init__(self, log):
        self.log = log

    def send_order(self, signed):
        self.log.append(("sites", signed))
        return 5

    def send_abort(self, signed):
        self.log.append(("sites", signed))
        return 5

    def reach_p99(self):
        return Duration(7)


class Programme:
    def __init__(self, log, *, broken=False):
        self.log = log
        self.broken = broken

    def send_order(self, signed):
        if self.broken:
            raise RuntimeError("out of order")
        self.log.append(("programme", signed))

    send_abort = send_order


def test_the_sites_come_first_and_the_programme_hears_the_same_bytes_in_the_same_turn():
    log = []
    given = order(warrant())
    fan = FanOut(Sites(log), Programme(log))
    assert fan.send_order(given) == 5
    assert fan.send_abort(abort(given)) == 5
    assert log == [("sites", given), ("programme", given), ("sites", abort(given)), ("programme", abort(given))]
    assert fan.reach_p99() == 7


def test_a_programme_that_is_out_of_order_harms_no_launch():
    log = []
    given = order(warrant())
    fan = FanOut(Sites(log), Programme(log, broken=True))
    assert (fan.send_order(given), fan.send_abort(abort(given))) == (5, 5)
    assert [who for who, _ in log] == ["sites", "sites"]
