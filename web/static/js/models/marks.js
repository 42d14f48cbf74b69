/**
 * The launch as the programme's own playlist tells it: EXT-X-DATERANGE with the signed order or abort (RFC 8216 §4.3.2.7), each
 * believed only when the whole chain holds up to the ceremony's keys that the page was given. Pure.
 *
 * @typedef {{live: boolean, cue: string, attempt: number}} Key
 * @typedef {Key & {t0: number, lead: number, trigger: "countdown" | "seats", pressed: number[]}} MarkedLaunch `pressed`: instants of the
 *   presses that count, first to last
 * @typedef {import("../lib/warrants.js").Pinned} Pinned
 */

import { decodeBytes } from "../lib/base64.js";
import { verifyAbort, verifyOrder } from "../lib/orders.js";
import { read } from "../lib/signed.js";
import { Invalid } from "../lib/warrants.js";

const TAG = "#EXT-X-DATERANGE:";
const SIGNED = "X-DIEMCAU-SIGNED";
/** Objects looked at, at most: a playlist full of forgeries costs no more than this. */
const MOST = 64;

/**
 * The signed texts of a playlist, as they stand in it (base64url).
 * @param {string} playlist
 * @returns {string[]}
 */
export function signedTexts(playlist) {
  const found = [];
  for (let from = playlist.indexOf(TAG); from >= 0; from = playlist.indexOf(TAG, from + 1)) {
    const end = playlist.indexOf("\n", from);
    const line = playlist.slice(from + TAG.length, end < 0 ? undefined : end);
    const value = new RegExp(`(?:^|,)${SIGNED}="([A-Za-z0-9_-]+)=*"`).exec(line)?.[1];
    if (value) found.push(value);
  }
  return found;
}

export class LaunchMarks {
  #pinned;
  /** @type {Set<string>} */
  #looked = new Set();
  /** @type {{order: import("../lib/orders.js").VerifiedOrder, aborted: boolean}[]} */
  #orders = [];
  /** Aborts that came before their order. @type {import("../lib/signed.js").Signed[]} */
  #aborts = [];
  /** Codes of what was not believed, for the technical team. @type {string[]} */
  refused = [];

  /** @param {Pinned} pinned */
  constructor(pinned) {
    this.#pinned = pinned;
  }

  /**
   * Look at a playlist. What was there before stays: an order that was given does not vanish with the window.
   * @param {string} playlist
   * @returns {boolean} whether anything is known that was not
   */
  take(playlist) {
    let changed = false;
    for (const text of signedTexts(playlist)) {
      if (this.#looked.has(text) || this.#looked.size >= MOST) continue;
      this.#looked.add(text);
      changed = this.#look(text) || changed;
    }
    return changed;
  }

  /** The launch to show: the last that was not taken back; a live one goes before any rehearsal. @returns {MarkedLaunch | null} */
  get current() {
    const standing = this.#orders.filter(({ aborted }) => !aborted).map(({ order }) => order);
    const rank = (/** @type {import("../lib/orders.js").VerifiedOrder} */ order) => (order.warrant.live ? 1e18 : 0) + order.body.t0;
    const last = standing.sort((one, other) => rank(other) - rank(one))[0];
    if (!last) return null;
    const { live, cue, attempt, trigger, lead } = last.warrant;
    return { live, cue, attempt, lead, trigger: /** @type {"countdown" | "seats"} */ (trigger), t0: last.body.t0, pressed: last.presses.map((press) => press.pressed_at).sort((a, b) => a - b) };
  }

  /** Whether an order of that attempt was taken back. @param {Key} key */
  aborted(key) {
    return this.#orders.some(({ order, aborted }) => aborted && same(order.warrant, key));
  }

  /** @param {string} text */
  #look(text) {
    try {
      const signed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decodeBytes(text)));
      return isAbort(signed) ? this.#takeAbort(signed) : this.#takeOrder(signed);
    } catch (error) {
      this.refused.push(error instanceof Invalid ? error.code : "malformed");
      return false;
    }
  }

  /** @param {import("../lib/signed.js").Signed} signed */
  #takeOrder(signed) {
    const order = verifyOrder(signed, this.#pinned);
    // The first valid order of an attempt is the one; a second would be the doing of a thief of the holder's key.
    if (this.#orders.some((known) => same(known.order.warrant, order.warrant))) throw new Invalid("conflict", "another order of this attempt");
    const aborted = this.#aborts.some((abort) => takesBack(abort, order));
    this.#orders.push({ order, aborted });
    return true;
  }

  /** @param {import("../lib/signed.js").Signed} signed */
  #takeAbort(signed) {
    const known = this.#orders.find(({ order }) => takesBack(signed, order));
    if (known) known.aborted = true;
    else this.#aborts.push(signed);
    return known !== undefined;
  }
}

/** @param {import("../lib/signed.js").Signed} signed */
function isAbort(signed) {
  try {
    read(signed, "diemcau.abort.v1");
    return true;
  } catch {
    return false;
  }
}

/** @param {import("../lib/signed.js").Signed} abort @param {import("../lib/orders.js").VerifiedOrder} order */
function takesBack(abort, order) {
  try {
    verifyAbort(abort, order);
    return true;
  } catch {
    return false;
  }
}

/** @param {Key} one @param {Key} other */
function same(one, other) {
  return one.live === other.live && one.cue === other.cue && one.attempt === other.attempt;
}
