"""Many simulated sites against any server: the agent's own code, each with its own key, session, outbox and (wrong) clock.

    await run_simulation(SimulationSettings(server=…, token=ADMIN_TOKEN, data=…), on_progress)

Runs until cancelled, and goes on where it left off: what a site has done is in its storage. The sites are dealt to workers,
processes of their own, one a core: real sites do not share one either.
"""

from site_agent.simulation.crew import WorkerFailed
from site_agent.simulation.run import MOST_WORKERS, OtherWorkers, SimulationProgress, SimulationSettings, run_simulation

__all__ = ["MOST_WORKERS", "OtherWorkers", "SimulationProgress", "SimulationSettings", "WorkerFailed", "run_simulation"]
