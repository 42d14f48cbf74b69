"""`diemcau recording` on a recording that lies there, without server or worker."""

import json
from datetime import datetime

import av
import pytest
from typer.testing import CliRunner

from server.cli import application
from server.media.worker.flow import Segment
from server.media.worker.recording import FOLDER
from server.media.worker.recording_writer import Writer
from server.reports.words import VIETNAM
from site_agent.units import Instant, seconds
from tests.support.clips import AAC, GOOD, PICTURE, TONE, make_clip, units_of
from tests.support.programme_stream import Timeline

MORNING = Instant(round(datetime(2026, 6, 11, 8, 0, tzinfo=VIETNAM).timestamp() * 1_000_000))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Recorded at 08:00:00–08:00:04 and 08:00:30–08:00:34."""
    folder = tmp_path_factory.mktemp("data")
    units = units_of(make_clip(folder / "clip.ts", 4, PICTURE, TONE, *GOOD, *AAC))
    for later in (0, 30):
        writer = Writer(folder / FOLDER)
        writer.open()
        groups: list[list] = []
        for chunk in Timeline(Instant(MORNING + seconds(later))).chunks(units, "primary"):
            if chunk.key:
                groups.append([])
            groups[-1].append(chunk)
        for number, group in enumerate(groups):
            content = b"".join(chunk.data for chunk in group)
            writer.write(Segment("source", number, group[0].captured, seconds(2), content, False, "primary"))
        writer.close()
    return folder


def run(data, *arguments):
    return CliRunner().invoke(application(["recording"]), ["recording", *arguments, "--data", str(data)])


def frames(file):
    with av.open(str(file)) as clip:
        return sum(1 for _ in clip.decode(video=0))


def test_list_tells_stretches_and_gaps(data):
    told = json.loads(run(data, "list", "--json").stdout)
    assert [each["begin"] for each in told["stretches"]] == [MORNING, MORNING + seconds(30)]
    assert told["gaps"] == [{"begin": MORNING + seconds(4), "end": MORNING + seconds(30)}]
    assert "08:00:04–08:00:30 (26 giây)" in run(data, "list").output


def test_an_interval_comes_out_from_the_key_picture_before_it(data, tmp_path):
    out = tmp_path / "part.mp4"
    told = json.loads(run(data, "export", "--from", "08:00:03", "--to", "08:00:04", "--out", str(out), "--json").stdout)
    assert told["begin"] == MORNING + seconds(2)
    assert told["gaps"] == []
    assert frames(out) == 60


def test_everything_comes_out_and_gaps_are_named(data, tmp_path):
    out = tmp_path / "all.mp4"
    done = run(data, "export", "--all", "--out", str(out))
    assert done.exit_code == 0, done.output
    assert "Không có hình: 08:00:04–08:00:30 (26 giây)." in done.output
    assert frames(out) == 240


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--all", "--strict"), "Không có hình"),
        (("--from", "07:00", "--to", "07:30"), "Không ghi được hình nào trong khoảng 07:00:00–07:30:00"),
        (("--all", "--day", "2020-01-01"), "Chưa có bản ghi nào"),
        (("--item", "1"), "Chưa có buổi lễ nào"),
    ],
)
def test_what_cannot_be_had_is_said_and_leaves_no_file(data, tmp_path, arguments, words):
    out = tmp_path / "none.mp4"
    done = run(data, "export", *arguments, "--out", str(out))
    assert done.exit_code == 1
    assert words in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [(), ("--all", "--item", "1"), ("--from", "08:00"), ("--from", "8h", "--to", "09:00"), ("--from", "09:00", "--to", "08:00")],
)
def test_wrong_use_exits_2(data, tmp_path, arguments):
    assert run(data, "export", *arguments, "--out", str(tmp_path / "a.mp4")).exit_code == 2
    assert run(data, "export", "--all", "--out", str(tmp_path / "a.avi")).exit_code == 2
