import assert from "node:assert/strict";
import { test } from "node:test";

import { FeedClient } from "../../web/static/js/lib/feed.js";
import { PART, partsOf } from "../../web/static/js/models/feed_parts.js";
import { clock, countdown, date, daysBetween, fold, number, split, telephone, time } from "../../web/static/js/lib/format.js";
import { t, tn, useCatalogue } from "../../web/static/js/lib/i18n.js";

class FakeSocket {
  constructor() {
    this.readyState = 0;
    /** @type {any[]} */
    this.sent = [];
    this.onopen = () => {};
    this.onmessage = (/** @type {any} */ _event) => {};
    this.onclose = (/** @type {any} */ _event) => {};
  }

  open() {
    this.readyState = 1;
    this.onopen();
  }

  /** @param {string} text */
  send(text) {
    this.sent.push(JSON.parse(text));
  }

  /** @param {object} message */
  hear(message) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  close(code = 1006) {
    this.readyState = 3;
    this.onclose({ code });
  }
}

function house() {
  /** @type {FakeSocket[]} */
  const sockets = [];
  const now = { ms: 1000 };
  let mayReturn = true;
  const client = new FeedClient({
    url: "ws://centre/ws/feed",
    connect: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return /** @type {any} */ (socket);
    },
    monotonic: () => now.ms,
    mayReturn: async () => mayReturn,
  });
  return { client, sockets, now, revoke: () => (mayReturn = false) };
}

/** @param {FakeSocket} socket @param {object} [more] */
function snapshot(socket, more = {}) {
  socket.hear({ feed: "sites", feed_id: "f1", offset: 7, now: 5_000_000, snapshot: [["a", { n: 1 }], ["b", { n: 2 }]], ...more });
}

test("a snapshot fills the rows and changes keep them whole", () => {
  const { client, sockets } = house();
  /** @type {any[]} */
  const told = [];
  client.subscribe("sites", (rows, changed) => told.push([[...rows.keys()], changed && [...changed]]));
  client._dial();
  sockets[0].open();
  assert.deepEqual(sockets[0].sent, [{ subscribe: "sites" }]);
  snapshot(sockets[0]);
  sockets[0].hear({ feed: "sites", feed_id: "f1", offset: 8, now: 5_100_000, changes: [["b", null], ["c", { n: 3 }]] });
  assert.deepEqual(told, [[["a", "b"], null], [["a", "c"], ["b", "c"]]]);
});

test("a message heard twice changes nothing, a gap asks for a fresh snapshot to this feed", () => {
  const { client, sockets } = house();
  let calls = 0;
  client.subscribe("sites", () => (calls += 1));
  client._dial();
  sockets[0].open();
  snapshot(sockets[0]);
  sockets[0].hear({ feed: "sites", feed_id: "f1", offset: 7, now: 1, changes: [["a", null]] });
  assert.equal(calls, 1);
  sockets[0].hear({ feed: "sites", feed_id: "f1", offset: 9, now: 1, changes: [["a", null]] });
  sockets[0].hear({ feed: "sites", feed_id: "f1", offset: 10, now: 1, changes: [["b", null]] });
  assert.equal(calls, 1);
  assert.deepEqual(sockets[0].sent.slice(1), [{ subscribe: "sites" }]);
  snapshot(sockets[0], { offset: 10 });
  assert.equal(calls, 2);
});

test("after a lost socket the feed resumes where it was, and another feed_id starts anew", async () => {
  const { client, sockets } = house();
  client.subscribe("sites", () => {});
  client._dial();
  sockets[0].open();
  snapshot(sockets[0]);
  sockets[0].close();
  await Promise.resolve();
  client._dial();
  sockets[1].open();
  assert.deepEqual(sockets[1].sent, [{ subscribe: "sites", feed_id: "f1", offset: 7 }]);
  snapshot(sockets[1], { feed_id: "f2", offset: 1 });
  sockets[1].hear({ feed: "sites", feed_id: "f2", offset: 2, now: 1, changes: [["z", {}]] });
  assert.equal(client._feeds.get("sites")?.rows.has("z"), true);
  client.close();
});

test("data is old after fifteen seconds of silence and fresh again at the next sign of life", () => {
  const { client, sockets, now } = house();
  /** @type {string[]} */
  const told = [];
  client.watch((status) => told.push(`${status.connection} ${status.stale}`));
  client._dial();
  sockets[0].open();
  sockets[0].hear({ now: 1_000_000 });
  now.ms += 14_900;
  client._tick();
  now.ms += 200;
  client._tick();
  sockets[0].hear({ now: 16_000_000 });
  assert.deepEqual(told, ["connecting false", "live false", "live true", "live false"]);
});

test("a revoked link ends the knocking", async () => {
  const { client, sockets, revoke } = house();
  client._dial();
  sockets[0].open();
  revoke();
  sockets[0].close(4403);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(client.status().connection, "ended");
  client._dial();
  assert.equal(sockets.length, 1);
});

test("the ceremony's instant follows the fastest of the last messages", () => {
  const { client, sockets, now } = house();
  client._dial();
  sockets[0].open();
  sockets[0].hear({ now: 100_000_000 }); // slow: 80 ms on the way
  now.ms += 5000;
  sockets[0].hear({ now: 105_075_000 }); // 5 ms on the way
  now.ms += 1000;
  assert.equal(client.now(), 106_075_000);
});

test("who subscribes later is told at once, and the last to leave unsubscribes", () => {
  const { client, sockets } = house();
  const leave = client.subscribe("sites", () => {});
  client._dial();
  sockets[0].open();
  snapshot(sockets[0]);
  let size = 0;
  const leaveToo = client.subscribe("sites", (rows) => (size = rows.size));
  assert.equal(size, 2);
  leave();
  assert.equal(sockets[0].sent.length, 1);
  leaveToo();
  assert.deepEqual(sockets[0].sent[1], { unsubscribe: "sites" });
});

test("numbers, times and dates are written as Vietnamese offices write them", () => {
  const instant = Date.UTC(2025, 5, 11, 0, 30, 5) * 1000;
  assert.equal(number(12345), "12.345");
  assert.equal(number(433), "433");
  assert.equal(number(1234567), "1.234.567");
  assert.equal(time(instant), "07:30");
  assert.equal(clock(instant), "07:30:05");
  assert.equal(date(instant), "11/6/2025");
  assert.equal(countdown(378_000_000), "06:18");
  assert.equal(countdown(3_723_000_000), "1:02:03");
  assert.equal(countdown(-1), "00:00");
  assert.deepEqual(split(90_061_000_000), { days: 1, hours: 1, minutes: 1, seconds: 1 });
  assert.equal(daysBetween(instant, instant + 24 * 3_600_000_000), 1);
});

test("text is folded for searching, đ and decomposed accents included", () => {
  assert.equal(fold("Đô Lương"), "do luong");
  assert.equal(fold("  Xã  KIM LIÊN ".normalize("NFD")), "xa kim lien");
});

test("phones are dialled as written", () => {
  assert.equal(telephone("0912 345.678"), "tel:0912345678");
  assert.equal(telephone("+84 912 345 678"), "tel:+84912345678");
  assert.equal(telephone(""), "");
});

test("words come from the catalogue, count in English, and fall back to Vietnamese", () => {
  useCatalogue({ "{count} điểm cầu": ["{count} site", "{count} sites"], "Chào {name}": "Hello {name}" });
  assert.equal(t("Chào {name}", { name: "A" }), "Hello A");
  assert.equal(tn("{count} điểm cầu", 1), "1 site");
  assert.equal(tn("{count} điểm cầu", 1200, { count: "1.200" }), "1.200 sites");
  assert.equal(t("Chưa dịch {x}", { x: 1 }), "Chưa dịch 1");
  useCatalogue({});
  assert.equal(tn("{count} điểm cầu", 1), "1 điểm cầu");
});

/** @param {() => Promise<any>} fetched */
function packedHouse(fetched) {
  const socket = new FakeSocket();
  const client = new FeedClient({ url: "ws://centre/ws/feed", connect: () => /** @type {any} */ (socket), monotonic: () => 1, packed: { sites: fetched } });
  return { client, socket };
}

const PACKED = { feed: "sites", feed_id: "f1", offset: 7, seconds: ["at"], columns: { code: ["a", "b"], at: [5, null] } };
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a packed snapshot is unpacked into rows before the socket is open, and the socket goes on from its offset", async () => {
  const { client, socket } = packedHouse(async () => PACKED);
  /** @type {any[]} */
  const told = [];
  client.subscribe("sites", (rows, changed) => told.push([[...rows.values()], changed && [...changed]]));
  client._dial();
  await settled();
  assert.deepEqual(told, [[[{ code: "a", at: 5_000_000 }, { code: "b", at: null }], null]]);
  socket.open();
  assert.deepEqual(socket.sent, [{ subscribe: "sites", feed_id: "f1", offset: 7 }]);
  socket.hear({ feed: "sites", feed_id: "f1", offset: 8, now: 1, changes: [["b", { code: "b", at: 9 }]] });
  assert.deepEqual(told[1][1], ["b"]);
});

test("where no packed snapshot comes, the socket's own is asked for", async () => {
  const { client, socket } = packedHouse(async () => {
    throw new Error("503");
  });
  client.subscribe("sites", () => {});
  client._dial();
  socket.open();
  assert.deepEqual(socket.sent, []);
  await settled();
  assert.deepEqual(socket.sent, [{ subscribe: "sites" }]);
  snapshot(socket);
  assert.deepEqual([...(client._feeds.get("sites")?.rows.keys() ?? [])], ["a", "b"]);
});

test("a gap stops the feed, takes a packed snapshot again and goes on from there", async () => {
  let fetches = 0;
  const { client, socket } = packedHouse(async () => ({ ...PACKED, offset: [7, 40][fetches++] }));
  let calls = 0;
  client.subscribe("sites", () => (calls += 1));
  client._dial();
  socket.open();
  await settled();
  socket.hear({ feed: "sites", feed_id: "f1", offset: 30, now: 1, changes: [["a", null]] });
  socket.hear({ feed: "sites", feed_id: "f1", offset: 31, now: 1, changes: [["a", null]] });
  assert.equal(calls, 1);
  await settled();
  assert.equal(calls, 2);
  assert.deepEqual(socket.sent.slice(1), [{ unsubscribe: "sites" }, { subscribe: "sites", feed_id: "f1", offset: 40 }]);
  socket.hear({ feed: "sites", feed_id: "f1", offset: 41, now: 1, changes: [["a", null]] });
  assert.deepEqual([...(client._feeds.get("sites")?.rows.keys() ?? [])], ["b"]);
});

test("a message of thousands of rows comes in parts, and counts only with its last one", () => {
  const { client, sockets } = house();
  /** @type {number[]} */
  const told = [];
  client.subscribe("sites", (_rows, changed) => told.push(changed?.size ?? -1));
  client._dial();
  sockets[0].open();
  snapshot(sockets[0]);
  const changes = Array.from({ length: 2 * PART + 1 }, (_, index) => [`s${index}`, { n: index }]);
  const parts = partsOf({ feed: "sites", feed_id: "f1", offset: 8, now: 5_100_000, changes });
  for (const part of parts.slice(0, 2)) sockets[0].onmessage({ data: part });
  sockets[0].close();
  client._dial();
  sockets[1].open();
  assert.deepEqual(sockets[1].sent, [{ subscribe: "sites", feed_id: "f1", offset: 7 }]);
  for (const part of parts) sockets[1].onmessage({ data: part });
  assert.deepEqual(told, [-1, PART, PART, PART, PART, 1]);
  sockets[1].hear({ feed: "sites", feed_id: "f1", offset: 9, now: 5_200_000, changes: [["s1", null]] });
  assert.equal(told.at(-1), 1);
  assert.deepEqual(partsOf({ now: 1 }), [{ now: 1 }]);
});
