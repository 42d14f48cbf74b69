// What this browser believes of its ceremony from the first welcome on: id and public keys. Of another ceremony it forgets everything;
// other keys of the same ceremony it does not accept by itself.

import { isSound } from "./signed.js";

/**
 * @typedef {import("./warrants.js").Pinned} Pinned
 * @typedef {import("./storage.js").Storage} Storage
 */

export class Pins {
  #storage;
  #name;
  /** The keys are empty before the first welcome. @type {Pinned | null} */
  current = null;

  /** @param {Storage} storage @param {string} name of the device (keys.js) */
  constructor(storage, name) {
    this.#storage = storage;
    this.#name = name;
  }

  /** Read what was pinned; what belongs to another ceremony is forgotten. @param {string} ceremonyId */
  async load(ceremonyId) {
    this.current = (await this.#storage.get("pins", `${this.#name}/ceremony`)) ?? null;
    if (this.current && this.current.ceremony_id !== ceremonyId) await this.forget();
    this.current ??= { ceremony_id: ceremonyId, live_key: "", rehearsal_key: "" };
  }

  /**
   * Whether the ceremony of a welcome is the one that is pinned; the first one is pinned.
   * @param {import("./messages.js").CeremonyInfo} ceremony
   */
  async accept(ceremony) {
    const told = { ceremony_id: ceremony.id, live_key: ceremony.live_key, rehearsal_key: ceremony.rehearsal_key };
    if (!isSound(told.live_key) || !isSound(told.rehearsal_key)) return false;
    const before = this.current;
    if (before?.live_key) return before.live_key === told.live_key && before.rehearsal_key === told.rehearsal_key;
    // Believed at once: an order may arrive before the disk has answered.
    this.current = told;
    await this.#storage.write([{ store: "pins", key: `${this.#name}/ceremony`, value: told }]);
    return true;
  }

  /** Drop the pins and everything that was kept under them: outbox, orders, receipts. The device's key stays. */
  async forget() {
    /** @type {import("./storage.js").Write[]} */
    const writes = [
      { store: "pins", key: `${this.#name}/ceremony` },
      { store: "launches", key: this.#name },
    ];
    for (const store of /** @type {const} */ (["outbox", "receipts"])) {
      for (const { id } of await this.#storage.all(store, `${this.#name}/`)) writes.push({ store, key: `${this.#name}/${id}` });
    }
    await this.#storage.write(writes);
    this.current = null;
  }
}

/** What was pinned for a device before, or null. @param {Storage} storage @param {string} name @returns {Promise<Pinned | null>} */
export async function pinnedBefore(storage, name) {
  return (await storage.get("pins", `${name}/ceremony`)) ?? null;
}
