import pytest

from server.media.clips import AFTER_T0, BEFORE_T0, SETTLED, Clips
from server.media.messages import ClipMade
from site_agent.units import MINUTE, Attempt, CueId, Instant

T0 = Instant(60 * MINUTE)
CUE, FIRST = CueId("launch"), Attempt(1)


@pytest.fixture
def clips(tmp_path):
    return Clips(tmp_path)


def states(clips):
    return [clip.state for clip in clips.all]


def test_a_clip_is_cut_once_its_end_is_recorded(clips):
    clips.want_launch(CUE, FIRST, T0)
    [clip] = clips.all
    assert (clip.begin, clip.end, clip.name) == (T0 - BEFORE_T0, T0 + AFTER_T0, "Phát động, lần 1")
    assert clips.due(Instant(clip.end + SETTLED - 1)) == []
    [cut] = clips.due(Instant(clip.end + SETTLED))
    assert (cut.begin, cut.end, cut.path) == (clip.begin, clip.end, str(clips.path(clip.id)))
    assert clips.due(Instant(clip.end + MINUTE)) == []
    assert states(clips) == ["making"]
    clips.made(ClipMade(id=clip.id, path=cut.path, ok=True))
    assert states(clips) == ["ready"]


def test_what_the_worker_left_when_it_died_is_asked_for_again(clips):
    clip = clips.want(Instant(0), Instant(MINUTE))
    clips.due(Instant(2 * MINUTE))
    clips.interrupted()
    assert [cut.id for cut in clips.due(Instant(2 * MINUTE))] == [clip.id]


def test_a_clip_that_failed_says_why_and_can_be_asked_for_again(clips):
    clip = clips.want(Instant(0), Instant(MINUTE))
    clips.due(Instant(2 * MINUTE))
    clips.made(ClipMade(id=clip.id, path="", ok=False, words="Không có ghi hình"))
    assert [(each.state, each.words) for each in clips.all] == [("failed", "Không có ghi hình")]
    assert clips.want(Instant(0), Instant(MINUTE)).state == "waiting"
    clips.made(ClipMade(id="another", path="", ok=True))
    assert len(clips.all) == 1


def test_an_aborted_launch_has_no_clip(clips):
    clips.want_launch(CUE, FIRST, T0)
    clips.forget_launch(CUE, FIRST)
    assert clips.all == ()


def test_what_was_made_is_found_again_after_a_restart(clips, tmp_path):
    clips.want_launch(CueId("lễ/phát động"), FIRST, T0)
    [launch] = clips.all
    for name in (launch.id, "clip-0-60000000", "clip-none", "private"):
        (tmp_path / f"{name}.mp4").write_bytes(b"mp4")
    again = Clips(tmp_path)
    again.read()
    assert {clip.id for clip in again.all} == {launch.id, "clip-0-60000000"}
    assert set(states(again)) == {"ready"}
    again.want_launch(CueId("lễ/phát động"), FIRST, T0)
    assert states(again) == ["ready", "ready"]


def test_a_launchs_clip_that_was_deleted_stays_away_after_a_restart(clips, tmp_path):
    clips.want_launch(CUE, FIRST, T0)
    [launch] = clips.all
    clips.due(Instant(launch.end + SETTLED))
    assert clips.drop(launch.id) is None  # the worker is cutting it
    clips.path(launch.id).write_bytes(b"mp4")
    clips.made(ClipMade(id=launch.id, path="", ok=True))
    assert clips.drop(launch.id)
    clips.remove(launch.id)
    again = Clips(tmp_path)
    again.read()
    again.want_launch(CUE, FIRST, T0)
    assert (again.all, again.drop(launch.id), clips.path(launch.id).exists()) == ((), None, False)
