import assert from "node:assert/strict";
import { test } from "node:test";

import { KeptProgramme } from "../../web/static/js/lib/kept_programme.js";

function storage() {
  /** @type {Map<string, string>} */
  const map = new Map();
  return { map, getItem: (/** @type {string} */ key) => map.get(key) ?? null, setItem: (/** @type {string} */ key, /** @type {string} */ text) => void map.set(key, text) };
}

test("a clock that is loaded again has its programme and the ceremony's time, and nothing else", () => {
  const shelf = storage();
  const rows = new Map(Object.entries({ info: { title: "Lễ" }, "programme:1": { index: 0, owner: "Họ và tên" }, totals: { present: 3 }, "cue:a": {} }));
  new KeptProgramme(shelf, "aa11").keep(rows, 1_500_000);
  const last = new KeptProgramme(shelf, "aa11").last();
  assert.deepEqual([...(last?.rows.keys() ?? [])], ["info", "programme:1"]);
  assert.deepEqual(last?.rows.get("programme:1"), { index: 0 });
  assert.equal(last?.ahead, 1_500_000);
  assert.equal(new KeptProgramme(shelf, "bb22").last(), null);
});

test("what is of another day, unreadable or refused is as nothing", () => {
  const shelf = storage();
  shelf.map.set("diemcau-programme-a", JSON.stringify({ rows: [], ahead: 0, at: Date.now() - 13 * 3_600_000 }));
  shelf.map.set("diemcau-programme-b", "{");
  assert.equal(new KeptProgramme(shelf, "a").last(), null);
  assert.equal(new KeptProgramme(shelf, "b").last(), null);
  const full = { getItem: () => null, setItem: () => { throw new Error("QuotaExceededError"); } };
  new KeptProgramme(full, "a").keep(new Map([["info", {}]]), 0);
});
