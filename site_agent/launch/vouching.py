"""Two people's word that a holder who does not answer is switched off and did not fire. DESIGN §5, the window.

It frees a cue as the holder's return does, and rests on nobody's disk: whoever vouches wrongly may give a province two
T0. So it takes the same two as arming, by devices of their own, and each word names the very warrant.

Codes raised beside those of `warrants.Invalid`: `vouch_untrusted` (a key the reader does not trust), `vouch_signature`,
`vouch_other` (another warrant or device than asked for), `vouch_role` (not the role the key is trusted for),
`vouch_pair` (not one caller and one tech or admin, two people with two devices).
"""

from collections.abc import Mapping, Sequence

import msgspec

from site_agent.launch.confirmations import CALLER_ROLE, SECOND_ROLES, TrustedKey
from site_agent.launch.objects import Vouch, VouchWord, Warrant
from site_agent.launch.signed import Signed, digest, read
from site_agent.launch.warrants import Invalid, read_body, verify_body
from site_agent.units import Attempt, CeremonyId, CueId, KeyId, Sha256


class VouchSubject(msgspec.Struct, frozen=True):
    """Which warrant exactly is vouched for."""

    ceremony_id: CeremonyId
    live: bool
    cue: CueId
    attempt: Attempt
    warrant_hash: Sha256


def subject_of_warrant(warrant: Signed) -> VouchSubject:
    """What the words on a warrant, which the caller has verified, must name."""
    body = read(warrant, Warrant)
    return VouchSubject(body.ceremony_id, body.live, body.cue, body.attempt, digest(warrant))


def verify_vouch_word(signed: Signed, trusted: TrustedKey, subject: VouchSubject) -> VouchWord:
    """One person's word, checked against their key.

    Raises:
        Invalid: `malformed`, `vouch_signature`, `vouch_other`, `vouch_role`.

    """
    word = verify_body(signed, VouchWord, trusted.public_key, "vouch_signature")
    named = VouchSubject(word.ceremony_id, word.live, word.cue, word.attempt, word.warrant_hash)
    if named != subject or str(word.device) != str(signed.key):
        raise Invalid("vouch_other", "vouches for something else")
    if word.role != trusted.role:
        raise Invalid("vouch_role", f"says {word.role}, is trusted as {trusted.role}")
    return word


def verify_vouch_pair(
    words: Sequence[Signed], trusted: Mapping[KeyId, TrustedKey], subject: VouchSubject
) -> tuple[VouchWord, ...]:
    """Both words: of the caller and of a tech or admin, two people by two devices.

    Raises:
        Invalid: see the module.

    """
    checked: list[VouchWord] = []
    for signed in words:
        read_body(signed, VouchWord)
        key = trusted.get(signed.key)
        if key is None:
            raise Invalid("vouch_untrusted", f"key {signed.key} is not trusted")
        checked.append(verify_vouch_word(signed, key, subject))
    roles = [word.role for word in checked]
    seconds = [role for role in roles if role in SECOND_ROLES]
    devices = {word.device for word in checked}
    people = {trusted[signed.key].name for signed in words}
    if roles.count(CALLER_ROLE) != 1 or len(seconds) != 1 or not len(checked) == len(devices) == len(people) == 2:
        raise Invalid("vouch_pair", "not one caller and one tech or admin with two devices")
    return tuple(checked)


def vouch_body(subject: VouchSubject, words: Sequence[Signed]) -> Vouch:
    """What the signer signs on; the same words in any order make the same vouch."""
    ordered = tuple(sorted(words, key=lambda word: read(word, VouchWord).role != CALLER_ROLE))
    return Vouch(
        ceremony_id=subject.ceremony_id,
        live=subject.live,
        cue=subject.cue,
        attempt=subject.attempt,
        warrant_hash=subject.warrant_hash,
        words=ordered,
    )
