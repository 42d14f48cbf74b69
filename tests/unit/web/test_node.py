"""Runs the JavaScript tests (tests/js) with Node and shows what failed.

The modules under web/static/js find @noble/* and idb in web/node_modules by Node's own resolution: no loader is needed.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SUITES = sorted((ROOT / "tests" / "js").glob("*.test.mjs"))
BESIDE_PYTHON = ROOT / ".venv" / "bin" / "node"


def node() -> str:
    found = shutil.which("node") or (str(BESIDE_PYTHON) if BESIDE_PYTHON.exists() else None)
    assert found, "Node is missing: run `make setup`"
    return found


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name.removesuffix(".test.mjs"))
def test_the_browser_side_passes_its_tests_in_node(suite: Path) -> None:
    done = subprocess.run(
        [node(), "--test", "--test-reporter=spec", str(suite)], capture_output=True, text=True, cwd=ROOT, timeout=100, check=False
    )
    assert done.returncode == 0, f"node --test {suite.relative_to(ROOT)}\n{done.stdout}\n{done.stderr}"
