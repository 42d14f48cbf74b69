"""Arming takes two people: the caller, and a tech or an admin, each with a device of their own.

Codes raised beside those of `warrants.Invalid`: `confirm_untrusted` (a key the reader does not trust),
`confirm_signature`, `confirm_other` (another plan, attempt or device than asked for), `confirm_role` (not the role the
key is trusted for), `confirm_pair` (not one caller and one tech or admin with two devices).
"""

from collections.abc import Mapping, Sequence

import msgspec

from site_agent.launch.objects import Confirmation
from site_agent.launch.signed import Signed
from site_agent.launch.warrants import Invalid, read_body, verify_body
from site_agent.units import Attempt, CueId, KeyId, PublicKey, Sha256

CALLER_ROLE = "caller"
SECOND_ROLES = frozenset({"tech", "admin"})


class TrustedKey(msgspec.Struct, frozen=True):
    """A device key somebody vouched for by its fingerprint."""

    public_key: PublicKey
    role: str
    name: str
    """The person's or seat's name in the links."""


class Subject(msgspec.Struct, frozen=True):
    """What exactly is confirmed."""

    plan_hash: Sha256
    live: bool
    cue: CueId
    attempt: Attempt


def verify_confirmation(signed: Signed, trusted: TrustedKey, subject: Subject) -> Confirmation:
    """One person's word, checked against their key.

    Raises:
        Invalid: `malformed`, `confirm_signature`, `confirm_other`, `confirm_role`.

    """
    word = verify_body(signed, Confirmation, trusted.public_key, "confirm_signature")
    if Subject(word.plan_hash, word.live, word.cue, word.attempt) != subject or str(word.device) != str(signed.key):
        raise Invalid("confirm_other", "confirms something else")
    if word.role != trusted.role:
        raise Invalid("confirm_role", f"says {word.role}, is trusted as {trusted.role}")
    return word


def verify_pair(words: Sequence[Signed], trusted: Mapping[KeyId, TrustedKey], subject: Subject) -> tuple[Confirmation, ...]:
    """Both words: of the caller and of a tech or admin, by two devices.

    Raises:
        Invalid: see the module.

    """
    checked: list[Confirmation] = []
    for signed in words:
        read_body(signed, Confirmation)
        key = trusted.get(signed.key)
        if key is None:
            raise Invalid("confirm_untrusted", f"key {signed.key} is not trusted")
        checked.append(verify_confirmation(signed, key, subject))
    roles = [word.role for word in checked]
    seconds = [role for role in roles if role in SECOND_ROLES]
    distinct = len({word.device for word in checked}) == len(checked)
    people = len({trusted[signed.key].name for signed in words}) == len(words)
    if len(checked) != 2 or roles.count(CALLER_ROLE) != 1 or len(seconds) != 1 or not distinct or not people:
        raise Invalid("confirm_pair", "not one caller and one tech or admin with two devices")
    return tuple(checked)
