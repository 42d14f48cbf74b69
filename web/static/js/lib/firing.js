// What a device does with orders and aborts: keep, refuse, wait, fire once, or show the end state. Pure; the mirror of
// site_agent/launch/firing.py, where the rules stand, held to it by shared vectors. The shell stores the new memory DURABLY and
// only then acts or answers.

import { verifyAbort, verifyOrder } from "./orders.js";
import { digest, read } from "./signed.js";
import { Invalid, readBody, verifyEnded } from "./warrants.js";

export const MARK_AHEAD = 250_000;
export const LATE_FROM = 100_000;
export const MAX_TOMBSTONES = 64;

/**
 * @typedef {import("./signed.js").Signed} Signed
 * @typedef {import("./objects.js").FireOutcome} FireOutcome
 * @typedef {import("./warrants.js").Pinned} Pinned
 * @typedef {{live: boolean, cue: string, attempt: number}} Key what a device fires at most once for
 * @typedef {{key: Key, order: Signed, order_hash: string, t0: number, not_after: number, fire_within: number,
 *   state: "loaded" | "marked" | "done", outcome: FireOutcome | null, actual: number | null}} Slot
 * @typedef {{slots: Slot[], tombstones: Signed[]}} Memory all a device must not forget about launches; kept whole
 * @typedef {"loaded" | "known" | "aborted" | "already_fired" | "conflict" | "lower_attempt" | "too_late" | "kept" | "full"
 *   | "invalid"} Verdict
 * @typedef {{memory: Memory, verdict: Verdict, key: Key | null, detail: string, dropped: Key[]}} Taken
 * @typedef {{action: "wait" | "fire" | "finish" | "nothing", at: number | null, outcome: FireOutcome | null}} Decision
 * @typedef {{memory: Memory, unknown: Key[], reassert: Key | null}} Recovered
 */

/** @type {Memory} */
export const EMPTY = { slots: [], tombstones: [] };

/** `mark` was asked for a slot that is not loaded, or after the device fired live for the cue. */
export class MayNotFire extends Error {}

/** The slot of a key. @param {Memory} memory @param {Key} key */
export function slotOf(memory, key) {
  return memory.slots.find((slot) => sameKey(slot.key, key)) ?? null;
}

/**
 * An order arrived, by message or in `welcome` (there: aborts first).
 * @param {Memory} memory
 * @param {Signed} signed
 * @param {Pinned} pinned
 * @returns {Taken}
 */
export function takeOrder(memory, signed, pinned) {
  const order = checked(() => verifyOrder(signed, pinned));
  if (order instanceof Invalid) return taken(memory, "invalid", null, { detail: order.code });
  const { live, cue, attempt } = order.warrant;
  const key = { live, cue, attempt };
  const kept = slotOf(memory, key);
  if (kept?.order_hash === order.order_hash) return taken(memory, "known", key);
  if (kept) return taken(memory, "conflict", key, { detail: order.order_hash });
  if (memory.slots.some((slot) => sameSeries(slot.key, key) && slot.key.attempt > attempt)) return taken(memory, "lower_attempt", key);
  const [left, dropped] = dropEnded(memory, order, pinned);
  return load(left, order, key, dropped);
}

/**
 * An abort arrived. It works until the mark; before its order arrives it is kept unverified.
 * @param {Memory} memory
 * @param {Signed} signed
 * @param {Pinned} pinned
 * @returns {Taken}
 */
export function takeAbort(memory, signed, pinned) {
  const abort = checked(() => readBody(signed, "diemcau.abort.v1"));
  if (abort instanceof Invalid) return taken(memory, "invalid", null, { detail: abort.code });
  if (abort.ceremony_id !== pinned.ceremony_id) return taken(memory, "invalid", null, { detail: "ceremony" });
  const key = { live: abort.live, cue: abort.cue, attempt: abort.attempt };
  const slot = slotOf(memory, key);
  if (slot === null) return keepTombstone(memory, signed, key);
  const wrong = checked(() => verifyAbort(signed, verifyOrder(slot.order, pinned)));
  if (wrong instanceof Invalid) return taken(memory, "invalid", key, { detail: wrong.code });
  if (slot.outcome === "aborted") return taken(memory, "known", key);
  if (slot.state !== "loaded") return taken(memory, "too_late", key);
  return taken(replace(memory, done(slot, "aborted")), "aborted", key);
}

/**
 * What to do for an attempt now.
 * @param {Memory} memory as stored
 * @param {Key} key
 * @param {number} now the ceremony clock as this device knows it
 * @param {number} target when this device should act: T0 plus its offset less its output delay
 * @returns {Decision}
 */
export function decide(memory, key, now, target) {
  const slot = slotOf(memory, key);
  if (slot?.state !== "loaded") return { action: "nothing", at: null, outcome: null };
  if (firedLive(memory, key)) return { action: "finish", at: null, outcome: "already_fired" };
  if (now > slot.not_after) return { action: "finish", at: null, outcome: "too_late" };
  if (now < target - MARK_AHEAD) return { action: "wait", at: target - MARK_AHEAD, outcome: null };
  if (now - target > slot.fire_within) return { action: "finish", at: null, outcome: "end_state" };
  return { action: "fire", at: Math.max(now, target), outcome: now - target >= LATE_FROM ? "fired_late" : "fired" };
}

/**
 * The memory to store before the outputs act. The one gate in front of every output.
 * @param {Memory} memory
 * @param {Key} key
 * @throws {MayNotFire}
 */
export function mark(memory, key) {
  const slot = slotOf(memory, key);
  if (slot?.state !== "loaded") throw new MayNotFire(`${key.cue}/${key.attempt} is not loaded`);
  if (firedLive(memory, key)) throw new MayNotFire(`${key.cue} has fired live`);
  return replace(memory, { ...slot, state: "marked" });
}

/**
 * The memory to store when an attempt is over for this device. A slot that is done stays as it is.
 * @param {Memory} memory
 * @param {Key} key
 * @param {FireOutcome} outcome
 * @param {number | null} [actual]
 */
export function finish(memory, key, outcome, actual = null) {
  const slot = slotOf(memory, key);
  if (slot === null || slot.state === "done") return memory;
  return replace(memory, { ...done(slot, outcome), actual });
}

/**
 * What to do with the memory found at start; loaded slots are simply decided again. An end state is shown again until
 * `not_after` only.
 * @param {Memory} memory
 * @param {number} now
 * @returns {Recovered}
 */
export function recover(memory, now) {
  const unknown = memory.slots.filter((slot) => slot.state === "marked").map((slot) => slot.key);
  for (const key of unknown) memory = finish(memory, key, "unknown");
  const shown = memory.slots.filter((slot) => (hasFired(slot) || slot.outcome === "end_state") && now <= slot.not_after);
  /** @type {Slot | null} */
  let last = null;
  for (const slot of shown) if (last === null || slot.t0 > last.t0) last = slot;
  return { memory, unknown, reassert: last?.key ?? null };
}

/**
 * @param {Memory} memory
 * @param {import("./orders.js").VerifiedOrder} order
 * @param {Key} key
 * @param {Key[]} dropped
 * @returns {Taken}
 */
function load(memory, order, key, dropped) {
  /** @type {Slot} */
  let slot = {
    key,
    order: order.signed,
    order_hash: order.order_hash,
    t0: order.body.t0,
    not_after: order.body.not_after,
    fire_within: order.body.late_policy.fire_within,
    state: "loaded",
    outcome: null,
    actual: null,
  };
  /** @type {Verdict} */
  let verdict = "loaded";
  const takenBack = memory.tombstones.some((tombstone) => !(checked(() => verifyAbort(tombstone, order)) instanceof Invalid));
  if (takenBack) [slot, verdict] = [done(slot, "aborted"), "aborted"];
  else if (firedLive(memory, key)) [slot, verdict] = [done(slot, "already_fired"), "already_fired"];
  const tombstones = memory.tombstones.filter((tombstone) => !speaksOf(tombstone, key));
  return taken({ slots: [...memory.slots, slot], tombstones }, verdict, key, { dropped });
}

/**
 * @param {Memory} memory
 * @param {import("./orders.js").VerifiedOrder} order
 * @param {Pinned} pinned
 * @returns {[Memory, Key[]]}
 */
function dropEnded(memory, order, pinned) {
  const { ended, cue } = order.warrant;
  if (ended === null) return [memory, []];
  const over = memory.slots.filter((slot) => slot.state === "loaded" && slot.key.cue === cue && isEnded(slot, ended, pinned));
  for (const slot of over) memory = replace(memory, done(slot, "aborted"));
  return [memory, over.map((slot) => slot.key)];
}

/** @param {Slot} slot @param {Signed} ended @param {Pinned} pinned */
function isEnded(slot, ended, pinned) {
  const { warrant } = read(slot.order, "diemcau.order.v1");
  return !(checked(() => verifyEnded(ended, warrant, pinned, slot.order_hash)) instanceof Invalid);
}

/** @param {Memory} memory @param {Signed} signed @param {Key} key */
function keepTombstone(memory, signed, key) {
  const same = (/** @type {Signed} */ kept) => digest(kept) === digest(signed) && kept.sig === signed.sig;
  if (memory.tombstones.some(same)) return taken(memory, "known", key);
  if (memory.tombstones.length >= MAX_TOMBSTONES) return taken(memory, "full", key);
  return taken({ slots: memory.slots, tombstones: [...memory.tombstones, signed] }, "kept", key);
}

/** @param {Signed} tombstone @param {Key} key */
function speaksOf(tombstone, key) {
  const { live, cue, attempt } = read(tombstone, "diemcau.abort.v1");
  return sameKey({ live, cue, attempt }, key);
}

/** Whether the device has fired (or may have) for another live attempt of the cue. @param {Memory} memory @param {Key} key */
function firedLive(memory, key) {
  const other = (/** @type {Slot} */ slot) => !sameKey(slot.key, key) && sameSeries(slot.key, key);
  return key.live && memory.slots.some((slot) => other(slot) && (slot.state === "marked" || hasFired(slot)));
}

/** @param {Slot} slot */
function hasFired(slot) {
  return slot.outcome === "fired" || slot.outcome === "fired_late" || slot.outcome === "unknown";
}

/** @param {Key} one @param {Key} other */
export function sameKey(one, other) {
  return sameSeries(one, other) && one.attempt === other.attempt;
}

/** @param {Key} one @param {Key} other */
function sameSeries(one, other) {
  return one.live === other.live && one.cue === other.cue;
}

/** @param {Slot} slot @param {FireOutcome} outcome @returns {Slot} */
function done(slot, outcome) {
  return { ...slot, state: "done", outcome };
}

/** @param {Memory} memory @param {Slot} slot @returns {Memory} */
function replace(memory, slot) {
  return { slots: memory.slots.map((kept) => (sameKey(kept.key, slot.key) ? slot : kept)), tombstones: memory.tombstones };
}

/**
 * @param {Memory} memory
 * @param {Verdict} verdict
 * @param {Key | null} key
 * @param {{detail?: string, dropped?: Key[]}} [more]
 * @returns {Taken}
 */
function taken(memory, verdict, key, { detail = "", dropped = [] } = {}) {
  return { memory, verdict, key, detail, dropped };
}

/**
 * @template T
 * @param {() => T} work
 * @returns {T | Invalid}
 */
function checked(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof Invalid) return error;
    throw error;
  }
}
