"""The command line: one file a group of verbs. Exits 0 (done), 1 (the answer is no), 2 (used wrongly)."""

import typer

from server.cli import demo, journal, links, preflight, programme, reports, roster, serving, signer, simulate
from server.observe.logs import configure

app = typer.Typer(
    name="diemcau",
    help="Điểm Cầu: đưa hàng trăm đến hàng nghìn điểm cầu qua một buổi lễ toàn tỉnh.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("serve")(serving.serve)
app.command("init")(serving.init)
app.add_typer(roster.app, name="roster")
app.add_typer(programme.app, name="programme")
app.command("link")(links.link)
app.add_typer(reports.app, name="report")
app.command("simulate")(simulate.simulate)
app.add_typer(journal.app, name="journal")
app.add_typer(signer.app, name="signer")
app.command("preflight")(preflight.preflight)


def main() -> None:
    """Entry point of `diemcau`."""
    configure("warning")
    app()
