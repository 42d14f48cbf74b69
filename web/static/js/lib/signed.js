// Signed objects `{body, key, sig}` with Ed25519: the mirror of site_agent/launch/signed.py, held to it by shared vectors.
//
// noble gets its hash functions from @noble/hashes, because crypto.subtle is missing on a plain-http page of a hall's LAN.

import * as ed25519 from "@noble/ed25519";
import { sha256, sha512 } from "@noble/hashes/sha2.js";

import { decodeBytes, encodeBytes, hex } from "./base64.js";
import { BODIES } from "./objects.js";
import { WrongShape } from "./shapes.js";

ed25519.hashes.sha512 = sha512;
ed25519.hashes.sha512Async = async (message) => sha512(message);

/**
 * A signed object as it travels and as it is stored: `body` and `sig` base64url, `key` the signer's fingerprint.
 * @typedef {{body: string, key: string, sig: string}} Signed
 */

/** A signed object is malformed, of another type, by another key, or its signature does not hold. Words for a log line. */
export class BadSignature extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = "BadSignature";
  }
}

/** An Ed25519 private key with its public half and fingerprint. */
export class SigningKey {
  #seed;

  /** @param {Uint8Array} seed 32 secret bytes */
  constructor(seed) {
    if (seed.length !== 32) throw new BadSignature("a seed has 32 bytes");
    this.#seed = Uint8Array.from(seed);
    /** Raw public key, base64url. */
    this.public = encodeBytes(ed25519.getPublicKey(this.#seed));
    /** Fingerprint of the public key; for a device, its id. */
    this.id = fingerprint(this.public);
  }

  static generate() {
    return new SigningKey(crypto.getRandomValues(new Uint8Array(32)));
  }

  /** The 32 secret bytes, for this browser's own storage only. */
  get seed() {
    return Uint8Array.from(this.#seed);
  }

  /**
   * @param {Uint8Array} data
   * @returns {Uint8Array} 64 bytes
   */
  signBytes(data) {
    return ed25519.sign(data, this.#seed);
  }
}

/**
 * First 16 bytes of the SHA-256 of the raw public key, base64url: 22 characters.
 * @param {string} publicKey
 */
export function fingerprint(publicKey) {
  return encodeBytes(sha256(bytesOf(publicKey)).slice(0, 16));
}

/**
 * Whether it is the one spelling of a point that is not of small order (site_agent/launch/keys.py says why).
 * @param {string} publicKey
 */
export function isSound(publicKey) {
  try {
    const raw = decodeBytes(publicKey);
    return raw.length === 32 && encodeBytes(raw) === publicKey && !ed25519.Point.fromBytes(raw).isSmallOrder();
  } catch {
    return false;
  }
}

/**
 * Sign a body, an object whose `type` says what it is.
 * @param {{type: string} & Record<string, unknown>} body
 * @param {SigningKey} key
 * @returns {Signed}
 */
export function sign(body, key) {
  const encoded = new TextEncoder().encode(JSON.stringify(body));
  return { body: encodeBytes(encoded), key: key.id, sig: encodeBytes(key.signBytes(encoded)) };
}

/**
 * Decode the body WITHOUT checking the signature: to learn which key to check it with.
 * @param {Signed} signed
 * @param {string} type the `type` it must have, one of objects.js
 * @returns {Record<string, any>}
 * @throws {BadSignature}
 */
export function read(signed, type) {
  let body;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytesOf(signed?.body)));
  } catch (error) {
    if (error instanceof BadSignature) throw error;
    throw new BadSignature(`not a ${type}: malformed`);
  }
  if (typeof body !== "object" || body === null || body.type !== type) throw new BadSignature(`not a ${type}`);
  return shaped(body, type);
}

/**
 * Check the signature against a key the caller trusts, then decode the body.
 * @param {Signed} signed
 * @param {string} type
 * @param {string} publicKey
 * @returns {Record<string, any>}
 * @throws {BadSignature}
 */
export function verify(signed, type, publicKey) {
  if (signed?.key !== fingerprint(publicKey)) throw new BadSignature("signed by another key");
  const sig = bytesOf(signed.sig);
  // RFC 8032 rules rather than ZIP 215, as OpenSSL checks on the other side.
  if (sig.length !== 64 || !holds(sig, bytesOf(signed.body), bytesOf(publicKey))) {
    throw new BadSignature("the signature does not hold");
  }
  return read(signed, type);
}

/**
 * SHA-256 of the body bytes, 64 hexadecimal digits: the `…_hash` by which other objects name this one.
 * @param {Signed} signed
 */
export function digest(signed) {
  return hex(sha256(bytesOf(signed.body)));
}

/**
 * Canonical JSON: keys sorted by code point, no spaces, UTF-8 left raw.
 * @param {unknown} value
 * @returns {string}
 */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  entries.sort(([a], [b]) => compareCodePoints(a, b));
  return `{${entries.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(",")}}`;
}

/**
 * SHA-256 of the canonical JSON, 64 hexadecimal digits.
 * @param {unknown} value
 */
export function canonicalHash(value) {
  return hex(sha256(new TextEncoder().encode(canonical(value))));
}

/**
 * UTF-8 bytes sort as code points do; UTF-16 code units, JavaScript's own order, do not.
 * @param {string} a
 * @param {string} b
 */
function compareCodePoints(a, b) {
  const left = Array.from(a);
  const right = Array.from(b);
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = /** @type {number} */ (left[index].codePointAt(0)) - /** @type {number} */ (right[index].codePointAt(0));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * @param {Uint8Array} sig
 * @param {Uint8Array} message
 * @param {Uint8Array} publicKey
 */
function holds(sig, message, publicKey) {
  try {
    return ed25519.verify(sig, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

/** @param {Record<string, unknown>} body @param {string} type */
function shaped(body, type) {
  try {
    return BODIES[type](body);
  } catch (error) {
    if (error instanceof WrongShape) throw new BadSignature(`not a ${type}: ${error.message}`);
    throw error;
  }
}

/** @param {string} text */
function bytesOf(text) {
  try {
    return decodeBytes(text);
  } catch {
    throw new BadSignature("not base64url");
  }
}
