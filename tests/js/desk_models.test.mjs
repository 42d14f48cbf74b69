import assert from "node:assert/strict";
import { test } from "node:test";

import { closing, closingSentence, noRehearsal } from "../../web/static/js/models/closing.js";
import { candidates, isClear, judge, readCount, readLine, reportCommand } from "../../web/static/js/models/desk_entry.js";
import { EntryLog } from "../../web/static/js/models/entry_log.js";
import { gradeWords } from "../../web/static/js/models/grades.js";
import { inAppBrowser, system } from "../../web/static/js/models/in_app.js";
import { pageAfter, readLinkText } from "../../web/static/js/models/link_text.js";
import { sumUp } from "../../web/static/js/models/missing.js";
import { SiteSearch } from "../../web/static/js/models/site_search.js";

const MINUTE = 60_000_000;

/** @param {any} fields */
function site(fields = {}) {
  return { code: "17971", name: "Xã Kim Liên", level: "commune", parent: null, group: "Huyện Nam Đàn", grade: "up", expected: 30, ...fields };
}

function search() {
  const names = new SiteSearch();
  for (const row of [
    site(),
    site({ code: "17329", name: "Thị trấn Kim Nhan", group: "Huyện Anh Sơn" }),
    site({ code: "16690", name: "Xã Tân Sơn", group: "Huyện Quỳnh Lưu" }),
    site({ code: "17302", name: "Xã Tân Sơn", group: "Huyện Đô Lương" }),
    site({ code: "17", name: "Khối 5", group: "Phường Bến Thủy" }),
  ]) names.put(row);
  return names;
}

test("a line is read as site and number, and one word alone is always the site", () => {
  assert.deepEqual(readLine("kim lien 33"), { query: "kim lien", count: 33 });
  assert.deepEqual(readLine("17971 1.250"), { query: "17971", count: 1250 });
  assert.deepEqual(readLine(" 17971 "), { query: "17971", count: null });
  assert.deepEqual(readLine("kim lien"), { query: "kim lien", count: null });
});

test("numbers are read as people type them", () => {
  assert.equal(readCount("33"), 33);
  assert.equal(readCount("1.250"), 1250);
  assert.equal(readCount("12 345"), 12345);
  assert.equal(readCount("-3"), null);
  assert.equal(readCount("ba mươi"), null);
  assert.equal(readCount(""), null);
  assert.equal(readCount("3.5"), null);
});

test("a code is found before any name, and names without diacritics or unit words", () => {
  assert.deepEqual(search().find("17971", 8)[0], { code: "17971", rank: 0 });
  assert.equal(search().find("kim lien", 8)[0].code, "17971");
  assert.equal(search().find("KIM LIÊN", 8)[0].code, "17971");
  assert.deepEqual(search().find("do luong", 8).map((found) => found.code), ["17302"]);
  assert.deepEqual(search().find("", 8), []);
});

test("a name that repeats is not clear, a code is", () => {
  assert.equal(isClear(search().find("tan son", 8)), false);
  assert.equal(isClear(search().find("17302", 8)), true);
  assert.equal(isClear(search().find("kim lien", 8)), true);
  assert.equal(isClear([]), false);
});

test("a number that belongs to the name is taken as the name", () => {
  const { typed, found } = candidates(search(), "khoi 5", 8);
  assert.equal(found[0].code, "17");
  assert.equal(typed.count, 5);
  assert.equal(candidates(search(), "khoi 5 40", 8).typed.count, 40);
});

test("what stands between a number and being reported is told in order", () => {
  const given = { reason: "", confirmed: false };
  assert.equal(judge(site(), null, given), "not_a_number");
  assert.equal(judge(site(), 100_000, given), "too_large");
  assert.equal(judge(site(), 601, given), "unusual");
  assert.equal(judge(site(), 600, given), "ok");
  assert.equal(judge(site(), 601, { reason: "", confirmed: true }), "ok");
  assert.equal(judge(site({ present: 28 }), 33, given), "needs_reason");
  assert.equal(judge(site({ present: 28 }), 33, { reason: "Nhập nhầm", confirmed: false }), "ok");
  assert.equal(judge(site({ present: 33 }), 33, given), "same");
  assert.equal(judge(site({ present: 0 }), 0, given), "same");
  assert.equal(judge(site({ expected: 0 }), 5000, given), "ok");
});

test("a first report carries no reason, a correction does", () => {
  const given = { reason: "Nhập nhầm", confirmed: false };
  assert.deepEqual(reportCommand(site(), 33, given), { kind: "report_head_count", site: "17971", counts: { unsorted: 33 }, confirmed_unusual: false, reason: "" });
  assert.equal(reportCommand(site({ present: 3 }), 33, given).reason, "Nhập nhầm");
});

test("undo means the newest accepted line that still stands", () => {
  const log = new EntryLog();
  const first = log.add("1", site(), 30, { reason: "", confirmed: false }, 1);
  const second = log.add("2", site({ code: "17329" }), 12, { reason: "", confirmed: false }, 2);
  assert.equal(log.last(), undefined);
  assert.equal(log.open, true);
  first.state = "accepted";
  second.state = "refused";
  assert.equal(log.last(), first);
  assert.equal(log.open, false);
  const third = log.add("3", site({ present: 30 }), 31, { reason: "Nhập nhầm", confirmed: false }, 3);
  third.state = "accepted";
  assert.equal(third.before, 30);
  assert.equal(log.last(), third);
});

test("sums count who reported and list who did not", () => {
  const { groups, all } = sumUp([site({ present: 28 }), site({ code: "2" }), site({ code: "3", group: "B", present: 0 })]);
  assert.deepEqual([all.sites, all.reported, all.present, all.expected, all.missing.length], [3, 2, 28, 90, 1]);
  assert.deepEqual(groups.map((group) => [group.name, group.missing.length]), [["Huyện Nam Đàn", 1], ["B", 0]]);
});

test("the time left runs to the cut-off, then to the report, then says it is late", () => {
  const dates = { close_at: 100 * MINUTE, report_at: 115 * MINUTE, closed_version: 0, closed_at: null };
  assert.deepEqual(closing(dates, 70 * MINUTE), { kind: "before", left: 30 * MINUTE, urgent: false });
  assert.equal(closing(dates, 95 * MINUTE).urgent, true);
  assert.deepEqual(closing(dates, 101 * MINUTE), { kind: "closing", left: 14 * MINUTE, urgent: true });
  assert.deepEqual(closing(dates, 120 * MINUTE), { kind: "late", left: 5 * MINUTE, urgent: true });
  assert.equal(closing(dates, 5000 * MINUTE).kind, "past");
  assert.equal(closing({ ...dates, closed_version: 1, closed_at: 99 * MINUTE }, 120 * MINUTE).kind, "closed");
  assert.equal(closingSentence("before"), "Đã sát giờ chốt số liệu.");
  assert.equal(closingSentence("late"), "Đã quá giờ chốt số liệu.");
  assert.equal(closingSentence("closed"), "Số liệu đã chốt.");
  assert.equal(noRehearsal(dates), "");
  assert.match(noRehearsal({ closed_version: 1 }), /đã chốt/);
});

test("a reason that only repeats the grade is left out", () => {
  assert.equal(gradeWords(site({ grade: "down", reason: "mất kết nối" })), "Mất kết nối");
  assert.equal(gradeWords(site({ grade: "degraded", reason: "mất gói 6%" })), "Yếu: mất gói 6%");
  assert.equal(gradeWords(site({ grade: "stale" })), "Chậm phản hồi");
});

test("a link, its secret part and a short code are told apart, also wrapped and spaced", () => {
  const token = "dc1.aG9zdDoxNzk3MQ.0.AbCd_-12";
  assert.deepEqual(readLinkText(`https://le.example.vn/enter#${token}`), { kind: "token", value: token });
  assert.deepEqual(readLinkText(` ${token.slice(0, 12)}\n${token.slice(12)} `), { kind: "token", value: token });
  assert.deepEqual(readLinkText("4821 3357"), { kind: "code", value: "48213357" });
  assert.equal(readLinkText("https://le.example.vn/enter#dc1.aG9z").kind, "cut");
  assert.equal(readLinkText("https://le.example.vn/enter").kind, "cut");
  assert.equal(readLinkText("xin chào").kind, "unknown");
  assert.equal(readLinkText("  ").kind, "empty");
});

test("a link opens its own page, or another that its role may open", () => {
  const host = { role: "host", page: "/site", as: "0123abcd" };
  assert.equal(pageAfter(host, null), "/site?as=0123abcd");
  assert.equal(pageAfter(host, "/stage"), "/stage?as=0123abcd");
  assert.equal(pageAfter(host, "/wall"), "/site?as=0123abcd");
  assert.equal(pageAfter(host, "//evil.example"), "/site?as=0123abcd");
});

test("in-app browsers are known by their names and real ones are left alone", () => {
  const chrome = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/120.0.0.0 Mobile Safari/537.36";
  assert.equal(inAppBrowser(`${chrome} Zalo android/12100631`), "zalo");
  assert.equal(inAppBrowser("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 Zalo iOS/500"), "zalo");
  assert.equal(inAppBrowser(`${chrome} [FB_IAB/FB4A;FBAV/400.0;]`), "facebook");
  assert.equal(inAppBrowser(chrome), null);
  assert.equal(system(chrome), "android");
});
