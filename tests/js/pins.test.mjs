import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Outbox } from "../../web/static/js/lib/outbox.js";
import { pinnedBefore, Pins } from "../../web/static/js/lib/pins.js";
import { MemoryStorage } from "../../web/static/js/lib/storage.js";

const NAME = "abcd/site:17329";
// Two true keys: a page pins no others.
const [LIVE, REHEARSAL] = JSON.parse(readFileSync(new URL("../../site_agent/launch/vectors/keys.json", import.meta.url), "utf8")).sound;
const ceremony = { id: "c-1", title: "", starts_at: 0, live_key: LIVE, rehearsal_key: REHEARSAL };

async function pins(storage, id = "c-1") {
  const made = new Pins(storage, NAME);
  await made.load(id);
  return made;
}

test("the keys of the first welcome are believed, also after a reload", async () => {
  const storage = new MemoryStorage();
  assert.equal(await (await pins(storage)).accept(ceremony), true);
  const again = await pins(storage);
  assert.equal(again.current?.live_key, LIVE);
  assert.equal(await again.accept(ceremony), true);
});

test("other keys of the same ceremony are not accepted", async () => {
  const storage = new MemoryStorage();
  const kept = await pins(storage);
  await kept.accept(ceremony);
  assert.equal(await kept.accept({ ...ceremony, live_key: REHEARSAL }), false);
  assert.equal((await pinnedBefore(storage, NAME))?.live_key, LIVE);
});

test("another ceremony on the same origin starts anew, and nothing of the old one is sent to it", async () => {
  const storage = new MemoryStorage();
  await (await pins(storage)).accept(ceremony);
  const outbox = new Outbox(storage, NAME);
  await outbox.load();
  await outbox.add("check_in", {}, 1);
  await storage.write([{ store: "launches", key: NAME, value: { slots: [], tombstones: [] } }]);
  const other = await pins(storage, "c-2");
  assert.equal(other.current?.live_key, "");
  assert.equal(await storage.get("launches", NAME), undefined);
  await outbox.load();
  assert.equal(outbox.all.length, 0);
});

test("a neighbour whose name begins alike keeps what is its own", async () => {
  const storage = new MemoryStorage();
  const neighbour = new Outbox(storage, `${NAME}5`);
  await neighbour.load();
  await neighbour.add("check_in", {}, 1);
  await (await pins(storage)).forget();
  await neighbour.load();
  assert.equal(neighbour.all.length, 1);
});

test("keys that anybody can sign with are not pinned", async () => {
  const weak = await pins(new MemoryStorage());
  assert.equal(await weak.accept({ ...ceremony, live_key: "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }), false);
  assert.equal(weak.current?.live_key, "");
});
