import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { CueRunner } from "../../web/static/js/lib/cue_runner.js";
import { SigningKey, verify } from "../../web/static/js/lib/signed.js";
import { MemoryStorage } from "../../web/static/js/lib/storage.js";

const { pinned, objects } = JSON.parse(
  readFileSync(new URL("../../site_agent/launch/vectors/firing.json", import.meta.url), "utf8"),
);
const T0 = JSON.parse(Buffer.from(objects.one.body, "base64url").toString()).t0;
const SECOND = 1_000_000;

/** A device whose time stands still until the test moves it. */
class FakeHost {
  name = "abcd/site:17329";
  site = "17329";
  key = new SigningKey(new Uint8Array(32).fill(9));
  answers = [];
  receipts = [];
  timers = [];
  framed = true;

  constructor(now, storage = new MemoryStorage()) {
    this.now = now;
    this.storage = storage;
  }

  pinned = () => pinned;
  monotonic = () => this.now - T0 + 3600 * SECOND;
  instant = (reading) => reading + T0 - 3600 * SECOND;
  reading = (instant) => instant - T0 + 3600 * SECOND;
  bound = () => 4_000;
  frameAt = async (reading) => {
    this.now = Math.max(this.now, this.instant(reading) + 7_000);
    return { framed: this.framed };
  };
  later = (work, after) => {
    const timer = { work, at: this.now + after };
    this.timers.push(timer);
    return () => this.timers.splice(this.timers.indexOf(timer), 1);
  };
  answer = (message) => this.answers.push(message);
  receipt = (message) => this.receipts.push(message);

  /** Let the timers that are due by then ring, in order. */
  async until(instant) {
    for (;;) {
      this.timers.sort((a, b) => a.at - b.at);
      const next = this.timers[0];
      if (!next || next.at > instant) break;
      this.timers.shift();
      this.now = Math.max(this.now, next.at);
      next.work();
      await settled();
    }
    this.now = Math.max(this.now, instant);
  }

  get outcomes() {
    return this.receipts.map(({ receipt }) => verify(receipt, "diemcau.receipt.v1", this.key.public).outcome);
  }
}

class FakeOutput {
  shown = [];
  loaded = (slot) => this.shown.push(`loaded ${slot.key.attempt}`);
  aborted = (key) => this.shown.push(`aborted ${key.attempt}`);
  endState = () => this.#show("end state");
  fire = () => this.#show("fire");

  #show(what) {
    this.shown.push(what);
    return [{ name: "page", ok: true, at: null, detail: "" }];
  }
}

async function settled() {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}

async function running(host) {
  const output = new FakeOutput();
  const runner = new CueRunner(host, output);
  await runner.start();
  return { runner, output };
}

test("an order is kept, answered, fired at T0 within a frame, and receipted once", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  const { runner, output } = await running(host);
  await runner.order(objects.one);
  assert.deepEqual(host.answers.map((answer) => [answer.type, answer.refused]), [["cue_loaded", ""]]);
  await host.until(T0 + 10 * SECOND);
  assert.deepEqual(output.shown, ["loaded 1", "fire"]);
  const receipt = verify(host.receipts[0].receipt, "diemcau.receipt.v1", host.key.public);
  assert.deepEqual([receipt.outcome, receipt.target, receipt.actual, receipt.clock_bound], ["fired", T0, T0 + 7_000, 4_000]);
  assert.deepEqual(receipt.outputs, [{ name: "page", ok: true, at: T0 + 7_000, detail: "" }]);
  assert.equal(host.receipts.length, 1);
  await runner.order(objects.one);
  await host.until(T0 + 20 * SECOND);
  assert.equal(host.receipts.length, 1);
});

test("an abort before the mark takes the order back", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  const { runner, output } = await running(host);
  await runner.order(objects.one);
  await host.until(T0 - 2 * SECOND);
  await runner.abort(objects["abort of one"]);
  await host.until(T0 + 10 * SECOND);
  assert.deepEqual(output.shown, ["loaded 1", "aborted 1"]);
  assert.deepEqual(host.outcomes, ["aborted"]);
});

test("a page reloaded after the mark shows the end state, says unknown, and does not fire again", async () => {
  const storage = new MemoryStorage();
  const host = new FakeHost(T0 - 3 * SECOND, storage);
  host.frameAt = () => new Promise(() => {}); // the page dies here
  const before = await running(host);
  await before.runner.order(objects.one);
  await host.until(T0 - SECOND / 10);
  const again = new FakeHost(T0 + SECOND, storage);
  const { runner, output } = await running(again);
  await runner.order(objects.one);
  await again.until(T0 + 10 * SECOND);
  assert.deepEqual(output.shown, ["end state"]);
  assert.deepEqual(again.outcomes, ["unknown"]);
});

test("a page reloaded before the mark fires on time", async () => {
  const storage = new MemoryStorage();
  const before = await running(new FakeHost(T0 - 3 * SECOND, storage));
  await before.runner.order(objects.one);
  const host = new FakeHost(T0 - 2 * SECOND, storage);
  const { output } = await running(host);
  await host.until(T0 + SECOND);
  assert.deepEqual(output.shown, ["loaded 1", "fire"]);
  assert.deepEqual(host.outcomes, ["fired"]);
});

test("three seconds late it fires and says so, later it shows the end state, after a quarter of an hour nothing", async () => {
  const told = [];
  for (const late of [3 * SECOND, 60 * SECOND, 16 * 60 * SECOND]) {
    const host = new FakeHost(T0 + late);
    const { runner, output } = await running(host);
    await runner.order(objects.one);
    await host.until(T0 + late + SECOND);
    told.push([...output.shown.slice(1), ...host.outcomes]);
  }
  assert.deepEqual(told, [["fire", "fired_late"], ["end state", "end_state"], ["too_late"]]);
});

test("a hidden tab fires too, and its receipt says nobody saw it", async () => {
  const host = new FakeHost(T0 - SECOND);
  host.framed = false;
  const { runner } = await running(host);
  await runner.order(objects.one);
  await host.until(T0 + SECOND);
  const receipt = verify(host.receipts[0].receipt, "diemcau.receipt.v1", host.key.public);
  assert.deepEqual([receipt.outputs[0].ok, receipt.outputs[0].detail], [false, "hidden"]);
});

test("a second order in the attempt is refused by name, the first one stands", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  const { runner } = await running(host);
  await runner.order(objects.one);
  await runner.order(objects["one with another T0"]);
  assert.match(host.answers[1].refused, /^conflict:[0-9a-f]{64}$/);
  await runner.order(objects.forged);
  assert.match(host.answers[2].refused, /^invalid:/);
});

test("an order that cannot be stored is not taken, and the refusal says why", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  const { runner, output } = await running(host);
  host.storage.write = async () => {
    throw new Error("disk full");
  };
  await runner.order(objects.one);
  await host.until(T0 + SECOND);
  assert.equal(host.answers[0].refused, "storage");
  assert.deepEqual(output.shown, []);
});

test("a mark that cannot be written shows nothing until the disk answers again", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  const { runner, output } = await running(host);
  await runner.order(objects.one);
  const write = host.storage.write.bind(host.storage);
  host.storage.write = async (writes) => {
    if (host.now < T0 + SECOND) throw new Error("disk full");
    return write(writes);
  };
  await host.until(T0 + SECOND / 2);
  assert.deepEqual(output.shown, ["loaded 1"]);
  await host.until(T0 + 3 * SECOND);
  assert.deepEqual(output.shown, ["loaded 1", "fire"]);
  assert.deepEqual(host.outcomes, ["fired_late"]);
});

test("a tab that was fenced does not fire what it had loaded", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  const { runner, output } = await running(host);
  await runner.order(objects.one);
  runner.stop();
  await host.until(T0 + SECOND);
  assert.deepEqual([output.shown, host.receipts.length], [["loaded 1"], 0]);
});

test("receipts that were not acknowledged are still on disk", async () => {
  const host = new FakeHost(T0 - SECOND);
  const { runner } = await running(host);
  await runner.order(objects.one);
  await host.until(T0 + SECOND);
  assert.equal((await host.storage.all("receipts", host.name)).length, 1);
});
