"""The command line: one file a group of verbs. Exits 0 (done), 1 (the answer is no), 2 (used wrongly)."""

import gc
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any

import typer

from server.observe.logs import configure

VERBS = {
    "demo": "demo",
    "serve": "serving",
    "init": "serving",
    "roster": "roster",
    "programme": "programme",
    "guests": "guests",
    "link": "links",
    "sheets": "sheets",
    "conference": "conference",
    "checklist": "checklist",
    "report": "reports",
    "simulate": "simulate",
    "forget": "forgetting",
    "journal": "journal",
    "signer": "signer",
    "alerts": "alerts",
    "preflight": "preflight",
    "recording": "recording",
}
"""Each verb and the module beside this file that has it: as a function of its name, or as a group called `app`."""


def application(verbs: Iterable[str] = VERBS) -> typer.Typer:
    """The command line with these verbs; only their modules are imported."""
    made = typer.Typer(
        name="diemcau",
        help="Điểm Cầu: đưa hàng trăm đến hàng nghìn điểm cầu qua một buổi lễ toàn tỉnh.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        callback=_group,
    )
    for verb in verbs:
        module = import_module(f"server.cli.{VERBS[verb]}")
        if hasattr(module, "app"):
            made.add_typer(module.app, name=verb)
        else:
            made.command(verb)(getattr(module, verb))
    return made


def main() -> None:
    """Entry point of `diemcau`."""
    # What is imported stays: looking for cycles among it takes a tenth of a short verb's time.
    gc.disable()
    configure("warning")
    made = application(asked_for(sys.argv[1:]))
    gc.freeze()
    gc.enable()
    made()


def asked_for(words: Sequence[str]) -> Iterable[str]:
    """The verb that the words name: the others need not be imported. All of them where help or nothing known is asked for."""
    return (words[0],) if words and words[0] in VERBS else VERBS


def _group() -> None:
    """Typer makes a command line of one verb into that verb, unless it has something of its own to call."""


def __getattr__(name: str) -> Any:
    if name == "app":
        return application()
    raise AttributeError(name)
