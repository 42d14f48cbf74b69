"""Run a command. It is told of the launch by its environment; no shell is involved."""

import os
import shutil
import subprocess
from collections.abc import Sequence

from site_agent.local_clock import raw_now
from site_agent.outputs.base import Done, Occasion, Output
from site_agent.settings import PREFIX

_MEASURED_RUNS = 5


class CommandOutput(Output):
    """Starts a program; done when it ended with 0 within `timeout_s`, killed after."""

    def __init__(
        self, name: str, argv: Sequence[str], *, state: bool = False, delay_ms: float | None = None, timeout_s: float = 10.0
    ) -> None:
        """`delay_ms`: from start until the world sees it; None measures what starting a program takes here."""
        self._argv = tuple(argv)
        self._timeout_s = timeout_s
        super().__init__(name, state=state, delay_ns=start_delay_ns() if delay_ms is None else int(delay_ms * 1e6))

    def act(self, occasion: Occasion) -> Done:
        environment = {
            # What the agent was told (its link among it) is not the program's business.
            **{name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},
            "DIEMCAU_LIVE": "1" if occasion.live else "0",
            "DIEMCAU_CUE": occasion.cue,
            "DIEMCAU_ATTEMPT": str(occasion.attempt),
            "DIEMCAU_PHASE": occasion.phase.value,
            "DIEMCAU_T0": str(occasion.t0),
        }
        # The operator of this machine wrote the command into its configuration.
        with subprocess.Popen(  # noqa: S603
            self._argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            started = raw_now()
            try:
                _, errors = process.communicate(timeout=self._timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                return Done(name=self.name, ok=False, raw=started, detail=f"still running after {self._timeout_s:g} s, killed")
        if process.returncode:
            words = errors.decode(errors="replace").strip()[-120:]
            return Done(name=self.name, ok=False, raw=started, detail=f"ended with {process.returncode} {words}".strip())
        return Done(name=self.name, ok=True, raw=started)


def start_delay_ns() -> int:
    """The median time to start a program on this machine, in nanoseconds."""
    program = shutil.which("true")
    if program is None:
        return 0
    times = []
    for _ in range(_MEASURED_RUNS):
        begun = raw_now()
        with subprocess.Popen([program], stdin=subprocess.DEVNULL) as process:  # noqa: S603 - a fixed program
            times.append(raw_now() - begun)
            process.wait()
    return sorted(times)[len(times) // 2]
