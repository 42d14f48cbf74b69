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

/**
 * Safari on iOS closes the database of a page it had put to sleep, with or without a word ("Connection to Indexed Database server
 * lost"): the next use opens it again, once. Nothing half written is left behind: a transaction is whole or it is not.
 * @implements {Storage}
 */
export class IndexedStorage {
  survives = true;
  /** @type {Promise<Database> | null} */
  #opening = null;

  /** @typedef {import("idb").IDBPDatabase} Database */

  /** @param {() => Promise<Database>} [opener] */
  constructor(opener = openDatabase) {
    this.opener = opener;
  }

  static async open() {
    const storage = new IndexedStorage();
    await storage.#database();
    return storage;
  }

  /** @param {StoreName} store @param {string} key */
  async get(store, key) {
    return this.#with((database) => database.get(store, key));
  }

  /** @param {StoreName} store @param {string} prefix */
  async all(store, prefix) {
    return this.#with((database) => database.getAll(store, IDBKeyRange.bound(prefix, prefix + HIGHEST)));
  }

  /** @param {Write[]} writes */
  async write(writes) {
    if (writes.length === 0) return;
    const stores = [...new Set(writes.map((each) => each.store))];
    await this.#with(async (database) => {
      // Strict: an order that is told "loaded" and a mark made before an output must be on disk, not in a cache.
      const transaction = database.transaction(stores, "readwrite", { durability: "strict" });
      // All are awaited, so that one that fails when the connection goes is no error that nobody caught.
      const asked = writes.map(({ store, key, value }) => {
        const objects = transaction.objectStore(store);
        return value === undefined ? objects.delete(key) : objects.put(value, key);
      });
      await Promise.all([...asked, transaction.done]);
    });
  }

  /**
   * Do something with the database; where its connection turns out to be lost, open it again and do it once more. Doing a
   * write again that had reached the disk unheard writes the same values.
   * @template T
   * @param {(database: Database) => Promise<T>} work
   * @returns {Promise<T>}
   */
  async #with(work) {
    const opening = this.#database();
    try {
      return await work(await opening);
    } catch (error) {
      if (!isLost(error)) throw error;
      if (this.#opening === opening) this.#opening = null;
      return work(await this.#database());
    }
  }

  #database() {
    if (!this.#opening) {
      const opening = this.opener();
      this.#opening = opening;
      const forget = () => {
        if (this.#opening === opening) this.#opening = null;
      };
      opening.then((database) => database.addEventListener("close", forget), forget);
    }
    return this.#opening;
  }
}

function openDatabase() {
  return openDB(DATABASE, VERSION, {
    upgrade(opened) {
      for (const store of STORES) if (!opened.objectStoreNames.contains(store)) opened.createObjectStore(store);
    },
    blocking(_current, _blocked, event) {
      /** @type {IDBDatabase} */ (event.target).close();
    },
  });
}

/**
 * Whether an error says that the connection is gone, not that the work was wrong: a transaction asked of a closed database is
 * an InvalidStateError (IndexedDB §4.4), one that the browser took away an AbortError, Safari's own word an UnknownError.
 * @param {unknown} error
 */
function isLost(error) {
  return error instanceof Error && ["InvalidStateError", "AbortError", "UnknownError", "TransactionInactiveError"].includes(error.name);
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
