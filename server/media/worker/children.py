"""How ffmpeg's children are started and ended, so that none outlives this process."""

import asyncio
import functools
import shutil
from collections.abc import Sequence

from server.media.worker.ffmpeg import ffmpeg_path

_PIPE_BYTES = 256 * 1024


async def start_ffmpeg(arguments: Sequence[str], *, niceness: int = 0) -> asyncio.subprocess.Process:
    """Starts ffmpeg with pipes for all three streams; the kernel kills it when this process dies, however that happens.

    `arguments` stand in the process list for everybody to read: never a key or a password. Call from the main thread (the
    kernel's signal is tied to the thread that forked). Raises `NoFfmpeg`, `OSError`.
    """
    return await asyncio.create_subprocess_exec(
        *_prefix(niceness),
        ffmpeg_path(),
        "-hide_banner",
        "-nostats",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_PIPE_BYTES,
    )


async def stop(child: asyncio.subprocess.Process) -> None:
    """Kills a child and waits until it is gone; one that has ended already is no error."""
    if child.stdin is not None:
        child.stdin.close()
    if child.returncode is None:
        try:
            child.kill()
        except ProcessLookupError:
            pass
    await child.wait()


@functools.cache
def _setpriv() -> str | None:
    return shutil.which("setpriv")


def _prefix(niceness: int) -> tuple[str, ...]:
    """`setpriv` instead of a `preexec_fn`: no Python runs between fork and exec of a process with threads.

    Where it is missing (not Linux), a child still ends by itself when its pipes break.
    """
    setpriv = _setpriv()
    guard = (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
    return (*guard, "nice", "-n", str(niceness)) if niceness else guard
