import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from site_agent.outputs.base import Done, Occasion, Output, Phase
from site_agent.outputs.command import CommandOutput, start_delay_ns
from site_agent.outputs.url import UrlOutput

OCCASION = Occasion(live=True, cue="launch", attempt=2, t0=1_749_607_200_000_000, phase=Phase.FIRE)


def run(output):
    done = output.start(OCCASION).done.result(timeout=20)
    output.close()
    return done


def test_a_command_is_told_of_the_launch(tmp_path):
    told = tmp_path / "told"
    script = f"import os; open({str(told)!r}, 'w').write(' '.join(os.environ['DIEMCAU_' + n] for n in ('LIVE', 'CUE', 'ATTEMPT', 'PHASE', 'T0')))"
    done = run(CommandOutput("den", (sys.executable, "-c", script), delay_ms=0))
    assert done.ok
    assert done.raw is not None
    assert told.read_text() == "1 launch 2 fire 1749607200000000"


def test_a_command_is_not_told_the_link_of_the_agent(monkeypatch):
    monkeypatch.setenv("DIEMCAU_AGENT_CODE", "secret")
    script = "import os, sys; sys.exit('DIEMCAU_AGENT_CODE' in os.environ)"
    assert run(CommandOutput("den", (sys.executable, "-c", script), delay_ms=0)).ok


def test_a_command_that_fails_says_so():
    done = run(CommandOutput("den", ("/bin/sh", "-c", "echo hong >&2; exit 3"), delay_ms=0))
    assert (done.ok, done.detail) == (False, "ended with 3 hong")


def test_a_command_that_hangs_is_killed():
    done = run(CommandOutput("den", ("sleep", "60"), delay_ms=0, timeout_s=0.05))
    assert not done.ok
    assert "killed" in done.detail


def test_a_command_that_does_not_exist_is_not_done():
    done = run(CommandOutput("den", ("/no/such/program",), delay_ms=0))
    assert (done.ok, done.raw) == (False, None)


def test_starting_never_waits_for_the_work():
    gate = threading.Event()

    class Slow(Output):
        def act(self, occasion):
            gate.wait(20)
            return Done(name=self.name, ok=True)

    output = Slow("slow", state=False, delay_ns=0)
    first, second = output.start(OCCASION), output.start(OCCASION)
    assert not first.done.done()
    gate.set()
    assert first.done.result(timeout=20).ok
    assert second.done.result(timeout=20).ok
    output.close()


def test_an_output_that_breaks_goes_on_working():
    class Broken(Output):
        def act(self, occasion):
            raise RuntimeError("hỏng")

    output = Broken("b", state=False, delay_ns=0)
    for _ in range(2):
        assert output.start(OCCASION).done.result(timeout=20).detail == "RuntimeError: hỏng"
    output.close()


def test_the_delay_of_starting_a_program_is_measured():
    assert start_delay_ns() > 0


@pytest.fixture
def mixer():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.asked.append((self.path, body, self.headers["Diemcau-Cue"]))
            self.send_response(404 if self.path == "/none" else 204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_url_is_called(mixer):
    done = run(UrlOutput("canh", f"http://127.0.0.1:{mixer.server_port}/scene", body='{"scene": 2}'))
    assert (done.ok, done.detail) == (True, "204")
    assert mixer.asked == [("/scene", b'{"scene": 2}', "launch")]


def test_a_url_that_says_no_is_not_done(mixer):
    done = run(UrlOutput("canh", f"http://127.0.0.1:{mixer.server_port}/none"))
    assert (done.ok, done.detail) == (False, "answered 404")


def test_a_url_that_nobody_answers_is_not_done():
    assert not run(UrlOutput("canh", "http://127.0.0.1:1/")).ok
