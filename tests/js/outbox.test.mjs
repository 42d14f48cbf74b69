import assert from "node:assert/strict";
import { test } from "node:test";

import { browserName, insideZalo, loadKey, nextNonce } from "../../web/static/js/lib/keys.js";
import { Outbox } from "../../web/static/js/lib/outbox.js";
import { MemoryStorage } from "../../web/static/js/lib/storage.js";

async function outbox(storage = new MemoryStorage()) {
  const box = new Outbox(storage, "abcd/site:17329");
  await box.load();
  return box;
}

test("what was typed is still there, unsent, after a reload", async () => {
  const storage = new MemoryStorage();
  const before = await outbox(storage);
  const entry = await before.add("report_head_count", { site: "17329", counts: { leaders: 4 } }, 1);
  before.markSent([entry.id]);
  const after = await outbox(storage);
  assert.deepEqual(after.unsent().map((each) => each.id), [entry.id]);
});

test("an entry leaves only by its own outcome", async () => {
  const box = await outbox();
  const first = await box.add("check_in", { site: "17329" }, 1);
  const second = await box.add("report_head_count", { site: "17329" }, 2);
  box.markSent([first.id, second.id]);
  assert.equal(box.unsent().length, 0);
  await box.settle([{ id: first.id, accepted: true }]);
  box.markUnsent();
  assert.deepEqual(box.unsent().map((each) => each.id), [second.id]);
  assert.equal(box.last("check_in")?.state, "accepted");
});

test("a refusal keeps its words for the host", async () => {
  const box = await outbox();
  const entry = await box.add("report_head_count", { site: "17329" }, 1);
  await box.settle([{ id: entry.id, accepted: false, code: "head_count_unusual", detail: "Kiểm tra lại." }]);
  assert.deepEqual([box.all[0].state, box.all[0].code, box.all[0].detail], ["refused", "head_count_unusual", "Kiểm tra lại."]);
});

test("a batch holds at most twenty, oldest first", async () => {
  const box = await outbox();
  for (let index = 0; index < 25; index += 1) await box.add("check_in", { index }, index);
  assert.deepEqual(box.unsent().map((each) => each.fields.index), Array.from({ length: 20 }, (_, index) => index));
});

test("outcomes of unknown ids change nothing, and old settled entries are dropped", async () => {
  const box = await outbox();
  await box.settle([{ id: "0", accepted: true }]);
  for (let index = 0; index < 30; index += 1) {
    const entry = await box.add("check_in", { index }, index);
    await box.settle([{ id: entry.id, accepted: true }]);
  }
  assert.equal(box.all.length, 20);
  assert.equal(box.all[0].fields.index, 10);
});

test("a browser keeps one key per link and part", async () => {
  const storage = new MemoryStorage();
  const key = await loadKey(storage, "abcd/seat");
  assert.equal((await loadKey(storage, "abcd/seat")).id, key.id);
  assert.notEqual((await loadKey(storage, "abcd/site:17329")).id, key.id);
});

test("a nonce rises even when the wall clock goes back", async () => {
  const storage = new MemoryStorage();
  assert.equal(await nextNonce(storage, "d", 1000), 1000);
  assert.equal(await nextNonce(storage, "d", 1000), 1001);
  assert.equal(await nextNonce(storage, "d", 5), 1002);
});

test("a browser is named for people, and Zalo's own is known", () => {
  const phone = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36";
  assert.equal(browserName(phone), "Chrome trên Android");
  assert.equal(insideZalo(phone), false);
  assert.equal(insideZalo(`${phone} Zalo android/12080440`), true);
});

test("what a phone with a wrong clock typed before it heard the centre is put right before it is sent, and both times are kept", async () => {
  const storage = new MemoryStorage();
  const box = await outbox(storage);
  const wrong = await box.add("report_head_count", {}, 5_000, { device_at: 5_000, unset: true });
  const told = await box.add("check_in", {}, 9_000, { device_at: 1_000 });
  assert.deepEqual(box.ready.map((each) => each.id), [told.id]);
  const [right] = await box.setClock(7_200_000);
  assert.deepEqual([right.id, right.occurred_at, right.device_at], [wrong.id, 7_205_000, 5_000]);
  const again = await outbox(storage);
  assert.deepEqual(again.ready.map((each) => each.occurred_at).sort(), [7_205_000, 9_000]);
  assert.deepEqual(await again.setClock(99), []);
});
