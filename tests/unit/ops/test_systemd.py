"""The units start programs, verbs and options that exist, and leave the agent the right to be on time."""

import tomllib
from configparser import RawConfigParser
from pathlib import Path

import pytest
import typer.main

from server.cli import VERBS, application
from site_agent.app import _parser

ROOT = Path(__file__).parents[3]
UNITS = sorted((ROOT / "ops/systemd").glob("*.service"))


def service(unit):
    parser = RawConfigParser(strict=False)
    parser.optionxform = str
    parser.read(unit, encoding="utf-8")
    return parser["Service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_what_a_unit_starts_is_there(unit):
    program, *words = service(unit)["ExecStart"].split()
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    assert Path(program).name in scripts
    if Path(program).name == "diemcau":
        verb, *words = words
        assert verb in VERBS
        command = typer.main.get_command(application((verb,))).commands[verb]
        known = {name for option in command.params for name in option.opts}
    else:
        known = {name for action in _parser()._actions for name in action.option_strings}
    assert {word for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_again_bounds_its_memory_and_gives_nothing_away(unit):
    told = service(unit)
    assert told["Restart"] == "always"
    assert told["MemoryMax"]
    assert told["NoNewPrivileges"] == "yes"
    assert told["ProtectSystem"] == "strict"
    assert told["User"] == unit.stem


def test_the_agent_may_run_before_everything_else():
    told = service(ROOT / "ops/systemd/diemcau-agent.service")
    assert "CAP_SYS_NICE" in told["AmbientCapabilities"]
    assert "CAP_SYS_NICE" in told["CapabilityBoundingSet"]
    assert int(told["LimitRTPRIO"]) >= 12
    assert "RestrictRealtime" not in told
