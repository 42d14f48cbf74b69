// Order and abort: the whole chain a device checks before it believes that the button was pressed. The mirror of
// site_agent/launch/orders.py, held to it by shared vectors.

import { digest } from "./signed.js";
import { Invalid, keyNamed, lastCommit, readBody, verifyBody, verifyWarrant } from "./warrants.js";

/** How far a press's own time may be from the holder's. */
export const PRESS_SKEW = 15_000_000;

/**
 * @typedef {import("./signed.js").Signed} Signed
 * @typedef {import("./objects.js").Warrant} Warrant
 * @typedef {import("./warrants.js").Pinned} Pinned
 * @typedef {{seat: string, by: string, substituted: boolean, pad: boolean, pressed_at: number}} VerifiedPress
 * @typedef {{signed: Signed, order_hash: string, body: import("./objects.js").Order, warrant: Warrant, warrant_hash: string,
 *   presses: VerifiedPress[]}} VerifiedOrder
 */

/**
 * Check an order from the pinned keys down to its last press; the first check that fails gives the code.
 * @param {Signed} signed
 * @param {Pinned} pinned
 * @returns {VerifiedOrder}
 * @throws {Invalid}
 */
export function verifyOrder(signed, pinned) {
  const claimed = readBody(signed, "diemcau.order.v1");
  const warrant = verifyWarrant(claimed.warrant, pinned);
  const order = /** @type {import("./objects.js").Order} */ (
    verifyBody(signed, "diemcau.order.v1", warrant.commit_key, "commit_signature")
  );
  const warrantHash = digest(order.warrant);
  const presses = order.presses.map((press) => verifyPress(press, warrant, warrantHash));
  checkQuorum(warrant, presses);
  checkT0(warrant, order, presses);
  const samePolicy = order.late_policy.fire_within === warrant.late_policy.fire_within;
  if (order.not_after !== order.t0 + warrant.not_after || !samePolicy) {
    throw new Invalid("policy", "not_after or late policy differ from the warrant's");
  }
  return { signed, order_hash: digest(signed), body: order, warrant, warrant_hash: warrantHash, presses };
}

/**
 * Check one press under a warrant the caller has verified.
 * @param {Signed} signed
 * @param {Warrant} warrant
 * @param {string} warrantHash
 * @returns {VerifiedPress}
 * @throws {Invalid}
 */
export function verifyPress(signed, warrant, warrantHash) {
  const press = readBody(signed, "diemcau.press.v1");
  if (press.warrant_hash !== warrantHash) throw new Invalid("press_warrant", "pressed for another warrant");
  const touched = press.substitute_for || press.seat;
  const substituted = press.substitute_for !== null;
  const trigger = warrant.trigger_seats.find((seat) => seat.seat === touched);
  const seat = trigger ?? (substituted ? undefined : warrant.pad_seats.find((pad) => pad.seat === touched));
  if (!seat) throw new Invalid("press_seat", `no seat ${touched} in the warrant`);
  const key = substituted ? keyNamed(signed.key, warrant.substitutes.map((each) => each.key)) : seat.key;
  if (key === null) throw new Invalid("press_signature", "not signed by a substitute of the warrant");
  verifyBody(signed, "diemcau.press.v1", key, "press_signature");
  return { seat: touched, by: press.seat, substituted, pad: !trigger, pressed_at: press.pressed_at };
}

/**
 * Check that an abort takes back this very order, before its T0.
 * @param {Signed} signed
 * @param {VerifiedOrder} order
 * @throws {Invalid}
 */
export function verifyAbort(signed, order) {
  const abort = verifyBody(signed, "diemcau.abort.v1", order.warrant.commit_key, "commit_signature");
  const { ceremony_id, live, cue, attempt } = order.warrant;
  const same = abort.ceremony_id === ceremony_id && abort.live === live && abort.cue === cue && abort.attempt === attempt;
  if (!same || abort.order_hash !== order.order_hash) throw new Invalid("other", "aborts another order");
  if (abort.aborted_at >= order.body.t0) throw new Invalid("abort_time", "aborted after T0");
}

/** @param {Warrant} warrant @param {VerifiedPress[]} presses */
function checkQuorum(warrant, presses) {
  if (presses.some((press) => press.pad)) throw new Invalid("press_seat", "a pad never counts");
  const seats = new Set(presses.map((press) => press.seat));
  if (presses.length !== warrant.k || seats.size !== warrant.k) throw new Invalid("quorum", `not exactly ${warrant.k} distinct seats`);
}

/**
 * The last press is the one that made the quorum: T0 is the holder's instant of it plus the lead.
 * @param {Warrant} warrant
 * @param {import("./objects.js").Order} order
 * @param {VerifiedPress[]} presses
 */
function checkT0(warrant, order, presses) {
  const committedAt = order.t0 - warrant.lead;
  const { opens } = warrant.window;
  if (committedAt < opens || committedAt >= lastCommit(warrant)) throw new Invalid("t0", "committed outside the window");
  const inside = (/** @type {VerifiedPress} */ press) =>
    press.pressed_at >= opens - PRESS_SKEW && press.pressed_at <= committedAt + PRESS_SKEW;
  if (!presses.every(inside)) throw new Invalid("t0", "a press outside the window");
  if (presses[presses.length - 1].pressed_at < committedAt - PRESS_SKEW) {
    throw new Invalid("t0", "T0 does not follow from the last press");
  }
}
