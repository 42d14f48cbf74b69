// A database whose connection the browser takes away, as Safari on iOS does to a page that slept.
import assert from "node:assert/strict";
import { test } from "node:test";

import { IndexedStorage } from "../../web/static/js/lib/storage.js";

/** What is on the disk outlives the connections to it. */
class Disk {
  values = new Map();
  opened = 0;
  /** @type {Connection | null} */
  last = null;

  open = async () => {
    this.opened += 1;
    this.last = new Connection(this);
    return /** @type {any} */ (this.last);
  };
}

class Connection extends EventTarget {
  lost = "";
  wrong = "";

  constructor(disk) {
    super();
    this.disk = disk;
  }

  async get(store, key) {
    this.#check();
    return this.disk.values.get(`${store} ${key}`);
  }

  transaction() {
    this.#check();
    const disk = this.disk;
    const asked = [];
    return {
      objectStore: (store) => ({
        put: async (value, key) => asked.push([`${store} ${key}`, value]),
        delete: async (key) => asked.push([`${store} ${key}`, undefined]),
      }),
      get done() {
        return Promise.resolve().then(() => asked.forEach(([key, value]) => disk.values.set(key, value)));
      },
    };
  }

  #check() {
    const name = this.lost || this.wrong;
    if (name) throw new DOMException("Connection to Indexed Database server lost. Refresh the page to try again", name);
  }
}

for (const name of ["InvalidStateError", "UnknownError", "AbortError"]) {
  test(`what is written after the connection was lost (${name}) is on the disk`, async () => {
    const disk = new Disk();
    const storage = new IndexedStorage(disk.open);
    await storage.write([{ store: "launches", key: "a", value: 1 }]);
    disk.last.lost = name;
    await storage.write([{ store: "launches", key: "b", value: 2 }]);
    assert.equal(await storage.get("launches", "a"), 1);
    assert.equal(await storage.get("launches", "b"), 2);
    assert.equal(disk.opened, 2);
  });
}

test("a connection that says goodbye is opened again before its next use", async () => {
  const disk = new Disk();
  const storage = new IndexedStorage(disk.open);
  await storage.get("keys", "a");
  disk.last.dispatchEvent(new Event("close"));
  await storage.get("keys", "a");
  assert.equal(disk.opened, 2);
});

test("many that find it lost at once open it once", async () => {
  const disk = new Disk();
  const storage = new IndexedStorage(disk.open);
  await storage.get("keys", "a");
  disk.last.lost = "InvalidStateError";
  await Promise.all(Array.from({ length: 10 }, (_, n) => storage.write([{ store: "outbox", key: `${n}`, value: n }])));
  assert.equal(disk.opened, 2);
  assert.equal(await storage.get("outbox", "9"), 9);
});

test("what is wrong with the work itself is told, and not tried again", async () => {
  const disk = new Disk();
  const storage = new IndexedStorage(disk.open);
  await storage.get("keys", "a");
  disk.last.wrong = "QuotaExceededError";
  await assert.rejects(storage.write([{ store: "outbox", key: "x", value: 1 }]), { name: "QuotaExceededError" });
  assert.equal(disk.opened, 1);
});

test("where it does not open again the failure is told, and the next use tries once more", async () => {
  const disk = new Disk();
  let refuses = false;
  const storage = new IndexedStorage(() => (refuses ? Promise.reject(new Error("no room")) : disk.open()));
  await storage.get("keys", "a");
  disk.last.lost = "UnknownError";
  refuses = true;
  await assert.rejects(storage.get("keys", "a"), { message: "no room" });
  refuses = false;
  assert.equal(await storage.get("keys", "a"), undefined);
});
