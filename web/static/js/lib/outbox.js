// The outbox: what the host entered, on disk before anything else, sent again until the centre says accepted or refused.
//
// Entries never leave by being sent, only by an outcome with their id; accepted and refused ones stay for the page to show.

import { uuid7 } from "./ids.js";

/**
 * One thing the site reports. `saved` on this device, `sent` in this session, `accepted` (durable at the centre) or
 * `refused` for good with words for the host.
 * @typedef {object} Entry
 * @property {string} id becomes the command's id
 * @property {string} kind
 * @property {number} occurred_at ceremony-clock microseconds as this device knew them
 * @property {number} [device_at] what this device's own clock showed then
 * @property {boolean} [unset] the device had not heard the centre's time yet: `occurred_at` is its own clock's, to be put right
 * @property {Record<string, unknown>} fields
 * @property {"saved" | "sent" | "accepted" | "refused"} state
 * @property {string} code
 * @property {string} detail
 */

/** How many entries one message carries. */
const BATCH = 20;
/** How many settled entries are kept for the page. */
const KEPT = 20;

export class Outbox {
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  #listeners = /** @type {Set<() => void>} */ (new Set());

  /**
   * @param {import("./storage.js").Storage} storage
   * @param {string} device name of the device (keys.js)
   */
  constructor(storage, device) {
    this.storage = storage;
    this.device = device;
  }

  /** Read what is on disk; nothing counts as sent in a new session. */
  async load() {
    const kept = /** @type {Entry[]} */ (await this.storage.all("outbox", `${this.device}/`));
    this.#entries = new Map(kept.map((entry) => [entry.id, { ...entry, state: entry.state === "sent" ? "saved" : entry.state }]));
    this.#changed();
  }

  /** @param {() => void} listener called after every change */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Keep an entry; resolves when it is on disk.
   * @param {string} kind
   * @param {Record<string, unknown>} fields
   * @param {number} occurredAt
   * @param {{device_at?: number, unset?: boolean}} [clock]
   * @returns {Promise<Entry>}
   */
  async add(kind, fields, occurredAt, clock = {}) {
    /** @type {Entry} */
    const entry = { id: uuid7(), kind, occurred_at: occurredAt, ...clock, fields, state: "saved", code: "", detail: "" };
    await this.#keep([entry]);
    return entry;
  }

  /** Entries that may be sent: no outcome yet, and their time is the ceremony's. Oldest first. @returns {Entry[]} */
  get ready() {
    return this.waiting.filter((entry) => !entry.unset);
  }

  /**
   * The centre's time is known: put right what was typed before. Only here, before the first sending: an entry that is sent
   * again must be the same. Resolves when it is on disk.
   * @param {number} offset ceremony clock minus this device's own, microseconds
   * @returns {Promise<Entry[]>} those that were put right
   */
  async setClock(offset) {
    const wrong = this.waiting.filter((entry) => entry.unset);
    const right = wrong.map(({ unset: _, ...entry }) => ({ ...entry, occurred_at: Math.round((entry.device_at ?? entry.occurred_at) + offset) }));
    if (right.length > 0) await this.#keep(right);
    return right;
  }

  /** Entries without an outcome, oldest first. @returns {Entry[]} */
  get waiting() {
    return this.all.filter((entry) => entry.state === "saved" || entry.state === "sent");
  }

  /** All entries, oldest first. @returns {Entry[]} */
  get all() {
    return [...this.#entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /**
   * The last entry of a kind.
   * @param {string} kind
   * @returns {Entry | undefined}
   */
  last(kind) {
    return this.all.filter((entry) => entry.kind === kind).at(-1);
  }

  /** What to send now: the oldest entries not yet sent in this session. @returns {Entry[]} */
  unsent() {
    return this.all.filter((entry) => entry.state === "saved").slice(0, BATCH);
  }

  /** @param {string[]} ids */
  markSent(ids) {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry?.state === "saved") entry.state = "sent";
    }
    this.#changed();
  }

  /** The session ended: what had no outcome is to be sent again. */
  markUnsent() {
    for (const entry of this.#entries.values()) if (entry.state === "sent") entry.state = "saved";
    this.#changed();
  }

  /**
   * Outcomes from the centre.
   * @param {{id: string, accepted: boolean, code?: string, detail?: string}[]} outcomes
   */
  async settle(outcomes) {
    /** @type {Entry[]} */
    const settled = [];
    for (const outcome of outcomes) {
      const entry = this.#entries.get(outcome.id);
      if (!entry) continue;
      const state = outcome.accepted ? "accepted" : "refused";
      settled.push({ ...entry, state, code: outcome.code ?? "", detail: outcome.detail ?? "" });
    }
    await this.#keep(settled);
    await this.#prune();
  }

  /** @param {Entry[]} entries */
  async #keep(entries) {
    await this.storage.write(entries.map((entry) => ({ store: "outbox", key: `${this.device}/${entry.id}`, value: entry })));
    for (const entry of entries) this.#entries.set(entry.id, entry);
    this.#changed();
  }

  async #prune() {
    const settled = this.all.filter((entry) => entry.state === "accepted" || entry.state === "refused");
    const old = settled.slice(0, Math.max(0, settled.length - KEPT));
    if (old.length === 0) return;
    await this.storage.write(old.map((entry) => ({ store: "outbox", key: `${this.device}/${entry.id}` })));
    for (const entry of old) this.#entries.delete(entry.id);
  }

  #changed() {
    for (const listener of this.#listeners) listener();
  }
}
