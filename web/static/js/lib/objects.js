// The bodies that are signed during a launch: the mirror of site_agent/launch/objects.py. Unknown fields are refused.

import { flag, integer, listOf, nullable, oneOf, optional, struct, text } from "./shapes.js";

/**
 * @typedef {import("./signed.js").Signed} Signed
 * @typedef {{seat: string, key: string}} SeatKey
 * @typedef {{ceremony_id: string, live: boolean, cue: string, attempt: number, term: number, trigger: "countdown" | "seats",
 *   plan_hash: string, trigger_seats: SeatKey[], k: number, pad_seats: SeatKey[], substitutes: {role: string, key: string}[],
 *   lead: number, late_policy: {fire_within: number}, not_after: number, window: {opens: number, ends: number},
 *   ended: Signed | null, commit_key: string}} Warrant
 * @typedef {{warrant_hash: string, seat: string, substitute_for: string | null, pressed_at: number}} Press
 * @typedef {{warrant: Signed, presses: Signed[], t0: number, not_after: number, late_policy: {fire_within: number}}} Order
 * @typedef {{ceremony_id: string, live: boolean, cue: string, attempt: number, order_hash: string, aborted_at: number}} Abort
 * @typedef {"fired" | "fired_late" | "end_state" | "too_late" | "already_fired" | "aborted" | "unknown"} FireOutcome
 * @typedef {{name: string, ok: boolean, at: number | null, detail: string}} OutputReceipt
 */

const signed = struct({ body: text, key: text, sig: text });
const seatKey = struct({ seat: text, key: text }, { strict: true });
const latePolicy = struct({ fire_within: integer }, { strict: true });
const attempt = { ceremony_id: text, live: flag, cue: text, attempt: integer };
const output = struct({ name: text, ok: flag, at: optional(nullable(integer)), detail: optional(text, "") }, { strict: true });

const outcome = oneOf("fired", "fired_late", "end_state", "too_late", "already_fired", "aborted", "unknown");

/** By `type`. @type {Record<string, import("./shapes.js").Shape>} */
export const BODIES = {
  "diemcau.confirm.v1": body({ plan_hash: text, live: flag, cue: text, attempt: integer, role: text, device: text }),
  "diemcau.warrant.v1": body({
    ...attempt,
    term: integer,
    trigger: oneOf("countdown", "seats"),
    plan_hash: text,
    trigger_seats: listOf(seatKey),
    k: integer,
    pad_seats: listOf(seatKey),
    substitutes: listOf(struct({ role: text, key: text }, { strict: true })),
    lead: integer,
    late_policy: latePolicy,
    not_after: integer,
    window: struct({ opens: integer, ends: integer }, { strict: true }),
    ended: nullable(signed),
    commit_key: text,
  }),
  "diemcau.vouch_word.v1": body({ ...attempt, warrant_hash: text, role: text, device: text }),
  "diemcau.vouch.v1": body({ ...attempt, warrant_hash: text, words: listOf(signed) }),
  "diemcau.held.v1": body({ warrant_hash: text }),
  "diemcau.return.v1": body({ ...attempt, warrant_hash: text }),
  "diemcau.press.v1": body({ warrant_hash: text, seat: text, substitute_for: nullable(text), pressed_at: integer }),
  "diemcau.order.v1": body({ warrant: signed, presses: listOf(signed), t0: integer, not_after: integer, late_policy: latePolicy }),
  "diemcau.abort.v1": body({ ...attempt, order_hash: text, aborted_at: integer }),
  "diemcau.receipt.v1": body({
    ...attempt,
    site: text,
    device: text,
    order_hash: text,
    outcome,
    target: integer,
    actual: nullable(integer),
    clock_bound: integer,
    outputs: optional(listOf(output), []),
  }),
  "diemcau.hello.v1": body({ ceremony_id: text, site: text, device: text, nonce: integer }),
};

/** @param {Record<string, any>} fields */
function body(fields) {
  return struct({ type: text, ...fields }, { strict: true });
}
