from server.media.messages import Fault
from server.media.worker.checks.confirmed import Confirmed
from site_agent.units import Monotonic

SECOND = 1_000_000
ADVICE = Fault("frozen", "Hình đứng yên.", serious=False)
SERIOUS = Fault("b_frames", "Có khung hình B.", serious=True)


def see(confirmed, second, *faults):
    confirmed.see(faults, Monotonic(second * SECOND))
    return [fault.code for fault in confirmed.told()]


def test_a_fault_is_told_once_it_lasted_and_not_when_it_only_flickered():
    confirmed = Confirmed()
    assert see(confirmed, 0, ADVICE) == []
    assert see(confirmed, 1) == []
    assert see(confirmed, 2, ADVICE) == []
    assert see(confirmed, 4, ADVICE) == ["frozen"]


def test_a_fault_is_taken_back_only_after_a_stable_time():
    confirmed = Confirmed()
    see(confirmed, 0, ADVICE)
    see(confirmed, 2, ADVICE)
    assert see(confirmed, 7) == ["frozen"]
    assert see(confirmed, 8) == []


def test_words_follow_what_is_seen_now_and_serious_things_stand_first():
    confirmed = Confirmed()
    for second in (0, 2):
        see(confirmed, second, ADVICE, SERIOUS)
    assert see(confirmed, 3, Fault("frozen", "Hình đứng yên 12 giây.", serious=False)) == ["b_frames", "frozen"]
    assert confirmed.told()[1].words == "Hình đứng yên 12 giây."
    confirmed.forget()
    assert confirmed.told() == ()
