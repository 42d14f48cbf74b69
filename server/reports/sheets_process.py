"""Draws sheets in a process of its own, for the server: a minute of drawing must not hold up a ceremony that is running.

The book comes by standard input and the file leaves by standard output: both hold secrets, and arguments are seen by all.
"""

import os
import sys

import msgspec

from server.reports.sheets import SheetBook
from server.reports.sheets_pdf import render_sheets_pdf
from server.reports.sheets_xlsx import render_sheets_xlsx

RENDER = {"pdf": render_sheets_pdf, "xlsx": render_sheets_xlsx}


def main() -> None:
    """`python -m server.reports.sheets_process pdf|xlsx`."""
    os.nice(10)
    book = msgspec.json.decode(sys.stdin.buffer.read(), type=SheetBook)
    sys.stdout.buffer.write(RENDER[sys.argv[1]](book))


if __name__ == "__main__":
    main()
