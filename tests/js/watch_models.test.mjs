import assert from "node:assert/strict";
import { test } from "node:test";

import { AGAIN, Alarm } from "../../web/static/js/models/alarm.js";
import { matters } from "../../web/static/js/models/attention.js";
import { gradeWords } from "../../web/static/js/models/grades.js";
import { nextTime, Watch } from "../../web/static/js/models/watch.js";
import { WallSites } from "../../web/static/js/models/wall_sites.js";

const NOW = 1_749_600_000_000_000;
const SECOND = 1_000_000;

/** @param {any} fields */
function site(fields) {
  return { code: "1", name: "Xã Một", level: "commune", parent: null, group: "Huyện A", grade: "up", expected: 30, present: 1, ...fields };
}

/** @param {any[]} rows */
function wallOf(rows) {
  const sites = new WallSites();
  sites.take(new Map(rows.map((row) => [row.code, row])), null);
  return sites;
}

/** @param {any[]} rows */
function watchOf(...rows) {
  const watch = new Watch();
  watch.take(new Map(rows));
  return watch;
}

/** @param {any} fields */
function incident(fields = {}) {
  const row = { number: 1, kind: "group", target: "Huyện A", name: "Huyện A", since: NOW, opened_at: NOW, total: 4, lost: ["1", "2", "3", "4"], notes: [], ...fields };
  return [`incident:${row.number}`, row];
}

const LOST = [..."1234567"].map((code) => site({ code, grade: Number(code) < 5 ? "down" : "up", carrier: code === "1" ? "VNPT" : "Viettel" }));

/** @param {any[]} list */
function keys(list) {
  return list.map((matter) => matter.key);
}

test("an incident is one matter, first, and its sites and group are not told again", () => {
  const { urgent } = matters(wallOf([...LOST, site({ code: "9", group: "Huyện B", grade: "down" })]), { chaseNever: false, watch: watchOf(incident()), now: NOW });
  assert.deepEqual(keys(urgent), ["incident:1", "site:9"]);
});

test("a site that is back is no longer covered by its incident", () => {
  const { urgent } = matters(wallOf(LOST), { chaseNever: false, watch: watchOf(incident({ lost: ["1"], sites: ["1", "2", "3", "4"] })), now: NOW });
  assert.deepEqual(keys(urgent), ["incident:1", "group:Huyện A"]);
});

test("what is acknowledged stands apart and needs nobody", () => {
  const watch = watchOf(incident({ ack_by: "tech-1", ack_reason: "đã báo", ack_at: NOW }), ["site:9", { code: "9", ack_by: "tech-1", ack_reason: "x", ack_at: NOW }]);
  const { urgent, taken } = matters(wallOf([...LOST, site({ code: "9", group: "Huyện B", grade: "down" })]), { chaseNever: false, watch, now: NOW });
  assert.deepEqual(keys(urgent), []);
  assert.deepEqual(keys(taken), ["incident:1", "site:9"]);
});

test("what is planned off needs nobody while it is planned, and is counted at the maintenance", () => {
  const planned = { maintenance: "m", scope: "group", target: "Huyện A", name: "Huyện A", starts: NOW, until: NOW + 60 * SECOND, reason: "x", by: "tech-1" };
  const rows = [["maintenance:m", planned]];
  const during = matters(wallOf(LOST), { chaseNever: false, watch: watchOf(...rows), now: NOW + SECOND });
  assert.deepEqual([keys(during.urgent), keys(during.taken), /** @type {any} */ (during.taken[0]).count], [[], ["maintenance:m"], 4]);
  const after = matters(wallOf(LOST), { chaseNever: false, watch: watchOf(...rows), now: NOW + 61 * SECOND });
  assert.deepEqual(keys(after.urgent), ["group:Huyện A"]);
});

test("a maintenance of a carrier masks its sites alone", () => {
  const planned = { maintenance: "m", scope: "carrier", target: "Viettel", name: "Viettel", starts: NOW, until: NOW + 60 * SECOND, reason: "x", by: "tech-1" };
  const { urgent } = matters(wallOf(LOST), { chaseNever: false, watch: watchOf(["maintenance:m", planned]), now: NOW });
  assert.deepEqual(keys(urgent), ["site:1"]);
});

test("a flapping site is somebody's errand although it counts as connected", () => {
  const watch = watchOf(["site:7", { code: "7", flapping: true }]);
  const { urgent } = matters(wallOf([site({ code: "7", grade: "unstable", reason: "chập chờn: 4 lần trong 15 phút" })]), { chaseNever: false, watch, now: NOW });
  assert.deepEqual(keys(urgent), ["site:7"]);
});

test("alerts that do not go out are a matter", () => {
  const { urgent } = matters(wallOf([]), { chaseNever: false, watch: watchOf(["alerts", { gateways: ["A"], problem: "Không gửi được", since: NOW }]), now: NOW });
  assert.deepEqual(keys(urgent), ["alerts"]);
});

test("a reason that begins with the grade's name does not repeat it", () => {
  assert.equal(gradeWords(/** @type {any} */ ({ grade: "unstable", reason: "chập chờn: 4 lần trong 15 phút" })), "Chập chờn: 4 lần trong 15 phút");
  assert.equal(gradeWords(/** @type {any} */ ({ grade: "degraded", reason: "mất gói 6%, chiều gửi" })), "Yếu: mất gói 6%, chiều gửi");
});

test("a carrier and the sites of an incident narrow the wall", () => {
  const sites = wallOf(LOST);
  assert.deepEqual(sites.carriers(), ["Viettel", "VNPT"]);
  sites.byCarrier("VNPT");
  assert.deepEqual(sites.shown(), [0]);
  sites.byCarrier("");
  sites.together = { words: "Huyện A", codes: new Set(["2", "3"]) };
  assert.deepEqual(sites.shown(), [1, 2]);
  assert.ok(sites.narrowed);
});

test("a clock of Việt Nam means the next time that it shows so", () => {
  // 1,749,600,000 s of UTC is 07:00 in Việt Nam.
  assert.equal(nextTime("07:30", NOW), NOW + 1800 * SECOND);
  assert.equal(nextTime("6h30", NOW), NOW + 23.5 * 3600 * SECOND);
  for (const wrong of ["", "25:00", "7:75", "sáng mai"]) assert.equal(nextTime(wrong, NOW), null);
});

// ---- the bell

const one = [{ kind: "site", key: "site:1", site: site({ grade: "down" }) }];
const together = [{ kind: "incident", key: "incident:1" }, ...one];

/** @param {any} list @param {Alarm} alarm @param {number} seconds */
function hear(alarm, list, seconds) {
  return alarm.hear(list, NOW + seconds * SECOND);
}

test("what stands when the page opens makes no sound; what is new sounds once, the loudest of it", () => {
  const alarm = new Alarm();
  assert.equal(hear(alarm, one, 0), null);
  assert.equal(hear(alarm, together, 10), "incident");
  assert.equal(hear(alarm, together, 20), null);
});

test("each severity has a sound of its own", () => {
  for (const [matter, sound] of /** @type {any} */ ([
    [{ kind: "site", key: "a", site: site({ grade: "down" }) }, "down"],
    [{ kind: "site", key: "a", site: site({ grade: "down", required: true }) }, "incident"],
    [{ kind: "site", key: "a", site: site({ grade: "degraded" }) }, "weak"],
    [{ kind: "group", key: "a" }, "incident"],
    [{ kind: "never", key: "a", count: 3 }, null],
    [{ kind: "alerts", key: "a", problem: "x" }, null],
  ])) {
    const alarm = new Alarm();
    hear(alarm, [], 0);
    assert.equal(hear(alarm, [matter], 10), sound);
  }
});

test("what is severe sounds again after two minutes until somebody has taken it", () => {
  const alarm = new Alarm();
  hear(alarm, [], 0);
  hear(alarm, one, 10);
  assert.equal(hear(alarm, one, 10 + AGAIN / SECOND - 1), null);
  assert.equal(hear(alarm, one, 10 + AGAIN / SECOND), "down");
  assert.equal(hear(alarm, [], 300), null); // acknowledged: it is not among the urgent any more
  assert.equal(hear(alarm, [], 900), null);
});

test("a site that gets worse sounds as the worse, and sounds do not fall on each other", () => {
  const alarm = new Alarm();
  hear(alarm, [], 0);
  assert.equal(hear(alarm, [{ kind: "site", key: "site:1", site: site({ grade: "degraded" }) }], 10), "weak");
  assert.equal(hear(alarm, one, 11), null);
  assert.equal(hear(alarm, one, 14), "down");
});
