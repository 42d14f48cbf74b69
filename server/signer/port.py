"""What the server asks of the signer, wherever it runs."""

from typing import Protocol

import msgspec

from server.signer.trusted import TrustedDevice
from site_agent.launch.objects import SeatKey, Substitute
from site_agent.launch.signed import Signed
from site_agent.units import Attempt, CeremonyId, CueId, KeyId, PublicKey, Term


class SignerRefused(Exception):
    """No warrant.

    Args:
        code: searchable.
        detail: Vietnamese, for the caller: what is wrong and what to do.

    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class WarrantRequest(msgspec.Struct, frozen=True):
    """Everything a warrant is made of. The signer believes none of it without a signature it trusts."""

    ceremony_id: CeremonyId
    live: bool
    cue: CueId
    attempt: Attempt
    plan: bytes
    """The plan as canonical JSON: its hash is what the two people signed, its terms become the warrant's."""
    confirmations: tuple[Signed, ...]
    trigger_seats: tuple[SeatKey, ...]
    pad_seats: tuple[SeatKey, ...]
    substitutes: tuple[Substitute, ...]
    commit_key: PublicKey
    ended: Signed | None = None
    """The return, abort or vouch of the warrant before, where there is one."""
    fired: Signed | None = None
    """The order of the warrant before, where it was fired."""


class VouchRequest(msgspec.Struct, frozen=True):
    """What two people vouch for. The signer believes their signatures, and that the warrant is its own last one."""

    warrant: Signed
    words: tuple[Signed, ...]


class OpenWarrant(msgspec.Struct, frozen=True):
    """The last warrant issued for a cue."""

    cue: CueId
    live: bool
    attempt: Attempt
    term: Term
    warrant: Signed


class SignerStatus(msgspec.Struct, frozen=True):
    """For `diemcau signer status`."""

    ceremony_id: CeremonyId
    live_key: PublicKey
    rehearsal_key: PublicKey
    live_id: KeyId
    rehearsal_id: KeyId
    term: Term
    last: tuple[OpenWarrant, ...]
    trusted: tuple[TrustedDevice, ...]


class Signer(Protocol):
    """Holds the ceremony's keys."""

    def public_keys(self) -> tuple[PublicKey, PublicKey]:
        """Live and rehearsal, as every device pins them."""
        ...

    async def issue(self, request: WarrantRequest) -> Signed:
        """A warrant. The same request again gives the same warrant.

        Raises:
            SignerRefused

        """
        ...

    async def vouch(self, request: VouchRequest) -> Signed:
        """The two people's word, signed on: it ends the last warrant of its cue. The same words give the same bytes.

        Raises:
            SignerRefused

        """
        ...

    async def trust(self, fingerprint: KeyId, public_key: PublicKey, role: str, name: str) -> None:
        """Put a device on the list of trusted keys.

        Raises:
            SignerRefused: `not_trusted`.

        """
        ...

    async def status(self) -> SignerStatus:
        """What it holds."""
        ...
