import assert from "node:assert/strict";
import { test } from "node:test";
import { abortLeft, actions, blocking, countdownDigit, hasConfirmed, mayAbort, padState, planCode } from "../../web/static/js/models/launch.js";
import { minutesOver, nowAndNext, remaining } from "../../web/static/js/models/programme.js";

const MINUTE = 60_000_000;
const seat = { seat: "Ghế 1", device: "d1", trigger: true, pressed_at: null, counted: false, substituted_by: null };
const cue = (/** @type {object} */ over = {}) => ({
  cue: "phat-dong", title: "", subtitle: "", portal: "", plan_hash: "", trigger: "seats", k: 1, hold: 0, lead: 3_500_000, window: 0,
  state: "polling", attempt: 1, live: false, seats: [seat], required: [], ready_count: 0, ready_of: 0, confirmed: [], refused_detail: "",
  warrant_hash: null, armed_until: null, holder: "", pressed: 0, t0: null, order_hash: null, fired_sites: 0, receipts: 0,
  expected_receipts: 0, last_abort: "", ...over,
});

test("only the caller opens the go/no-go, and only before or after an attempt", () => {
  assert.deepEqual(actions(cue({ state: "prepared" }), "caller"), ["poll_rehearsal", "poll_live", "edit"]);
  assert.deepEqual(actions(cue({ state: "prepared" }), "tech"), []);
  assert.ok(!actions(cue({ state: "armed" }), "caller").includes("poll_live"));
});

test("a verified live launch offers nothing more", () => {
  assert.deepEqual(actions(cue({ state: "verified", live: true }), "caller"), []);
});

test("each of the two confirms once, and admin stands on the technical side", () => {
  const half = cue({ confirmed: [{ role: "tech", seat: "t", at: 1 }] });
  assert.ok(hasConfirmed(half, "admin"));
  assert.ok(!hasConfirmed(half, "caller"));
  assert.ok(actions(half, "caller").includes("confirm"));
  assert.ok(!actions(half, "tech").includes("confirm"));
});

test("an order is offered to be taken back until the server's own last instant, and no longer", () => {
  const order = (/** @type {object} */ over = {}) => cue({ state: "committed", t0: 10_000_000, abort_until: 8_200_000, ...over });
  assert.equal(abortLeft(order(), 5_200_000), 3_000_000);
  assert.ok(mayAbort(order(), 8_199_999));
  assert.ok(!mayAbort(order(), 8_200_000));
  assert.ok(!mayAbort(order({ abort_until: null }), 9_000_000), "a second before T0 where nothing was measured");
  assert.ok(mayAbort(cue({ state: "armed" }), 0));
  for (const state of ["polling", "aborting", "aborted", "fired"]) assert.ok(!mayAbort(order({ state }), 0), state);
});

test("a site that is not ready blocks until a named person waives it", () => {
  const site = { site: "A", name: "A", ready: false, reason: "ẩn", waived_by: "" };
  assert.equal(blocking(cue({ required: [site] })).length, 1);
  assert.equal(blocking(cue({ required: [{ ...site, waived_by: "Kỹ thuật" }] })).length, 0);
});

test("a pad is open only while armed with its own seat", () => {
  assert.equal(padState(null, "Ghế 1", 0, "d1"), "absent");
  assert.equal(padState(cue(), "Ghế 1", 0, "d1"), "waiting");
  assert.equal(padState(cue({ state: "armed" }), "Ghế 1", 0, "d1"), "open");
  assert.equal(padState(cue({ state: "armed" }), "Ghế 9", 0, "d1"), "stranger");
  assert.equal(padState(cue({ state: "armed", seats: [{ ...seat, pressed_at: 5, counted: true }] }), "Ghế 1", 0, "d1"), "counted");
  assert.equal(padState(cue({ state: "committed", t0: 10 }), "Ghế 1", 10, "d1"), "fired");
});

test("a pad whose link was opened on another device than the armed one does not look open", () => {
  assert.equal(padState(cue({ state: "armed" }), "Ghế 1", 0, "d2"), "stranger");
  assert.equal(padState(cue({ state: "armed", seats: [{ ...seat, device: null }] }), "Ghế 1", 0, "d1"), "stranger");
});

test("digits run 3, 2, 1 and stop at T0", () => {
  assert.deepEqual([3_000_001, 3_000_000, 2_000_000, 1, 0].map((left) => countdownDigit(10_000_000, 10_000_000 - left)), [null, 3, 2, 1, null]);
});

const item = (/** @type {number} */ index, /** @type {object} */ over = {}) => ({
  id: `item-${index}`, index, starts_at: index * 15 * MINUTE, ends_at: (index + 1) * 15 * MINUTE, title: "", owner: "", kind: "speech",
  site: null, started_at: null, current: false, ...over,
});

test("the plan speaks until somebody starts an item", () => {
  const items = [item(0), item(1), item(2)];
  assert.equal(nowAndNext(items, 16 * MINUTE).current?.id, "item-1");
  assert.ok(nowAndNext(items, 16 * MINUTE).planned);
  const run = [item(0, { current: true, started_at: MINUTE }), item(1), item(2)];
  assert.equal(nowAndNext(run, 16 * MINUTE).current?.id, "item-0");
  assert.equal(nowAndNext(items, -1).next?.id, "item-0");
});

test("lateness is how late the item began, then how far it runs over", () => {
  const began = [item(0, { current: true, started_at: 3 * MINUTE })];
  assert.equal(minutesOver(began, 4 * MINUTE), 3);
  assert.equal(minutesOver(began, 20 * MINUTE), 5);
  assert.equal(minutesOver([item(0)], 20 * MINUTE), 0);
  assert.equal(remaining(began[0], 4 * MINUTE), 14 * MINUTE);
});

test("a plan that nobody has opened yet is not the nought-th time", () => {
  assert.equal(planCode({ plan_hash: "0123456789abcdef", attempt: 0 }), "Mã kế hoạch 0123456789ab · chưa mở lần nào");
  assert.equal(planCode({ plan_hash: "0123456789abcdef", attempt: 2 }), "Mã kế hoạch 0123456789ab · lần 2");
});
