"""Runs a command for as long as our standard input is open: a test process that is killed leaves nothing of it behind.

`python -m tests.support.until_eof COMMAND…`
"""

import os
import signal
import subprocess
import sys


def main() -> None:
    """Start the command in a group of its own; end the whole group at the end of our input."""
    with subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, start_new_session=True) as command:
        # Not to be ended by the signals that end us: our input tells.
        for known in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(known, signal.SIG_IGN)
        sys.stdin.buffer.read()
        os.killpg(command.pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
