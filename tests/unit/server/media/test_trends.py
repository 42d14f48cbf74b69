from server.media.messages import Measured, OutputStatus, RecordingStatus, SourceStatus, Status
from server.media.trends import EVERY, MOST, Trends
from site_agent.units import SECOND, Instant

ZERO = Instant(1_795_312_800 * SECOND)


def report(at: int, state: str = "receiving", **measured: float) -> Status:
    sources = (
        SourceStatus("primary", state, ZERO, measured=Measured(**measured)),  # type: ignore[arg-type]
        SourceStatus("slate", "receiving", ZERO),
    )
    now = Instant(ZERO + at * SECOND)
    return Status(now, 1, sources, OutputStatus("primary", ZERO), (), RecordingStatus("off", ZERO))


def test_a_sample_is_kept_every_few_seconds_and_the_oldest_let_go():
    trends = Trends()
    for second in range(MOST * 5 + 60):
        trends.take(report(second, video_kbps=3_000.4, loudness_lufs=-20.06))
    kept = trends.of_all()
    assert list(kept) == ["primary"]
    at = kept["primary"].at
    assert (len(at), at[-1] - at[0]) == (MOST, (MOST - 1) * EVERY // SECOND)
    assert (kept["primary"].video_kbps[-1], kept["primary"].loudness_lufs[-1]) == (3_000, -20.1)
    assert kept["primary"].link_lost_percent[-1] is None


def test_while_nothing_is_received_there_is_a_gap():
    trends = Trends()
    trends.take(report(0, video_kbps=3_000.0))
    trends.take(report(5, "stalled", video_kbps=3_000.0))
    assert trends.of_all()["primary"].video_kbps == [3_000, None]


def test_a_clock_that_was_set_back_starts_no_pause():
    trends = Trends()
    trends.take(report(600))
    trends.take(report(0))
    assert len(trends.of_all()["primary"].at) == 2
