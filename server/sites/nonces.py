"""Enrolled keys and the highest hello nonce of each device: what `ServerSession` asks for.

Only hellos with a good signature of an enrolled device are kept, so memory is bounded by the devices enrolled. Nonces
live as long as the process: after a restart a recorded hello could be played once more, but only by somebody who also
holds a link to that site, and the next hello of the device itself ends it.
"""

from collections.abc import Callable

from server.ceremony.ceremony import Ceremony
from site_agent.units import DeviceId, PublicKey, SiteCode


class DeviceBook:
    """Implements `site_agent.link.server_session.DeviceKeys`."""

    def __init__(self, state: Callable[[], Ceremony]) -> None:
        self._state = state
        self._nonces: dict[DeviceId, int] = {}

    def public_key(self, site: SiteCode, device: DeviceId) -> PublicKey | None:
        """The enrolled key of that device at that site."""
        known = self._state().access.devices.get(device)
        return known.public_key if known is not None and known.site == site else None

    def last_nonce(self, device: DeviceId) -> int:
        """The highest nonce used; 0 before the first."""
        return self._nonces.get(device, 0)

    def used(self, device: DeviceId, nonce: int) -> None:
        """A hello with this nonce was accepted."""
        self._nonces[device] = nonce
