"""The conductor joins engine, signer, holder and dispatcher into a launch. DESIGN §5."""

from server.conductor.conductor import Conductor, Unfinished

__all__ = ["Conductor", "Unfinished"]
