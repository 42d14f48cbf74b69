"""Runs every `bench_*.py` beside this file, or those named: `python -m ops.bench journal launch`.

A bench is a module with `async def run() -> list[Row]`. Numbers are measured, never asserted in tests.
"""

import asyncio
import sys
import time
from importlib import import_module
from pathlib import Path

from rich.console import Console

from ops.bench.processes import machine
from ops.bench.table import Row, show


def main(names: list[str]) -> int:
    """Exit 0 also when a bar is missed: the table says so; 1 when a bench fails."""
    console = Console(stderr=True)
    known = {path.stem.removeprefix("bench_"): path.stem for path in sorted(Path(__file__).parent.glob("bench_*.py"))}
    unknown = [name for name in names if name not in known]
    if unknown:
        console.print(f"no such bench: {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    console.print(f"[dim]{machine()}[/]", highlight=False)
    rows: list[Row] = []
    failed = False
    for name in names or known:
        console.print(f"[dim]{name} …[/]")
        began = time.monotonic()
        try:
            rows += asyncio.run(import_module(f"ops.bench.{known[name]}").run())
        except Exception:  # noqa: BLE001 - the others are measured all the same
            console.print_exception()
            failed = True
        console.print(f"[dim]{name} took {time.monotonic() - began:.0f} s[/]")
    show(rows)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
