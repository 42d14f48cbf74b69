import errno
import io
import json

import structlog

from server.observe.logs import configure, hide_secrets

TOKEN = "dc1.aG9zdDoxNzMyOQ.0.AAAAAAAAAAAAAAAAAAAAAA"


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object_that_says_its_part_and_what_it_is_about(capsys):
    configure("info", as_json=True)
    structlog.get_logger("sites").info("session open", site="17329")
    structlog.get_logger("sites").debug("too small")
    (line,) = lines(capsys)
    assert (line["part"], line["event"], line["site"], line["level"]) == ("sites", "session open", "17329", "info")


def test_tokens_are_hidden_in_fields_and_inside_words(capsys):
    configure("info", as_json=True)
    structlog.get_logger("x").info(f"opened {TOKEN}", token="anything", url=f"https://cau/enter#{TOKEN}", kept="dc1 is a word")
    text = json.dumps(lines(capsys)[0])
    assert "AAAAAAAAAAAA" not in text
    assert "anything" not in text
    assert "dc1 is a word" in text


def test_tokens_are_hidden_in_tracebacks_too(capsys):
    configure("info", as_json=True)
    try:
        int(TOKEN)
    except ValueError:
        structlog.get_logger("x").exception("failed")
    (line,) = lines(capsys)
    assert "ValueError" in line["exception"]
    assert "AAAAAAAAAAAA" not in line["exception"]


def test_on_a_terminal_secrets_are_hidden_as_well(capsys):
    configure("info", as_json=False)
    structlog.get_logger("x").info("session", token=TOKEN, cookie="abc123")
    told = capsys.readouterr().err
    assert "session" in told
    assert "AAAAAAAAAAAA" not in told
    assert "abc123" not in told
    configure("warning", as_json=True)


def test_hiding_leaves_other_things_as_they_are():
    event = {"event": "x", "count": 3, "site": "1"}
    assert hide_secrets(None, "info", dict(event)) == event


class FullDisk(io.StringIO):
    """Standard error sent to a file on a full disk."""

    def flush(self):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_cannot_be_written_is_lost_and_stops_nothing(monkeypatch):
    configure("info", as_json=True)
    monkeypatch.setattr("sys.stderr", FullDisk())
    structlog.get_logger("engine").warning("journal unwritable")
