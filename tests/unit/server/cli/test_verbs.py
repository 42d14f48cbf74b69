"""Verbs that need no server, and how all of them end."""

import json
import socket

import pytest
from typer.testing import CliRunner

from server.cli import app
from server.demo_data import NGHE_AN_ROSTER

GROUPS = ("roster", "programme", "guests", "report", "journal", "signer", "recording")
VERBS = (
    "demo", "serve", "init", "link", "simulate", "preflight",
    "roster check", "roster import", "roster export", "roster template", "roster generate",
    "programme check", "programme import", "programme export", "guests import", "guests export", "report morning", "report launch",
    "recording list", "recording export", "journal verify", "journal export", "signer trust", "signer distrust", "signer status",
)  # fmt: skip


def run(*arguments, **more):
    return CliRunner().invoke(app, list(arguments), **more)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    told = run(*verb.split(), "--help")
    assert told.exit_code == 0
    assert "Usage" in told.output


@pytest.mark.parametrize(
    "arguments", [("make-coffee",), ("link",), ("link", "king"), ("link", "host"), ("roster", "check"), ("init",)]
)
def test_a_verb_used_wrongly_exits_2(arguments):
    assert run(*arguments).exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("link", "mc"),
        ("roster", "export", "--out", "x.csv"),
        ("report", "morning", "--out", "x.docx"),
        ("journal", "verify"),
        ("signer", "status"),
    ],
)
def test_without_a_ceremony_a_verb_says_what_to_do_and_exits_1(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = run(*arguments, "--data", str(tmp_path / "none"))
    assert told.exit_code == 1
    assert str(tmp_path / "none") in told.stderr.replace("\n", "")
    assert not (tmp_path / "none").exists()


def test_a_good_roster_passes_its_check():
    told = run("roster", "check", str(NGHE_AN_ROSTER), "--json")
    assert told.exit_code == 0
    assert json.loads(told.stdout) == {
        "ok": True, "sites": 433, "levels": ["Cấp tỉnh", "Cấp huyện", "Cấp xã"], "ignored": [], "problems": [],
    }  # fmt: skip


def test_a_bad_roster_lists_every_bad_row_with_column_value_and_reason(tmp_path):
    file = tmp_path / "r.csv"
    file.write_text("Mã,Tên,Cấp,Trực thuộc,Dự kiến\n1,Tỉnh,Cấp tỉnh,,300\n2,,Cấp xã,1,30\n2,Xã A,Cấp xã,9,ba mươi\n", "utf-8")
    told = run("roster", "check", str(file), "--json")
    assert told.exit_code == 1
    problems = json.loads(told.stdout)["problems"]
    assert {(problem["row"], problem["column"]) for problem in problems} >= {
        (3, "Tên"),
        (4, "Mã"),
        (4, "Trực thuộc"),
        (4, "Dự kiến"),
    }
    assert all(problem["reason"] for problem in problems)
    shown = run("roster", "check", str(file))
    assert shown.exit_code == 1
    assert "ba mươi" in shown.stdout


def test_a_file_that_is_not_there_is_a_wrong_use(tmp_path):
    assert run("roster", "check", str(tmp_path / "nothing.csv")).exit_code == 2


def test_the_form_is_a_workbook_and_its_name_must_say_so(tmp_path):
    assert run("roster", "template", "--out", str(tmp_path / "m.xlsx")).exit_code == 0
    assert (tmp_path / "m.xlsx").read_bytes()[:2] == b"PK"
    assert run("roster", "template", "--out", str(tmp_path / "m.pdf")).exit_code == 2


def test_a_report_is_written_in_the_form_its_name_says_or_not_at_all(tmp_path):
    told = run("report", "morning", "--out", str(tmp_path / "b.pdf"))
    assert told.exit_code == 2
    assert ".docx" in told.output


def test_settings_that_are_wrong_are_all_told_and_exit_2(tmp_path):
    told = run("serve", "--listen", "nowhere", "--data", str(tmp_path), "--public-url", "cau.vn")
    assert told.exit_code == 2
    assert "--listen" in told.stderr
    assert "--public-url" in told.stderr


def test_preflight_tells_each_check_and_finds_a_port_that_is_taken(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = run("preflight", "--data", str(tmp_path), "--listen", f"127.0.0.1:{port}", "--sites", "10", "--json")
    checks = {check["name"]: check for check in json.loads(told.stdout)}
    assert told.exit_code == 1
    assert checks[f"cổng TCP 127.0.0.1:{port}"]["state"] == "problem"
    assert {check["state"] for check in checks.values()} <= {"ok", "warning", "problem"}
    assert any("fsync" in name for name in checks)
