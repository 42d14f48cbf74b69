import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeBytes, encodeBytes, NotBase64 } from "../../web/static/js/lib/base64.js";
import { uuid7 } from "../../web/static/js/lib/ids.js";
import { BadSignature, canonical, digest, fingerprint, read, sign, SigningKey, verify } from "../../web/static/js/lib/signed.js";

const key = new SigningKey(new Uint8Array(32).fill(7));
const other = new SigningKey(new Uint8Array(32).fill(8));

test("a UUID is version 7, and one made later sorts later", () => {
  const ids = Array.from({ length: 5000 }, () => uuid7());
  assert.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(new Set(ids).size, ids.length);
});

test("base64url goes both ways without padding at every length", () => {
  for (let length = 0; length < 70; length += 1) {
    const data = Uint8Array.from({ length }, (_, index) => (index * 37 + length) & 255);
    assert.equal(encodeBytes(data), Buffer.from(data).toString("base64url"));
    assert.deepEqual(decodeBytes(encodeBytes(data)), data);
  }
  for (const bad of ["a", "ab=c", "ab+/", "a b"]) assert.throws(() => decodeBytes(bad), NotBase64);
});

test("a signed body verifies with its own key and no other", () => {
  const signed = sign({ type: "diemcau.held.v1", warrant_hash: "ab" }, key);
  assert.deepEqual(verify(signed, "diemcau.held.v1", key.public), { type: "diemcau.held.v1", warrant_hash: "ab" });
  assert.equal(signed.key, fingerprint(key.public));
  assert.throws(() => verify(signed, "diemcau.held.v1", other.public), BadSignature);
  assert.throws(() => verify(signed, "diemcau.order.v1", key.public), BadSignature);
});

test("a changed byte of body or signature is refused", () => {
  const signed = sign({ type: "diemcau.held.v1", warrant_hash: "ab" }, key);
  const changed = decodeBytes(signed.body);
  changed[20] ^= 1;
  assert.throws(() => verify({ ...signed, body: encodeBytes(changed) }, "diemcau.held.v1", key.public), BadSignature);
  assert.throws(() => verify({ ...signed, sig: encodeBytes(new Uint8Array(64)) }, "diemcau.held.v1", key.public), BadSignature);
  assert.throws(() => verify({ ...signed, sig: "!" }, "diemcau.held.v1", key.public), BadSignature);
});

test("a body that is no JSON object is refused", () => {
  const bad = { body: encodeBytes(new Uint8Array([0xff, 0xfe])), key: key.id, sig: "" };
  assert.throws(() => read(bad, "diemcau.held.v1"), BadSignature);
});

test("a digest names the body bytes", () => {
  const signed = sign({ type: "diemcau.held.v1", warrant_hash: "ab" }, key);
  assert.match(digest(signed), /^[0-9a-f]{64}$/);
  assert.notEqual(digest(signed), digest(sign({ type: "diemcau.held.v1", warrant_hash: "ac" }, key)));
});

test("canonical JSON sorts keys by code point and leaves Vietnamese raw", () => {
  assert.equal(canonical({ b: [1, { z: null, a: "Điểm cầu" }], a: true }), '{"a":true,"b":[1,{"a":"Điểm cầu","z":null}]}');
  assert.equal(canonical({ "\u{1F600}": 1, "\uFF5E": 2 }), '{"\uFF5E":2,"\u{1F600}":1}');
});
