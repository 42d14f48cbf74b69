"""The conductor joins engine, signer, holder and dispatcher into a launch. DESIGN §5."""

from server.conductor.conductor import Conductor
from server.conductor.ports import Unfinished

__all__ = ["Conductor", "Unfinished"]
