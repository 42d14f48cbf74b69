// What this browser keeps: keys, pins, outbox, launches (orders, tombstones, fired marks: see firing.js), receipts. IndexedDB, or memory
// where a browser has none (private windows, some in-app browsers); `survives` tells which, so that a page can say it.

import { openDB } from "idb";

/**
 * One thing to write: `value` undefined deletes. Keys are strings; those of one device begin with its name and a slash.
 * @typedef {{store: StoreName, key: string, value?: unknown}} Write
 */

/**
 * @typedef {"keys" | "pins" | "outbox" | "launches" | "receipts"} StoreName
 */

/** @type {StoreName[]} */
const STORES = ["keys", "pins", "outbox", "launches", "receipts"];
const DATABASE = "diemcau";
const VERSION = 1;
const HIGHEST = "\uffff";

/**
 * @typedef {object} Storage
 * @property {boolean} survives whether what is written is there after a reload
 * @property {(store: StoreName, key: string) => Promise<any>} get undefined when absent
 * @property {(store: StoreName, prefix: string) => Promise<any[]>} all values whose key begins with `prefix`, in key order
 * @property {(writes: Write[]) => Promise<void>} write all of them or none; resolves when they are on disk
 */

/**
 * The storage of this origin.
 * @returns {Promise<Storage>}
 */
export async function openStorage() {
  if (typeof indexedDB === "undefined") return new MemoryStorage();
  try {
    return await IndexedStorage.open();
  } catch {
    return new MemoryStorage();
  }
}

/** @implements {Storage} */
class IndexedStorage {
  survives = true;

  /** @param {import("idb").IDBPDatabase} database */
  constructor(database) {
    this.database = database;
  }

  static async open() {
    const database = await openDB(DATABASE, VERSION, {
      upgrade(opened) {
        for (const store of STORES) if (!opened.objectStoreNames.contains(store)) opened.createObjectStore(store);
      },
      blocking(_current, _blocked, event) {
        /** @type {IDBDatabase} */ (event.target).close();
      },
    });
    return new IndexedStorage(database);
  }

  /** @param {StoreName} store @param {string} key */
  async get(store, key) {
    return this.database.get(store, key);
  }

  /** @param {StoreName} store @param {string} prefix */
  async all(store, prefix) {
    return this.database.getAll(store, IDBKeyRange.bound(prefix, prefix + HIGHEST));
  }

  /** @param {Write[]} writes */
  async write(writes) {
    if (writes.length === 0) return;
    const stores = [...new Set(writes.map((each) => each.store))];
    // Strict: an order that is told "loaded" and a mark made before an output must be on disk, not in a cache.
    const transaction = this.database.transaction(stores, "readwrite", { durability: "strict" });
    for (const { store, key, value } of writes) {
      const objects = transaction.objectStore(store);
      void (value === undefined ? objects.delete(key) : objects.put(value, key));
    }
    await transaction.done;
  }
}

/** @implements {Storage} */
export class MemoryStorage {
  survives = false;
  /** @type {Map<string, Map<string, unknown>>} */
  #stores = new Map(STORES.map((store) => [store, new Map()]));

  /** @param {StoreName} store @param {string} key */
  async get(store, key) {
    return structuredClone(this.#of(store).get(key));
  }

  /** @param {StoreName} store @param {string} prefix */
  async all(store, prefix) {
    const found = [...this.#of(store)].filter(([key]) => key.startsWith(prefix));
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    return found.map(([, value]) => structuredClone(value));
  }

  /** @param {Write[]} writes */
  async write(writes) {
    for (const { store, key, value } of writes) {
      if (value === undefined) this.#of(store).delete(key);
      else this.#of(store).set(key, structuredClone(value));
    }
  }

  /** @param {StoreName} store */
  #of(store) {
    return /** @type {Map<string, unknown>} */ (this.#stores.get(store));
  }
}
