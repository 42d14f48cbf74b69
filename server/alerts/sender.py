"""Sends one job in a child process with a time limit: a gateway that never answers costs a process, never the server.

The job, with its secrets, goes by standard input: a command line can be read by everybody on the machine.
"""

import asyncio
import contextlib
import sys

import msgspec

from server.alerts.job import Job, Outcome, Sent

WITHIN_SECONDS = 25.0
"""Starting Python and Apprise takes one or two of them."""

_line = msgspec.json.Decoder(Sent)


async def send(job: Job, within: float = WITHIN_SECONDS) -> dict[str, Outcome]:
    """Outcome by gateway; those that have not answered in time timed out, and their sending is ended."""
    outcomes: dict[str, Outcome] = {}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.alerts.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        async with asyncio.timeout(within):
            child.stdin.write(msgspec.json.encode(job))
            child.stdin.close()
            async for line in child.stdout:
                sent = _line.decode(line)
                outcomes[sent.name] = sent.outcome
    except (TimeoutError, OSError, msgspec.MsgspecError):
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    return {target.name: outcomes.get(target.name, Outcome.TIMEOUT) for target in job.targets}
