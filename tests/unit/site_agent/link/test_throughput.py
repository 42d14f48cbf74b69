from site_agent.link.throughput import AGAIN_AFTER, DOWN_BYTES, EVERY, MOST_KBPS, MOST_PROBES, UP_BYTES, kbps, next_wait
from site_agent.units import milliseconds


def test_a_slow_line_is_measured_by_what_its_bytes_took_beyond_an_empty_request():
    # 16 KiB at 100 kb/s take 1,311 ms.
    assert kbps(UP_BYTES, milliseconds(1_311 + 120), milliseconds(80), turns=0.5) == 100


def test_a_fast_line_claims_no_more_than_can_be_known():
    assert kbps(DOWN_BYTES, milliseconds(1), milliseconds(1), turns=1) == MOST_KBPS
    assert kbps(DOWN_BYTES, milliseconds(0), milliseconds(0), turns=1) == MOST_KBPS


def test_a_probe_that_was_quicker_than_an_empty_request_is_no_reason_for_nonsense():
    assert 0 < kbps(DOWN_BYTES, milliseconds(200), milliseconds(500), turns=1) <= MOST_KBPS


def test_after_a_slow_result_it_is_asked_again_soon_but_not_for_ever():
    assert next_wait(90, 5_000, 0) == AGAIN_AFTER
    assert next_wait(2_000, 300, 1) == AGAIN_AFTER
    assert next_wait(90, 5_000, 2) == EVERY
    assert next_wait(2_000, 5_000, 0) == EVERY


def test_a_morning_of_probes_is_a_small_part_of_a_villages_data():
    assert MOST_PROBES * (DOWN_BYTES + UP_BYTES) < 0.6 * 1024 * 1024
