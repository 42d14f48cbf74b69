"""What lies between a device and its server."""


class Way:
    """What lies between the device and the server. This one adds nothing; the simulation makes worse ones."""

    up = True
    """False: nothing comes through, and dialling fails."""

    def delay(self) -> float:
        """Seconds to add to a message on its way."""
        return 0.0

    def loses(self) -> bool:
        """Whether this datagram is lost."""
        return False
