"""The two real ceremonies that the demo and the tests run on: rosters and programmes as they were."""

from pathlib import Path

HERE = Path(__file__).parent
NGHE_AN_ROSTER = HERE / "nghe-an-2025-06-11.roster.csv"
NGHE_AN_PROGRAMME = HERE / "nghe-an-2025-06-11.programme.csv"
