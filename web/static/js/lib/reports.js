// What this device has reported and the server has not yet settled. The mirror of site_agent/link/reports.py: oldest first, one
// message under way at a time, sent again after 10 s or a reconnect, gone only when settled.

import { CodecError, sizeOf } from "./codec.js";
import { MAX_MESSAGE_BYTES } from "./messages.js";

export const BATCH_ITEMS = 20;
export const ACK_TIMEOUT = 10_000_000;
const ENVELOPE_BYTES = 64;

/**
 * @typedef {{id: string, kind: string, occurred_at: number, fields?: Record<string, unknown>}} ReportItem
 * @typedef {{id: string, accepted: boolean, code: string, detail: string}} ReportOutcome
 */

export class UnsettledReports {
  /** @type {Map<string, ReportItem>} */
  #items = new Map();
  /** @type {Map<string, number>} */
  #sizes = new Map();
  /** @type {Set<string>} */
  #underWay = new Set();
  /** @type {number | null} */
  #againAt = null;

  get size() {
    return this.#items.size;
  }

  /** Ids of the message under way. */
  get underWay() {
    return [...this.#underWay];
  }

  /**
   * Take new or restored items; an id already there is left as it is.
   * @param {ReportItem[]} items
   * @throws {CodecError} an item alone would not fit into a message
   */
  add(items) {
    for (const item of items) {
      const size = sizeOf(JSON.stringify(item)) + 1;
      if (size + ENVELOPE_BYTES > MAX_MESSAGE_BYTES) throw new CodecError("too_large", `report ${item.id} of ${size} bytes`);
      if (this.#items.has(item.id)) continue;
      this.#items.set(item.id, item);
      this.#sizes.set(item.id, size);
    }
  }

  /**
   * The items to send now, or null: nothing to send, or one message is under way and may still be settled.
   * @param {number} now
   * @returns {ReportItem[] | null}
   */
  due(now) {
    const waits = this.#underWay.size > 0 && this.#againAt !== null && now < this.#againAt;
    if (this.#items.size === 0 || waits) return null;
    const batch = this.#oldest();
    this.#underWay = new Set(batch.map((item) => item.id));
    this.#againAt = now + ACK_TIMEOUT;
    return batch;
  }

  /** When what is under way is sent again. @returns {number | null} */
  wakeAt() {
    return this.#underWay.size > 0 ? this.#againAt : null;
  }

  /**
   * Forget the settled items; returns the outcomes of those that were still here.
   * @param {ReportOutcome[]} outcomes
   */
  settle(outcomes) {
    const settled = outcomes.filter((outcome) => this.#items.delete(outcome.id));
    for (const { id } of settled) {
      this.#sizes.delete(id);
      this.#underWay.delete(id);
    }
    return settled;
  }

  /** What was under way may be lost: all of it goes again. */
  disconnected() {
    this.#underWay.clear();
    this.#againAt = null;
  }

  #oldest() {
    const batch = [];
    let room = MAX_MESSAGE_BYTES - ENVELOPE_BYTES;
    for (const item of this.#items.values()) {
      room -= /** @type {number} */ (this.#sizes.get(item.id));
      if (room < 0 || batch.length === BATCH_ITEMS) break;
      batch.push(item);
    }
    return batch;
  }
}
