"""The files that Python and JavaScript share: they must say what this code does, byte for byte."""

import pytest

from site_agent.launch.keys import is_sound
from site_agent.launch.signed import (
    BadSignature,
    Signed,
    SigningKey,
    check,
    decode_bytes,
    digest,
    encode_bytes,
    fingerprint,
    verify,
)
from tests.support import launch_vectors as vectors
from tests.support.launch_kit import Confirmation, Press, Warrant


@pytest.mark.parametrize("name", vectors.FILES)
def test_the_vectors_on_disk_are_what_the_code_says(name: str):
    assert (vectors.VECTORS / f"{name}.json").read_text() == vectors.text(name)


def test_only_the_one_spelling_of_a_point_that_is_not_of_small_order_is_a_key():
    loaded = vectors.load("keys")
    assert all(is_sound(key) for key in loaded["sound"])
    assert [entry["name"] for entry in loaded["refused"] if is_sound(entry["public"])] == []


def test_openssl_alone_would_take_a_signature_that_nobody_made():
    """Why it is asked: under the neutral element R = the neutral element, s = 0 signs every text."""
    neutral = vectors.load("keys")["refused"][0]["public"]
    forged = Signed(body=encode_bytes(b"{}"), key=fingerprint(neutral), sig=encode_bytes(bytes([1]) + bytes(63)))
    check(forged, neutral)
    assert not is_sound(neutral)


def test_keys_follow_from_their_seeds():
    for entry in vectors.load("signed")["keys"]:
        key = SigningKey.from_seed(bytes.fromhex(entry["seed"]))
        assert (key.public, key.id) == (entry["public"], entry["id"])
        assert fingerprint(entry["public"]) == entry["id"]


def test_signing_the_text_gives_the_same_object():
    loaded = vectors.load("signed")
    seeds = {entry["name"]: bytes.fromhex(entry["seed"]) for entry in loaded["keys"]}
    for entry in loaded["signing"]:
        key = SigningKey.from_seed(seeds[entry["key"]])
        signed = Signed(**entry["signed"])
        assert decode_bytes(signed.body).decode() == entry["text"]
        assert encode_bytes(key.sign_bytes(entry["text"].encode())) == signed.sig
        assert digest(signed) == entry["digest"]


def test_what_must_be_refused_is_refused():
    for entry in vectors.load("signed")["refused"]:
        for body_type in (Press, Warrant, Confirmation):
            with pytest.raises(BadSignature):
                verify(Signed(**entry["signed"]), body_type, entry["public"])


def test_every_way_to_forge_an_order_is_refused_and_every_true_one_taken():
    orders = vectors.load("orders")["orders"]
    valid, tampered = set(vectors.valid_orders()), set(vectors.tampered_orders())
    assert {o["name"] for o in orders if "accepted" in o} == valid
    assert {o["name"] for o in orders if "refused" in o} == tampered


def test_a_device_marks_at_most_once_in_every_case():
    for case in vectors.load("firing")["cases"]:
        marks = [(s["key"]["live"], s["key"]["attempt"]) for s in case["steps"] if s["then"].get("marked")]
        assert len(marks) == len(set(marks)), case["name"]
        assert len([mark for mark in marks if mark[0]]) <= 1 or case["name"].startswith("having shown the end state only")
