// The launch at a page, held to the vectors that hold the launch everywhere (site_agent/launch/vectors).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as firing from "../../web/static/js/lib/firing.js";
import { verifyAbort, verifyOrder } from "../../web/static/js/lib/orders.js";
import { BadSignature, digest, fingerprint, isSound, sign, SigningKey, verify } from "../../web/static/js/lib/signed.js";
import { Invalid, verifyEnded } from "../../web/static/js/lib/warrants.js";

function file(name) {
  return JSON.parse(readFileSync(new URL(`../../site_agent/launch/vectors/${name}.json`, import.meta.url), "utf8"));
}

const signed = file("signed");
const keys = new Map(signed.keys.map((key) => [key.name, new SigningKey(Uint8Array.from(Buffer.from(key.seed, "hex")))]));

test("only the one spelling of a point that is not of small order is a key", () => {
  const { sound, refused } = file("keys");
  for (const key of sound) assert.ok(isSound(key));
  for (const { name, public: key } of refused) assert.ok(!isSound(key), name);
});

for (const each of signed.keys) {
  test(`key: ${each.name}`, () => {
    const key = keys.get(each.name);
    assert.deepEqual([key.public, key.id, fingerprint(each.public)], [each.public, each.id, each.id]);
  });
}

for (const each of signed.signing) {
  test(`signing by ${each.key}: ${each.digest.slice(0, 8)}`, () => {
    const key = keys.get(each.key);
    const body = JSON.parse(each.text);
    assert.deepEqual(sign(body, key), each.signed);
    assert.equal(digest(each.signed), each.digest);
    assert.deepEqual(verify(each.signed, body.type, key.public), body);
  });
}

for (const each of signed.refused) {
  test(`signature refused: ${each.name}`, () => {
    assert.throws(() => verify(each.signed, "diemcau.press.v1", each.public), BadSignature);
  });
}

const orders = file("orders");

function outcome(work) {
  try {
    return { accepted: work() };
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    return { refused: error.code };
  }
}

function expected(each) {
  return "refused" in each ? { refused: each.refused } : { accepted: true };
}

for (const each of orders.orders) {
  test(`order: ${each.name}`, () => {
    const got = outcome(() => verifyOrder(each.signed, orders.pinned));
    if ("refused" in each) assert.deepEqual(got, { refused: each.refused });
    else compareOrder(got.accepted, each.accepted);
  });
}

/** The vectors tell what the Python read out of an accepted order. */
function compareOrder(order, told) {
  assert.ok(order, "accepted");
  const facts = {
    order_hash: order.order_hash,
    warrant_hash: order.warrant_hash,
    live: order.warrant.live,
    cue: order.warrant.cue,
    attempt: order.warrant.attempt,
    t0: order.body.t0,
    not_after: order.body.not_after,
    fire_within: order.body.late_policy.fire_within,
    committed_at: order.body.t0 - order.warrant.lead,
    presses: order.presses.map(({ seat, by, substituted, pressed_at }) => ({ seat, by, substituted, pressed_at })),
  };
  for (const [name, value] of Object.entries(told)) assert.deepEqual(facts[name], value, name);
}

for (const each of orders.aborts) {
  test(`abort: ${each.name}`, () => {
    const order = verifyOrder(orders.order, orders.pinned);
    assert.deepEqual(outcome(() => verifyAbort(each.abort, order) ?? true), expected(each));
  });
}

for (const each of orders.ended) {
  test(`ended: ${each.name}`, () => {
    const order = verifyOrder(orders.order, orders.pinned);
    const check = () => verifyEnded(each.ended, order.body.warrant, orders.pinned, order.order_hash) ?? true;
    assert.deepEqual(outcome(check), expected(each));
  });
}

const fire = file("firing");

for (const each of fire.cases) {
  test(`firing: ${each.name}`, () => {
    let memory = firing.EMPTY;
    each.steps.forEach((step, index) => {
      const [next, then] = play(memory, step);
      memory = JSON.parse(JSON.stringify(next));
      assert.deepEqual(then, step.then, `step ${index}: ${step.do}`);
      const slots = memory.slots.map(({ key, state, outcome, actual }) => ({ ...key, state, outcome, actual }));
      assert.deepEqual(slots, step.slots, `step ${index}: ${step.do}`);
      assert.equal(memory.tombstones.length, step.tombstones);
    });
  });
}

function play(memory, step) {
  if (step.do === "order" || step.do === "abort") {
    const take = step.do === "order" ? firing.takeOrder : firing.takeAbort;
    const { memory: next, ...then } = take(memory, fire.objects[step.object], fire.pinned);
    return [next, then];
  }
  if (step.do === "decide") return [memory, firing.decide(memory, step.key, step.now, step.target)];
  if (step.do === "finish") return [firing.finish(memory, step.key, step.outcome, step.actual), {}];
  if (step.do === "mark") return marked(memory, step.key);
  const { memory: next, ...then } = firing.recover(memory, step.now);
  return [next, then];
}

function marked(memory, key) {
  try {
    return [firing.mark(memory, key), { marked: true }];
  } catch (error) {
    if (!(error instanceof firing.MayNotFire)) throw error;
    return [memory, { marked: false }];
  }
}
