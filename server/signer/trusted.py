"""The list of device keys the signer trusts: a JSON file that the command line writes and the signer reads anew each time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from site_agent import durable
from site_agent.launch.confirmations import TrustedKey
from site_agent.launch.keys import is_sound
from site_agent.launch.signed import fingerprint
from site_agent.units import Instant, KeyId, PublicKey

ROLES = frozenset({"caller", "tech", "admin", "mc", "presser"})
"""Those who confirm an arming, and those who press."""


class NotTrusted(Exception):
    """A key that cannot be put on the list, with Vietnamese words for the technical team."""


class TrustedDevice(msgspec.Struct, frozen=True):
    """One entry."""

    fingerprint: KeyId
    public_key: PublicKey
    role: str
    name: str
    """The seat's or person's name in the links."""
    trusted_at: Instant


class TrustedList:
    """The file `trusted.json` in the signer's folder. Every change is durable when the call returns.

    Args:
        folder: the signer's folder; made if missing.

    """

    def __init__(self, folder: Path) -> None:
        durable.make_folder(folder)
        self._path = folder / "trusted.json"
        self._lock = folder / "trusted.lock"

    def devices(self) -> tuple[TrustedDevice, ...]:
        """The list as it is on the disk now."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=tuple[TrustedDevice, ...])
        except FileNotFoundError:
            return ()

    def keys(self) -> dict[KeyId, TrustedKey]:
        """The list as the rules want it."""
        return {device.fingerprint: TrustedKey(device.public_key, device.role, device.name) for device in self.devices()}

    def trust(self, key: KeyId, public_key: PublicKey, role: str, name: str, now: Instant) -> None:
        """Trust a device for one role and name. The same again changes nothing.

        Raises:
            NotTrusted: the fingerprint is not that of the key, the role neither confirms nor presses, the name is empty,
                or the key is trusted for somebody else.

        """
        self._check(key, public_key, role, name)
        with self._locked():
            devices = self.devices()
            known = next((device for device in devices if device.fingerprint == key), None)
            if known is not None and (known.role, known.name) != (role, name):
                raise NotTrusted(f"Khóa {key} đã được tin cậy cho “{known.name}” ({known.role}).")
            if known is None:
                self._write((*devices, TrustedDevice(key, public_key, role, name, now)))

    def distrust(self, key: KeyId) -> bool:
        """Take a device off the list; whether it was on it."""
        with self._locked():
            devices = self.devices()
            kept = tuple(device for device in devices if device.fingerprint != key)
            if len(kept) == len(devices):
                return False
            self._write(kept)
            return True

    @staticmethod
    def _check(key: KeyId, public_key: PublicKey, role: str, name: str) -> None:
        if not is_sound(public_key):
            raise NotTrusted("Khóa công khai của thiết bị không phải là khóa Ed25519 dùng được.")
        if fingerprint(public_key) != key:
            raise NotTrusted("Dấu vân tay không khớp với khóa công khai của thiết bị.")
        if role not in ROLES or not name.strip():
            raise NotTrusted("Chỉ tin cậy thiết bị của người kích hoạt hoặc người bấm nút, có tên vị trí.")

    def _write(self, devices: tuple[TrustedDevice, ...]) -> None:
        durable.replace(self._path, msgspec.json.format(msgspec.json.encode(devices)) + b"\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, the command line's process included."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
