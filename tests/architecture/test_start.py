"""What a start must not wait for."""

import subprocess
import sys

import pytest

HEAVY = {
    "apprise",
    "babel",
    "docx",
    "docxtpl",
    "fpdf",
    "icu",
    "lxml",
    "python_calamine",
    "segno",
    "vietnam_provinces",
    "xlsxwriter",
}
"""Libraries that only one kind of paper or message needs: they are imported where that is made."""


@pytest.mark.parametrize("verb", ["serve", "report", "link"])
def test_a_start_imports_no_library_that_only_a_paper_needs(verb):
    code = f"import sys, server.cli; server.cli.application(['{verb}']); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in told.stdout.split()}
    assert not sorted(HEAVY & loaded), f"import inside the function that needs it: {sorted(HEAVY & loaded)}"
    assert verb != "serve" or not [name for name in told.stdout.split() if name.startswith("site_agent.simulation")]


@pytest.mark.parametrize("verb", ["link", "alerts", "conference"])
def test_a_verb_beside_the_running_server_imports_no_server_of_its_own(verb):
    code = f"import sys, server.cli; server.cli.application(['{verb}']); print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"server.app", "server.endpoints.routes", "server.journal.sqlite"} & set(told.stdout.split())
