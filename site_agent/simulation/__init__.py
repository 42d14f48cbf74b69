"""Many simulated sites against any server: the agent's own code, each with its own key, session, outbox and (wrong) clock.

    summary = await run_simulation(SimulationSettings(server=…, token=ADMIN_TOKEN, data=…), on_progress)

Runs until cancelled, and goes on where it left off: what a site has done is in its storage.
"""

from site_agent.simulation.run import SimulationProgress, SimulationSettings, run_simulation

__all__ = ["SimulationProgress", "SimulationSettings", "run_simulation"]
