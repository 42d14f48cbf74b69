"""Runs something in a child of this process that is killed, for real, at one of its steps."""

import os
import signal
from collections.abc import Callable
from typing import Any

Tell = Callable[[str, str], None]
Work = Callable[[Callable[[str], None], Tell], Any]


def killed_at(point: int, work: Work) -> dict[str, str]:
    """What `work(failpoint, tell)` had told before SIGKILL met it at its step number `point` (from 0).

    Forked, not started: a hundred of these must not take a minute.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _child(point, work, writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        lines = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"the victim ended by itself: {lines[-1:]}"
    assert os.WTERMSIG(status) == signal.SIGKILL
    return dict(line.split(" ", 1) for line in lines)


def _child(point: int, work: Work, writing: int) -> None:
    left = [point]

    def die(name: str) -> None:
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1

    def tell(what: str, said: str) -> None:
        os.write(writing, f"{what} {said}\n".encode())

    try:
        work(die, tell)
    except BaseException as error:  # noqa: BLE001
        tell("error", repr(error).replace("\n", " "))
    finally:
        os._exit(1)
