// The warrant: who may fire an attempt, and what ends it. The mirror of site_agent/launch/warrants.py, where the table of
// codes stands; held to it by shared vectors.

import { decodeBytes } from "./base64.js";
import { BadSignature, digest, fingerprint, read, verify } from "./signed.js";

/** The holder commits nothing in the last seconds of the window. */
export const STOP_BEFORE_END = 5_000_000;

/**
 * @typedef {import("./signed.js").Signed} Signed
 * @typedef {import("./objects.js").Warrant} Warrant
 * @typedef {{ceremony_id: string, live_key: string, rehearsal_key: string}} Pinned
 */

/** An object of the launch that must not be used; `code` is searchable and the same in Python. */
export class Invalid extends BadSignature {
  /** @param {string} code @param {string} detail */
  constructor(code, detail) {
    super(`${code}: ${detail}`);
    this.name = "Invalid";
    this.code = code;
  }
}

/**
 * The warrant, if the ceremony's key of its kind signed it and its terms hold together.
 * @param {Signed} signed
 * @param {Pinned} pinned
 * @returns {Warrant}
 * @throws {Invalid}
 */
export function verifyWarrant(signed, pinned) {
  const claimed = readBody(signed, "diemcau.warrant.v1");
  if (pinned.live_key === pinned.rehearsal_key) throw new Invalid("warrant_signature", "live and rehearsal keys are the same");
  const key = claimed.live ? pinned.live_key : pinned.rehearsal_key;
  const warrant = /** @type {Warrant} */ (verifyBody(signed, "diemcau.warrant.v1", key, "warrant_signature"));
  if (warrant.ceremony_id !== pinned.ceremony_id) throw new Invalid("ceremony", `of ceremony ${warrant.ceremony_id}`);
  const problem = contradiction(warrant);
  if (problem) throw new Invalid("warrant_terms", problem);
  return warrant;
}

/**
 * What is wrong with the terms of a warrant; empty when they hold together.
 * @param {Warrant} warrant
 */
export function contradiction(warrant) {
  const seats = [...warrant.trigger_seats, ...warrant.pad_seats].map((seat) => seat.seat);
  const counting = [...warrant.trigger_seats, ...warrant.substitutes].map((each) => each.key);
  const pads = warrant.pad_seats.map((seat) => seat.key);
  /** @type {[boolean, string][]} */
  const rules = [
    [warrant.attempt >= 1 && warrant.term >= 1, "attempt and term count from 1"],
    [warrant.k >= 1 && warrant.k <= warrant.trigger_seats.length, "k is not between 1 and the number of trigger seats"],
    [warrant.trigger !== "countdown" || warrant.trigger_seats.length === 1, "a countdown has one trigger seat"],
    [distinct(seats), "a seat is named twice"],
    [distinct(counting), "one device would count twice"],
    [distinct([...counting, ...new Set(pads)]) && distinct(pads), "a pad's device would count"],
    [[...counting, ...pads, warrant.commit_key].every(isPublicKey), "a key is not an Ed25519 key"],
    [![...counting, ...pads].includes(warrant.commit_key), "the commit key is a seat's"],
    [warrant.lead > 0, "the lead is not positive"],
    [warrant.window.opens + STOP_BEFORE_END < warrant.window.ends, "the window is shorter than 5 s"],
    [
      warrant.late_policy.fire_within >= 0 && warrant.late_policy.fire_within <= warrant.not_after,
      "late policy and not_after contradict",
    ],
  ];
  return rules.find(([holds]) => !holds)?.[1] ?? "";
}

/**
 * The proof that `warrant` (already verified by the caller) is over: its return, the abort of its order, or a vouch.
 * @param {Signed} ended
 * @param {Signed} warrant
 * @param {Pinned} pinned
 * @param {string | null} [orderHash] where the caller knows the warrant's order: an abort must name it
 * @throws {Invalid}
 */
export function verifyEnded(ended, warrant, pinned, orderHash = null) {
  const body = /** @type {Warrant} */ (read(warrant, "diemcau.warrant.v1"));
  const type = typeOf(ended);
  if (type === "diemcau.vouch.v1") verifyBody(ended, type, body.live ? pinned.live_key : pinned.rehearsal_key, "warrant_signature");
  else verifyBody(ended, type, body.commit_key, "commit_signature");
  const proof = read(ended, type);
  const namesIt = "order_hash" in proof ? orderHash === null || proof.order_hash === orderHash : proof.warrant_hash === digest(warrant);
  if (!namesIt || !sameAttempt(proof, body)) throw new Invalid("other", "ends another warrant");
}

/** The holder commits before this instant only. @param {Warrant} warrant */
export function lastCommit(warrant) {
  return warrant.window.ends - STOP_BEFORE_END;
}

/** The candidate whose fingerprint is `key`. @param {string} key @param {string[]} candidates */
export function keyNamed(key, candidates) {
  return candidates.find((candidate) => fingerprint(candidate) === key) ?? null;
}

/**
 * `read` of signed.js, as `Invalid`.
 * @param {Signed} signed
 * @param {string} type
 * @throws {Invalid}
 */
export function readBody(signed, type) {
  return as("malformed", () => read(signed, type));
}

/**
 * `verify` of signed.js, as `Invalid`: `malformed`, or `code` when the signature does not hold.
 * @param {Signed} signed
 * @param {string} type
 * @param {string} publicKey
 * @param {string} code
 */
export function verifyBody(signed, type, publicKey, code) {
  readBody(signed, type);
  return as(code, () => verify(signed, type, publicKey));
}

/**
 * @template T
 * @param {string} code
 * @param {() => T} work
 * @returns {T}
 */
function as(code, work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof BadSignature) throw new Invalid(code, error.message);
    throw error;
  }
}

/** @param {Signed} ended */
function typeOf(ended) {
  for (const type of ["diemcau.return.v1", "diemcau.abort.v1", "diemcau.vouch.v1"]) {
    try {
      read(ended, type);
      return type;
    } catch (error) {
      if (!(error instanceof BadSignature)) throw error;
    }
  }
  throw new Invalid("malformed", "ends nothing");
}

/** @param {Record<string, any>} proof @param {Warrant} warrant */
function sameAttempt(proof, warrant) {
  return (
    proof.ceremony_id === warrant.ceremony_id &&
    proof.live === warrant.live &&
    proof.cue === warrant.cue &&
    proof.attempt === warrant.attempt
  );
}

/** @param {string[]} items */
function distinct(items) {
  return new Set(items).size === items.length;
}

/** @param {string} key */
function isPublicKey(key) {
  try {
    return decodeBytes(key).length === 32;
  } catch {
    return false;
  }
}
