import assert from "node:assert/strict";
import { test } from "node:test";

import { lines, toLookAt } from "../../web/static/js/models/readiness.js";
import { batteryAnswer, foundBy, isDone, isHeard, isNews, itemsFor, nextItem, soundCode, tally } from "../../web/static/js/models/site_ready.js";

const ITEMS = [
  { id: "sound", name: "Nghe được", measure: "sound" },
  { id: "power", name: "Đủ điện", measure: "battery" },
  { id: "generator", name: "Máy phát", measure: "generator" },
  { id: "room", name: "Đã vào phòng", pictures: ["conference"] },
];
const good = { good: true, at: 5, by: "host" };
const bad = { good: false, at: 5, by: "host" };
const entry = (state, answers, at = 9) => ({ id: "1", kind: "report_readiness", occurred_at: at, fields: { answers }, state, code: "", detail: "" });

test("a site is asked about what concerns it", () => {
  assert.deepEqual(itemsFor(ITEMS, "tv").map((item) => item.id), ["sound", "power", "generator"]);
  assert.equal(itemsFor(ITEMS, "conference").length, 4);
});

test("what waits on this device counts before the centre has it, and a refusal never did", () => {
  const told = { wanted: ["sound"], found: { sound: bad }, ready: false };
  assert.equal(foundBy(told, [entry("saved", { sound: { good: true } })]).sound.good, true);
  assert.equal(foundBy(told, [entry("refused", { sound: { good: true } })]).sound.good, false);
});

test("an accepted answer does not stand over a newer one of somebody else", () => {
  const told = { wanted: ["sound"], found: { sound: { ...bad, at: 20 } }, ready: false };
  assert.equal(foundBy(told, [entry("accepted", { sound: { good: true } }, 9)]).sound.good, false);
  assert.equal(foundBy(told, [entry("accepted", { sound: { good: true } }, 30)]).sound.good, true);
});

test("one thing is asked at a time, in order, and what was put off is not asked again", () => {
  const found = { sound: good, power: bad };
  assert.equal(nextItem(ITEMS, found, new Set())?.id, "power");
  assert.equal(nextItem(ITEMS, found, new Set(["power"]))?.id, "generator");
  assert.equal(nextItem(ITEMS, found, new Set(["power", "generator", "room"])), null);
});

test("a generator is done once it is known, running or not", () => {
  assert.equal(isDone(ITEMS[2], bad), true);
  assert.equal(isDone(ITEMS[2], undefined), false);
  assert.deepEqual(tally(ITEMS, { sound: good, generator: bad }), { done: 2, of: 4 });
});

test("beeps stay countable, digits are digits, and only what was played is heard", () => {
  for (const random of [() => 0, () => 0.5, () => 0.999]) {
    for (const count of soundCode("tones", random)) assert.ok(count >= 1 && count <= 4);
    for (const digit of soundCode("speech", random)) assert.ok(digit >= 0 && digit <= 9);
  }
  assert.ok(isHeard([2, 4], " 2 4 "));
  assert.ok(!isHeard([2, 4], "42"));
  assert.ok(!isHeard([2, 4], ""));
});

test("a battery is good when it charges or is half full, and unknown where the browser is silent", () => {
  assert.equal(batteryAnswer(null), null);
  assert.deepEqual(batteryAnswer({ level: 0.37, charging: false }), { good: false, measured: true, percent: 37 });
  assert.equal(batteryAnswer({ level: 0.1, charging: true })?.good, true);
});

test("a measurement is told again only when it says something else", () => {
  assert.ok(isNews(undefined, { good: true, measured: true }));
  assert.ok(isNews({ ...good, measured: true }, { good: false, measured: true }));
  assert.ok(!isNews({ ...good, measured: true }, { good: true, measured: true, percent: 3 }));
});

test("the wall counts by item and finds those to look at", () => {
  const totals = { sites: 3, ready: 1, items: { sound: { good: 2, of: 3 }, generator: { good: 1, of: 3 } } };
  assert.deepEqual(lines(ITEMS, totals)[0], { id: "sound", name: "Nghe được", good: 2, of: 3, fact: false });
  const lacksSound = toLookAt(ITEMS, "sound");
  assert.ok(lacksSound({ checks: 0b0010 }) && !lacksSound({ checks: 0b0001 }) && lacksSound({}));
  assert.ok(toLookAt(ITEMS, "generator")({ checks: 0b0100 }));
  assert.ok(!toLookAt(ITEMS, "room")({ checks: 0, picture: "tv" }));
  assert.ok(!toLookAt(ITEMS, "none")({ checks: 0 }));
});
