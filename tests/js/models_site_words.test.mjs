import assert from "node:assert/strict";
import { test } from "node:test";

import { linkWords, savedWords, stoppedWords } from "../../web/static/js/models/site_words.js";

const status = { link: "open", detail: "", wasOpen: true, part: "companion", prepare: null, clockReady: true };
const site = { code: "17950", name: "Xã Kim Liên", group: "", grade: "degraded" };
const entry = (kind, state, more = {}) => ({ id: "1", kind, occurred_at: 1, fields: {}, state, code: "", detail: "", ...more });

test("the chip shows the centre's grade while it hears us, and what the device knows when it does not", () => {
  assert.deepEqual(linkWords(status, site), { grade: "degraded", words: "Yếu" });
  assert.equal(linkWords(status, { ...site, grade: "never_seen" }).words, "Đã kết nối");
  assert.equal(linkWords({ ...status, link: "connecting" }, site).words, "Mất kết nối");
  assert.equal(linkWords({ ...status, link: "connecting", wasOpen: false }, site).words, "Đang kết nối");
});

test("saved, sent and accepted are told apart", () => {
  const saved = [entry("report_head_count", "saved")];
  assert.match(savedWords(saved, false, true, false).words, /Đã lưu trên máy, sẽ gửi/);
  assert.match(savedWords(saved, true, true, false).words, /đang gửi số đại biểu/);
  assert.match(savedWords([entry("check_in", "accepted")], true, true, false).words, /đã nhận điểm danh/);
});

test("a refusal tells the centre's words and its code", () => {
  const refused = savedWords([entry("report_head_count", "refused", { code: "reason_needed", detail: "Ghi lý do." })], true, true, false);
  assert.deepEqual(refused, { state: "refused", words: "Trung tâm chưa nhận số đại biểu: Ghi lý do. (mã reason_needed)" });
});

test("a browser that keeps nothing is told not to be closed", () => {
  assert.match(savedWords([entry("check_in", "saved")], false, false, false).words, /Đừng đóng trang/);
});

test("every stop has a title, and one thing to do where something can be done", () => {
  assert.equal(stoppedWords(status), null);
  assert.equal(stoppedWords({ ...status, link: "fenced" })?.act, "Dùng tiếp trên thẻ này");
  assert.equal(stoppedWords({ ...status, link: "revoked" })?.act, "");
  assert.equal(stoppedWords({ ...status, link: "refused", detail: "Đã đủ thiết bị." })?.words, "Đã đủ thiết bị.");
});
