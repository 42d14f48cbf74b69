/**
 * What a console, the MC's tablet and a press pad may show and do, as pure functions of the cue's row.
 *
 * @typedef {{seat: string, device: string|null, trigger: boolean, pressed_at: number|null, counted: boolean,
 *   substituted_by: string|null}} Seat
 * @typedef {{site: string, name: string, ready: boolean, reason: string, waived_by: string}} Required
 * @typedef {{role: string, seat: string, at: number}} Confirmed
 * @typedef {import("./plan.js").Plan} Plan
 * @typedef {{cue: string, plan: Plan, title: string, subtitle: string, portal: string, plan_hash: string, trigger: "countdown"|"seats",
 *   k: number, hold: number, lead: number, window: number, state: string, attempt: number, live: boolean, seats: Seat[],
 *   required: Required[], ready_count: number, ready_of: number, confirmed: Confirmed[], refused_detail: string,
 *   warrant_hash: string|null, armed_until: number|null, holder: string, pressed: number, t0: number|null,
 *   order_hash: string|null, fired_sites: number, receipts: number, expected_receipts: number, last_abort: string,
 *   abort_until?: number|null, doubt?: import("./doubt.js").DoubtRow|null, vouched?: import("./doubt.js").VouchedRow[]}} Cue
 */

import { t } from "../lib/i18n.js";

const ENDED = new Set(["aborted", "expired", "verified"]);
const RUNNING = new Set(["polling", "hold", "armed", "committed", "fired", "aborting"]);

/**
 * Required sites that neither are ready nor were waived.
 * @param {Cue} cue
 */
export function blocking(cue) {
  return cue.required.filter((site) => !site.ready && !site.waived_by);
}

/**
 * What this person may do on the console now, most important first. The server decides again; this only draws.
 * @param {Cue} cue
 * @param {string} role
 * @returns {string[]} of: prepare, edit, poll_rehearsal, poll_live, resume, hold, confirm
 */
export function actions(cue, role) {
  const caller = role === "caller" || role === "admin";
  const confirmer = caller || role === "tech";
  /** @type {string[]} */
  const may = [];
  if (caller && cue.state === "draft") may.push("prepare", "edit");
  if (caller && cue.state === "prepared") may.push("poll_rehearsal", "poll_live", "edit");
  if (caller && ENDED.has(cue.state) && !(cue.state === "verified" && cue.live)) may.push("poll_rehearsal", "poll_live");
  if (confirmer && cue.state === "polling" && !hasConfirmed(cue, role)) may.push("confirm");
  if (caller && cue.state === "polling") may.push("hold");
  if (caller && cue.state === "hold") may.push("resume");
  return may;
}

/**
 * Whether the role's side of the two has confirmed: the caller is one, tech or admin the other.
 * @param {Cue} cue
 * @param {string} role
 */
export function hasConfirmed(cue, role) {
  const side = (/** @type {string} */ name) => (name === "caller" ? "caller" : "technical");
  return cue.confirmed.some((each) => side(each.role) === side(role));
}

/**
 * Whether the running attempt's holder is lost: it is armed in name, and no press is taken.
 * @param {Cue} cue
 */
export function isLost(cue) {
  return Boolean(cue.doubt?.lost && cue.doubt.attempt === cue.attempt);
}

/** Before T0 the holder signs no abort, µs, where the server did not say how long the way to the sites is. */
const ABORT_GUARD = 1_000_000;

/**
 * How long the running order can still be taken back everywhere, µs; 0 when it cannot.
 * @param {Cue} cue
 * @param {number} now
 */
export function abortLeft(cue, now) {
  if (cue.state !== "committed" || cue.t0 === null) return 0;
  return Math.max(0, (cue.abort_until ?? cue.t0 - ABORT_GUARD) - now);
}

/**
 * Whether there is a launch, or an armed button, to take back. A page that has lost the centre may try all the same.
 * @param {Cue|null} cue
 * @param {number} now
 */
export function mayAbort(cue, now) {
  if (!cue || isLost(cue)) return false;
  return cue.state === "armed" || abortLeft(cue, now) > 0;
}

/**
 * Whether an attempt is under way, so that pads and pages must show which one.
 * @param {Cue} cue
 */
export function isRunning(cue) {
  return RUNNING.has(cue.state);
}

/**
 * What a pad shows for its seat.
 * @param {Cue|null} cue
 * @param {string} seat
 * @param {number} now
 * @param {string} device this device's id
 * @returns {"absent"|"waiting"|"stranger"|"open"|"pressed"|"counted"|"fired"|"aborted"} `absent`: no cue at all;
 *   `stranger`: armed, but not with this seat or not with this device
 */
export function padState(cue, seat, now, device) {
  if (!cue) return "absent";
  const own = cue.seats.find((each) => each.seat === seat);
  if (cue.state === "aborting" || cue.state === "aborted") return own?.pressed_at ? "aborted" : "waiting";
  if (["fired", "verified"].includes(cue.state) || (cue.state === "committed" && cue.t0 !== null && now >= cue.t0)) return "fired";
  if (cue.state === "committed") return own?.counted ? "counted" : "pressed";
  if (cue.state !== "armed" || isLost(cue)) return "waiting";
  if (!own) return "stranger";
  if (own.counted) return "counted";
  if (own.device !== device) return "stranger";
  return own.pressed_at ? "pressed" : "open";
}

/**
 * The digit to show before T0 (3, 2, 1), or null.
 * @param {number|null} t0
 * @param {number} now
 */
export function countdownDigit(t0, now) {
  if (t0 === null || now >= t0 || t0 - now > 3_000_000) return null;
  return Math.ceil((t0 - now) / 1_000_000);
}

/**
 * What two people compare before they confirm: which plan, and which time the button is made ready.
 * @param {Pick<Cue, "plan_hash" | "attempt">} cue
 */
export function planCode({ plan_hash, attempt }) {
  const hash = plan_hash.slice(0, 12);
  return attempt === 0 ? t("Mã kế hoạch {hash} · chưa mở lần nào", { hash }) : t("Mã kế hoạch {hash} · lần {attempt}", { hash, attempt });
}
