import assert from "node:assert/strict";
import { test } from "node:test";
import { againstWords, mayVouch, situation, vouchedWords, wordOf } from "../../web/static/js/models/doubt.js";
import { isLost, mayAbort, padState } from "../../web/static/js/models/launch.js";

const doubt = (/** @type {object} */ over = {}) => ({
  attempt: 2, live: true, warrant_hash: "ab", lost: true, ends: 0, words: [], refused_detail: "", contradicted: 0, ...over,
});
const word = (/** @type {string} */ role) => ({ role, seat: `${role}-1`, at: 0 });
const armed = (/** @type {object} */ over = {}) => /** @type {any} */ ({
  cue: "phat-dong", state: "armed", attempt: 2, live: true, required: [], confirmed: [], t0: null, doubt: doubt(),
  seats: [{ seat: "Ghế 1", device: "d1", trigger: true, pressed_at: null, counted: false, substituted_by: null }], ...over,
});

test("each side of the two gives its word once, and nobody else does", () => {
  assert.ok(mayVouch(doubt(), "caller"));
  assert.ok(mayVouch(doubt(), "tech"));
  assert.ok(!mayVouch(doubt(), "mc"));
  assert.ok(!mayVouch(null, "caller"));
  const half = doubt({ words: [word("tech")] });
  assert.ok(!mayVouch(half, "admin"));
  assert.ok(mayVouch(half, "caller"));
  assert.equal(wordOf(half, false)?.seat, "tech-1");
});

test("what happened is told apart: lost data, or a window that ended without an answer", () => {
  assert.match(situation(doubt()), /không còn dữ liệu/);
  assert.match(situation(doubt({ lost: false })), /hết thời hạn/);
});

test("the record names the two and says what rests on them", () => {
  const vouched = { attempt: 2, live: true, at: 0, words: [word("caller"), word("tech")], contradicted: 0 };
  assert.match(vouchedWords(vouched), /caller-1 và tech-1/);
  assert.equal(againstWords(vouched), "");
  assert.match(againstWords({ ...vouched, contradicted: 3 }), /3 nơi/);
});

test("while the holder is lost a pad waits and nothing is offered to be taken back", () => {
  assert.ok(isLost(armed()));
  assert.equal(padState(armed(), "Ghế 1", 0, "d1"), "waiting");
  assert.ok(!mayAbort(armed(), 0));
  assert.equal(padState(armed({ doubt: null }), "Ghế 1", 0, "d1"), "open");
  assert.ok(!isLost(armed({ doubt: doubt({ attempt: 1 }) })), "an older attempt's doubt does not close this one");
});
