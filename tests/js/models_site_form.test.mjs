import assert from "node:assert/strict";
import { test } from "node:test";

import { asksForContact, isCorrection, nextStep, progress, readCount, startingCounts, total, unusual } from "../../web/static/js/models/site_form.js";

const site = { code: "17950", name: "Xã Kim Liên", group: "Huyện Nam Đàn", grade: "up", expected: 30 };
const mine = { counts: {}, history: [], devices: [] };
const entry = (kind, state, fields = {}) => ({ id: kind, kind, occurred_at: 1, fields, state, code: "", detail: "" });

test("a new site is asked for its presence first", () => {
  const done = progress(site, mine, [], false);
  assert.deepEqual(done, { present: "todo", count: "todo", screen: "todo" });
  assert.equal(nextStep(done), "present");
});

test("presence is done only when the chair was declared too, and counts as saved until the centre has both", () => {
  assert.equal(progress({ ...site, checked_in_at: 5 }, mine, [], false).present, "todo");
  const waiting = [entry("check_in", "accepted"), entry("declare_chair", "saved")];
  assert.equal(progress(site, mine, waiting, false).present, "saved");
  assert.equal(progress({ ...site, checked_in_at: 5, chair_as_planned: true }, mine, [], false).present, "done");
});

test("a refused report leaves its step to do", () => {
  assert.equal(progress(site, mine, [entry("report_head_count", "refused")], false).count, "todo");
  assert.equal(isCorrection(site, [entry("report_head_count", "refused")]), false);
});

test("the screen is settled by a screen at the site or by saying that this is not it", () => {
  const screen = { ...mine, devices: [{ id: "x", name: "Agent", part: "screen", connected: true }] };
  assert.equal(progress(site, screen, [], false).screen, "done");
  assert.equal(progress(site, mine, [], true).screen, "done");
  assert.equal(nextStep({ present: "done", count: "saved", screen: "done" }), null);
});

test("the contact is asked once", () => {
  assert.equal(asksForContact(site, []), true);
  assert.equal(asksForContact(site, [entry("check_in", "saved")]), false);
  assert.equal(asksForContact({ ...site, checked_in_at: 5 }, []), false);
});

test("numbers are read as people type them", () => {
  assert.deepEqual(["33", " 1.200 ", "", "abc", "99999999"].map(readCount), [33, 1200, 0, 0, 99_999]);
  assert.equal(total({ leaders: 4, officials: 18, residents: 11 }), 33);
});

test("nobody at all, or more than twenty times the expected, is asked about", () => {
  assert.deepEqual([unusual(0, 30), unusual(600, 30), unusual(601, 30), unusual(3000, 0), unusual(900, 0)], ["none", null, "many", "many", null]);
});

test("a correction begins with what was reported last", () => {
  const categories = [{ id: "leaders", name: "" }, { id: "residents", name: "" }];
  assert.deepEqual(startingCounts(categories, { ...mine, counts: { leaders: 3, unsorted: 9 } }, []), { leaders: 3, residents: 0 });
  const waiting = [entry("report_head_count", "saved", { counts: { leaders: 5, residents: 1 } })];
  assert.deepEqual(startingCounts(categories, mine, waiting), { leaders: 5, residents: 1 });
  assert.equal(isCorrection(site, waiting), true);
});
