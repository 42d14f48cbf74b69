// The programme in the browser: its timing, held to the vectors of the server's rules; the MC's words; the speaker's clock; forms.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { guestCounts, introduced } from "../../web/static/js/models/guests.js";
import { changesOf, formOf, offsetOf } from "../../web/static/js/models/item_form.js";
import { Guard } from "../../web/static/js/models/keys.js";
import { piecesOf } from "../../web/static/js/models/mc_words.js";
import { nowAndNext, project } from "../../web/static/js/models/programme.js";
import { digits, faceOf } from "../../web/static/js/models/speaker_timer.js";

const MINUTE = 60_000_000;
const ZERO = 1_749_603_600_000_000;
const days = JSON.parse(readFileSync(new URL("../vectors/programme_timing.json", import.meta.url), "utf8"));

for (const day of days) {
  test(`the day “${day.name}” stands as the server's rules say`, () => {
    for (const look of day.looks) {
      const told = project(look.items, look.now);
      const slots = Object.fromEntries([...told.slots].map(([name, slot]) => [name, [slot.start, slot.end]]));
      assert.deepEqual(
        { slots, next: told.next?.id ?? null, over: told.over, end: told.end, end_over: told.endOver },
        { slots: look.slots, next: look.next, over: look.over, end: look.end, end_over: look.end_over },
      );
    }
  });
}

/** Ten minutes each, one after the other. */
function items(count, ...changes) {
  return Array.from({ length: count }, (_, index) => ({
    id: `item-${index + 1}`, index, starts_at: ZERO + index * 10 * MINUTE, ends_at: ZERO + (index + 1) * 10 * MINUTE, title: `Nội dung ${index + 1}`,
    owner: "", kind: "speech", site: null, started_at: null, current: false, ...changes[index],
  }));
}

test("while nobody runs the programme the plan names what is on", () => {
  const { current, next, nextAt, planned } = nowAndNext(items(3), ZERO + 12 * MINUTE);
  assert.deepEqual([current.id, next.id, nextAt, planned], ["item-2", "item-3", ZERO + 20 * MINUTE, true]);
});

test("the next item is expected when the one on air will end, not when it was planned", () => {
  const late = items(3, { started_at: ZERO + 5 * MINUTE, current: true });
  assert.deepEqual([nowAndNext(late, ZERO + 6 * MINUTE).nextAt, nowAndNext(late, ZERO + 20 * MINUTE).nextAt], [ZERO + 15 * MINUTE, ZERO + 20 * MINUTE]);
});

test("between two items nothing is on air and the next one is named", () => {
  const between = items(3, { started_at: ZERO, ended_at: ZERO + 8 * MINUTE }, { skipped: true });
  const { current, next } = nowAndNext(between, ZERO + 9 * MINUTE);
  assert.deepEqual([current, next.id], [null, "item-3"]);
});

test("figures are filled in whatever their accents, and a wrong one is shown as wrong", () => {
  const figures = { values: { "điểm cầu": 433, "đại biểu": 12345 }, closed_version: 1, closed_at: 0 };
  assert.deepEqual(piecesOf("Nối tới {Điểm cầu} và {lạ}.", figures), [{ text: "Nối tới " }, { figure: "Điểm cầu", value: 433 }, { text: " và " }, { figure: "lạ", value: null }, { text: "." }]);
  assert.deepEqual(piecesOf("", figures), []);
});

test("the speaker's clock goes from good over soon to over, and says when it stands", () => {
  const on = (more) => items(2, { started_at: ZERO, current: true, ...more });
  const grade = (minutes, more = {}) => faceOf(on(more), ZERO + minutes * MINUTE).grade;
  assert.deepEqual([grade(1), grade(7.9), grade(8), grade(9.99), grade(10), grade(12)], ["good", "good", "soon", "soon", "over", "over"]);
  assert.deepEqual([grade(5, { held_since: ZERO + MINUTE }), grade(12, { added: 5 * MINUTE }), grade(0, { current: false, ended_at: ZERO })], ["held", "soon", "rest"]);
  assert.equal(faceOf(on({}), ZERO + 5 * MINUTE).share, 0.5);
});

test("digits count down to zero and up again with a plus", () => {
  assert.deepEqual([digits(5 * MINUTE), digits(MINUTE - 1), digits(1), digits(0), digits(-1), digits(-61_000_000), digits(62 * MINUTE)], ["05:00", "01:00", "00:01", "00:00", "00:00", "+01:01", "1:02:00"]);
});

test("only what was typed is sent, times as the rules count them", () => {
  const item = { ...items(1)[0], fixed: false };
  const form = formOf(item, { words: "", notes: "", more: { "col-1": "A" }, version: 3, edited: "" });
  assert.deepEqual(changesOf(form, { ...form }, ZERO), {});
  const typed = { ...form, title: "Mới", minutes: "12", starts: "fixed", clock: "8h30", more: { "col-1": "B" } };
  assert.deepEqual(changesOf(form, typed, ZERO), { title: "Mới", length: 12 * MINUTE, starts: 30 * MINUTE - ((ZERO + 7 * 60 * MINUTE) % (24 * 60 * MINUTE)) + 8 * 60 * MINUTE, more: { "col-1": "B" } });
  assert.deepEqual([offsetOf("25:00", ZERO), offsetOf("sáng", ZERO)], [null, null]);
});

test("only those who are there are read out, a substitute in their place", () => {
  const guest = (index, status, more = {}) => ({ id: `g${index}`, index, name: `Họ và tên ${index}`, title: "Chức vụ", status, substitute_name: "", substitute_title: "", changed_at: null, changed_by: "", ...more });
  const list = [guest(1, "arrived", { changed_at: ZERO }), guest(2, "absent"), guest(3, "replaced", { substitute_name: "Người thay", substitute_title: "Phó" }), guest(4, "expected")];
  assert.deepEqual(introduced(list, ZERO + MINUTE), [
    { name: "Họ và tên 1", title: "Chức vụ", instead: "", id: "g1", fresh: true },
    { name: "Người thay", title: "Phó", instead: "Họ và tên 3, Chức vụ", id: "g3", fresh: false },
  ]);
  assert.deepEqual(guestCounts(list), { there: 2, absent: 1, all: 4 });
});

test("a key counts when pressed again, neither at once nor much later, nor for something else", () => {
  const guard = new Guard();
  assert.deepEqual([guard.press("next 5", 1000), guard.press("next 5", 1100), guard.press("next 5", 1400)], [false, false, true]);
  assert.deepEqual([guard.press("next 6", 2000), guard.press("next 7", 2500), guard.press("next 7", 9000)], [false, false, false]);
  assert.equal(guard.waiting(20_000), "");
});
