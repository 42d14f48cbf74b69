import assert from "node:assert/strict";
import { test } from "node:test";

import { choice, historyLine, ofPhase, phaseLines, reporterWords, senderWords, shownFigures, unsentWords, unsettled } from "../../web/static/js/models/figures.js";
import { newBrowserId, seenWords } from "../../web/static/js/models/seen.js";

const AT = 1749600000_000_000; // 07:00 in Việt Nam
const MINUTE = 60_000_000;

const entry = (kind, fields, state = "saved", id = "id") => ({ id, kind, occurred_at: AT, fields, state, code: "", detail: "" });
const figure = (id, total, counting = false) => ({ id, total, counts: {}, occurred_at: AT, at: AT, sender: { role: "host" }, counting });
const row = (...figures) => ({ phase: 0, figures, history: [], chair_at: null, chair_at_name: "", guests: [], seen: null });

test("whoever speaks for a site is named as such", () => {
  assert.equal(senderWords({ role: "host", site: "D1", name: "Huyện Nam Đàn" }), "Huyện Nam Đàn báo thay");
  assert.equal(senderWords({ role: "desk", seat: "desk-1" }), "bàn trực (desk-1) nhập");
  assert.equal(senderWords({ role: "host", device_name: "Chrome trên Android · A3F2" }), "điểm cầu báo (Chrome trên Android · A3F2)");
  assert.equal(reporterWords("host", "Xã Kim Liên (cụm Nam Đàn)"), "Xã Kim Liên (cụm Nam Đàn) báo thay");
  assert.equal(reporterWords("tech"), "kỹ thuật nhập");
});

test("two figures are unsettled, one is not; choosing puts the others aside", () => {
  assert.deepEqual(unsettled(row(figure("a", 30))), []);
  const both = unsettled(row(figure("a", 30), figure("b", 28, true)));
  assert.deepEqual(choice(both, "a"), { figure: "a", over: ["b"] });
});

test("a report names the figures its page showed and those that wait on the device", () => {
  const entries = [entry("report_head_count", {}, "saved", "mine"), entry("report_head_count", {}, "refused", "no"), entry("check_in", {}, "saved", "other")];
  assert.deepEqual(shownFigures(row(figure("a", 30)), entries), ["a", "mine"]);
  assert.deepEqual(shownFigures(null, []), []);
});

test("what was typed in the rehearsal asks nothing on the day", () => {
  const entries = [entry("check_in", { phase: 1 }), entry("check_in", { phase: 2 }), entry("check_in", {})];
  assert.equal(ofPhase(entries, 2).length, 2);
  assert.equal(ofPhase(entries, null).length, 3);
});

test("a line of the history tells who, when, why, and what became of it", () => {
  const line = historyLine({ kind: "head_count", at: AT + 20 * MINUTE, occurred_at: AT, sender: { role: "host" }, total: 1234, reason: "Đến thêm", standing: "superseded", device_at: AT + 180 * MINUTE });
  assert.equal(line.head, "07:00, đến lúc 07:20 (đồng hồ máy 10:00) · điểm cầu báo");
  assert.deepEqual([line.words, line.total, line.standing], ["đã thay, lý do: Đến thêm", "1.234", "superseded"]);
});

test("a page whose link was taken back lists what it could not send", () => {
  const words = unsentWords([entry("report_head_count", { counts: { leaders: 3, residents: 30 } }), entry("check_in", {}, "accepted"), entry("check_in", {}, "sent")]);
  assert.deepEqual(words, ["07:00 · 33 đại biểu", "07:00 · điểm danh"]);
});

test("only a rehearsal has its line", () => {
  assert.deepEqual(phaseLines({ rehearsal: 0 }), []);
  assert.match(phaseLines({ rehearsal: 1 })[0].text, /TỔNG DUYỆT/);
});

test("a poster's page asks before it moves somebody", () => {
  const words = seenWords({ state: "elsewhere", ceremony: "", site: "B", name: "Xã B", other: "Xã A" });
  assert.match(words.title, /Xã A/);
  assert.equal(words.act, "Chuyển đến Xã B");
  assert.equal(seenWords({ state: "counted", ceremony: "", site: "B", name: "Xã B" }).act, "");
  assert.match(newBrowserId((bytes) => bytes.fill(255)), /^[A-Za-z0-9_-]{22}$/);
});
