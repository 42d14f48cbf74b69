"""What a bench returns, and how it is shown."""

from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table


class Row(msgspec.Struct, frozen=True):
    """One number. `bar` and `peer` are words: "≥ 0.3", "bare sqlite 21.300 /s"; `met` is None where there is no bar."""

    name: str
    value: float
    unit: str
    bar: str = ""
    peer: str = ""
    met: bool | None = None


def show(rows: Sequence[Row], console: Console | None = None) -> None:
    """Print the table."""
    table = Table(title="Điểm Cầu", title_justify="left")
    for heading, justify in (
        ("what", "left"),
        ("value", "right"),
        ("unit", "left"),
        ("bar", "left"),
        ("peer", "left"),
        ("", "left"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    for row in rows:
        verdict = {None: "", True: "[green]met[/]", False: "[red]missed[/]"}[row.met]
        table.add_row(row.name, number(row.value), row.unit, row.bar, row.peer, verdict)
    (console or Console(width=130)).print(table)


def number(value: float) -> str:
    """Three significant digits, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
