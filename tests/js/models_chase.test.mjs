import assert from "node:assert/strict";
import { test } from "node:test";

import { byGroup, chosenTargets, counts, missingStep, targets } from "../../web/static/js/models/chase.js";
import { ticketsOf, threadsOf, waiting } from "../../web/static/js/models/help.js";

const MINUTE = 60_000_000;
const CLOSE = 1_000 * MINUTE;
const site = (code, more = {}) => ({ code, name: code, group: "Cụm 1", expected: 30, ...more });

test("what a site lacks first follows from what it said", () => {
  assert.equal(missingStep(site("a", { unopened: true })), "unopened");
  assert.equal(missingStep(site("a")), "unchecked");
  assert.equal(missingStep(site("a", { checked_in_at: 1 })), "unreported");
  assert.equal(missingStep(site("a", { checked_in_at: 1, present: 0 })), null);
});

test("the latest come first, then the required, then the larger", () => {
  const list = targets([site("small"), site("far", { checked_in_at: 1 }), site("large", { expected: 300 }), site("needed", { required: true }), site("asleep", { unopened: true })], new Map(), CLOSE, CLOSE - 20 * MINUTE);
  assert.deepEqual(list.map((each) => [each.code, each.late / MINUTE]), [["asleep", 25], ["needed", 10], ["large", 10], ["small", 10], ["far", -20]]);
});

test("the list shrinks by itself and a site left in peace comes back at its time", () => {
  const help = new Map([["chase:a", { owner: "bàn 1", snoozed_until: CLOSE, notes: [], noted: 0 }]]);
  const before = targets([site("a"), site("b")], help, CLOSE, CLOSE - MINUTE);
  assert.deepEqual(counts(before), { all: 1, snoozed: 1, unopened: 0, unchecked: 1, unreported: 0 });
  assert.equal(counts(targets([site("a"), site("b", { present: 3 })], help, CLOSE, CLOSE)).all, 1);
});

test("a filter keeps order, and groups with more late sites come first", () => {
  const help = new Map([["chase:b", { owner: "bàn 1", snoozed_until: null, notes: [], noted: 0 }]]);
  const list = targets([site("a", { checked_in_at: 1 }), site("b", { group: "Cụm 2" }), site("c", { group: "Cụm 2" })], help, CLOSE, CLOSE - 10 * MINUTE);
  assert.deepEqual(byGroup(list).map((group) => [group.name, group.late]), [["Cụm 2", 2], ["Cụm 1", 0]]);
  assert.deepEqual(chosenTargets(list, { step: "", owner: "", group: "Cụm 2" }).map((each) => each.code), ["c"]);
  assert.deepEqual(chosenTargets(list, { step: "unreported", owner: null, group: "" }).map((each) => each.code), ["a"]);
});

test("tickets of nobody come first, finished ones last; threads with unread words first", () => {
  const ticket = (id, state, at) => [`ticket:${id}`, { id, state, at, moved_at: at }];
  const rows = new Map([ticket("done", "done", 9), ticket("taken", "taken", 1), ticket("late", "open", 5), ticket("early", "open", 2), ["thread:a", { site: "a", unread: 0, last_at: 9 }], ["thread:b", { site: "b", unread: 1, last_at: 1 }]]);
  assert.deepEqual(ticketsOf(rows).map((each) => each.id), ["early", "late", "taken", "done"]);
  assert.deepEqual(threadsOf(rows).map((each) => each.site), ["b", "a"]);
  assert.deepEqual(waiting(rows), { open: 3, unread: 1 });
});
