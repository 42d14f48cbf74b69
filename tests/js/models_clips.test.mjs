import assert from "node:assert/strict";
import { test } from "node:test";

import { clipsOf, clipState, interval } from "../../web/static/js/models/clips.js";

const S = 1_000_000;
const H = 3600 * S;
/** 08:00:00 in Vietnam, on some day. */
const EIGHT = 20_000 * 24 * H + H;
const clip = (over = {}) => ({ clip: "launch-a-1-0", name: "Phát động, lần 1", begin: EIGHT - 30 * S, end: EIGHT + 60 * S, state: "ready", words: "", ...over });

test("the newest clip stands first, and nothing else of the feed among them", () => {
  const rows = new Map([["output", {}], ["clip:a", clip({ clip: "a" })], ["clip:b", clip({ clip: "b", begin: EIGHT })]]);
  assert.deepEqual(clipsOf(rows).map((each) => each.clip), ["b", "a"]);
});

test("a clip says from when to when, when it will be there, and why it is not", () => {
  assert.equal(clipState(clip()), "07:59:30 đến 08:01:00");
  assert.equal(clipState(clip({ state: "waiting" })), "07:59:30 đến 08:01:00. Chờ ghi xong, khoảng 08:01:10 thì có.");
  assert.equal(clipState(clip({ state: "failed", words: "Đoạn này không có bản ghi." })), "07:59:30 đến 08:01:00. Không cắt được: Đoạn này không có bản ghi.");
});

test("times of day mean the latest that have begun, also over midnight", () => {
  assert.deepEqual(interval("07:55", "07:56:30", EIGHT), { begin: EIGHT - 300 * S, end: EIGHT - 210 * S });
  assert.deepEqual(interval("23:59:00", "00:01", EIGHT), { begin: EIGHT - 8 * H - 60 * S, end: EIGHT - 8 * H + 60 * S });
  assert.deepEqual(interval("07:59", "08:30", EIGHT), { begin: EIGHT - 60 * S, end: EIGHT + 1800 * S });
});

test("what is no time of day, or no interval, is not guessed", () => {
  for (const [from, to] of [["", "08:00"], ["25:00", "26:00"], ["8h", "9h"], ["07:00", "07:00"]]) assert.equal(interval(from, to, EIGHT), null);
});
