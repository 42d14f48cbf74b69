"""What the documents say about the code is held to the code."""

import re
from pathlib import Path

from server.ceremony.cue import mermaid

ROOT = Path(__file__).parents[2]


def test_the_diagram_of_the_launch_is_the_one_of_the_table():
    assert mermaid() in (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_two_commands_first():
    lines = [line for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("make ")]
    assert lines[0].startswith("make demo")
    assert lines[1].startswith("make test")


def test_every_file_and_folder_that_the_architecture_names_exists():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = {name.rstrip("/") for name in re.findall(r"`((?:server|site_agent|web|tests|ops)/[\w./]+)`", text)}
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_the_makefile_has_the_verbs():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(re.search(rf"^{verb}:", makefile, re.MULTILINE) for verb in ("setup", "demo", "test", "check", "fix", "bench"))
