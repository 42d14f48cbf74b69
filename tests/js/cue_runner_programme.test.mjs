// A site in `programme` mode: the launch goes by the picture on its screen, some seconds behind the clock.

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

/** A device and its player: time stands still until the test moves it, pictures come `delay` after their capture. */
class FakeHost {
  name = "abcd/site:17329";
  site = "17329";
  key = new SigningKey(new Uint8Array(32).fill(9));
  storage = new MemoryStorage();
  answers = [];
  receipts = [];
  timers = [];
  delay = 5 * SECOND;
  atLiveEdge = true;
  plays = true;
  /** The picture that stands on the screen since it stopped; null while pictures come. */
  stood = null;
  waiters = [];

  constructor(now) {
    this.now = now;
  }

  pinned = () => pinned;
  monotonic = () => this.now - T0 + 3600 * SECOND;
  instant = (reading) => reading + T0 - 3600 * SECOND;
  reading = (instant) => instant - T0 + 3600 * SECOND;
  bound = () => 4_000;
  frameAt = async (reading) => {
    this.now = Math.max(this.now, this.instant(reading));
    return { framed: true };
  };
  following = () =>
    this.plays
      ? {
          atLiveEdge: this.atLiveEdge,
          due: (t0) => t0 + this.delay,
          expected: (t0) => t0 + this.delay,
          reaches: (t0) => new Promise((resolve) => this.waiters.push({ t0, resolve })),
        }
      : null;
  later = (work, after) => {
    const timer = { work, at: this.now + after };
    this.timers.push(timer);
    return () => this.timers.splice(this.timers.indexOf(timer), 1);
  };
  answer = (message) => this.answers.push(message);
  receipt = (message) => this.receipts.push(message);

  /** Let time pass, pictures come (each 33 ms) and timers ring. */
  async until(instant) {
    while (this.now < instant) {
      this.now += 33_333;
      for (const timer of this.timers.filter(({ at }) => at <= this.now)) {
        this.timers.splice(this.timers.indexOf(timer), 1);
        timer.work();
      }
      const picture = this.stood ?? this.now - this.delay;
      for (const waiter of this.waiters.splice(0)) {
        if (picture >= waiter.t0) waiter.resolve({ framed: true, picture });
        else if (this.now >= waiter.t0 + this.delay + 2 * SECOND) waiter.resolve({ framed: true, picture: null });
        else this.waiters.push(waiter);
      }
      for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  get receipted() {
    return this.receipts.map(({ receipt }) => verify(receipt, "diemcau.receipt.v1", this.key.public));
  }
}

async function running(host) {
  const shown = [];
  const acted = (what) => (shown.push([what, host.now]), [{ name: "page", ok: true, at: null, detail: "" }]);
  const output = { loaded: () => shown.push(["loaded", host.now]), aborted: () => shown.push(["aborted", host.now]), fire: () => acted("fire"), endState: () => acted("end state") };
  const runner = new CueRunner(host, output);
  await runner.start();
  await runner.order(objects.one);
  return { runner, shown };
}

test("it fires with the picture of T0, and its receipt says when that picture was on the screen", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  const { shown } = await running(host);
  assert.deepEqual(host.answers.map(({ refused }) => refused), [""]);
  await host.until(T0 + 4.9 * SECOND);
  assert.deepEqual(shown.map(([what]) => what), ["loaded"]);
  await host.until(T0 + 6 * SECOND);
  const [, [what, at]] = shown;
  assert.equal(what, "fire");
  assert.ok(at >= T0 + host.delay && at < T0 + host.delay + 40_000);
  const [receipt] = host.receipted;
  assert.deepEqual([receipt.outcome, receipt.target, receipt.outputs[0].detail], ["fired", T0 + host.delay, "programme"]);
  assert.ok(receipt.actual - receipt.target < 34_000);
});

test("a picture that stands still is waited for two seconds more; then it fires, late, and says why", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  const { shown } = await running(host);
  await host.until(T0 + 4 * SECOND);
  host.stood = T0 - SECOND;
  await host.until(T0 + 8 * SECOND);
  assert.deepEqual(shown.map(([what]) => what), ["loaded", "fire"]);
  const [receipt] = host.receipted;
  assert.deepEqual([receipt.outcome, receipt.outputs[0].detail, receipt.target], ["fired_late", "no_picture", T0 + host.delay]);
  assert.ok(Math.abs(receipt.actual - receipt.target - 2 * SECOND) < 100_000);
});

test("an order is called loaded only when the picture is at the live edge", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  host.atLiveEdge = false;
  await running(host);
  await host.until(T0 - SECOND);
  assert.deepEqual(host.answers, []);
  host.atLiveEdge = true;
  await host.until(T0);
  assert.deepEqual(host.answers.map(({ type, refused }) => [type, refused]), [["cue_loaded", ""]]);
});

test("without a player it goes by the clock", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  host.plays = false;
  const { shown } = await running(host);
  await host.until(T0 + SECOND);
  assert.deepEqual(shown.map(([what]) => what), ["loaded", "fire"]);
  assert.ok(shown[1][1] < T0 + 100_000);
  assert.deepEqual([host.receipted[0].target, host.receipted[0].outputs[0].detail], [T0, ""]);
});

test("an abort takes the order back before its picture comes", async () => {
  const host = new FakeHost(T0 - 3 * SECOND);
  const { runner, shown } = await running(host);
  await host.until(T0 - 2 * SECOND);
  await runner.abort(objects["abort of one"]);
  await host.until(T0 + 8 * SECOND);
  assert.deepEqual(shown.map(([what]) => what), ["loaded", "aborted"]);
  assert.deepEqual(host.receipted.map(({ outcome }) => outcome), ["aborted"]);
});
