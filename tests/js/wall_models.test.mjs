import assert from "node:assert/strict";
import { test } from "node:test";

import { matters } from "../../web/static/js/models/attention.js";
import { blockOf, centreOf, markAt, neighbour } from "../../web/static/js/models/wall_geometry.js";
import { heightFor, layOut } from "../../web/static/js/models/wall_layout.js";
import { SiteSearch } from "../../web/static/js/models/site_search.js";
import { WallSites } from "../../web/static/js/models/wall_sites.js";
import { abbreviated } from "../../web/static/js/models/unit_names.js";
import { visibleRows } from "../../web/static/js/models/windowed.js";

const NGHE_AN = [21, 33, 9, 13, 12, 21, 17, 20, 21, 25, 12, 20, 19, 32, 32, 32, 29, 23, 17, 15, 10];

/** @param {Partial<import("../../web/static/js/models/grades.js").SiteRow>} fields */
function site(fields) {
  return { code: "1", name: "Xã Một", level: "commune", parent: null, group: "Huyện A", grade: "up", expected: 30, ...fields };
}

/** @param {any[]} rows */
function wallOf(rows) {
  const sites = new WallSites();
  const feed = new Map(rows.map((row) => [row.code, row]));
  sites.take(feed, null);
  return { sites, feed };
}

for (const [name, counts] of /** @type {Array<[string, number[]]>} */ ([
  ["433 sites in 21 groups", NGHE_AN],
  ["5,000 sites in 26 groups", Array.from({ length: 26 }, (_, index) => 120 + ((index * 37) % 146))],
  ["one huge group among small ones", [1000, ...Array(40).fill(10)]],
  ["5,000 sites in 96 groups", Array(96).fill(52)],
  ["a single site", [1]],
  ["no site at all", []],
])) {
  for (const [width, height] of [[1088, 630], [1560, 870], [328, 480]]) {
    test(`${name} stand inside ${width}×${height} without overlapping`, () => {
      const layout = layOut(counts, width, height);
      assert.equal(layout.blocks.length, counts.length);
      layout.blocks.forEach((block, index) => {
        assert.equal(block.count, counts[index]);
        assert.ok(block.x >= -0.01 && block.x + block.width <= width + 0.5, "inside the width");
        assert.ok(block.y >= -0.01 && block.y + block.height <= height + 0.5, "inside the height");
        const last = centreOf(layout, index, block.first + block.count - 1);
        assert.ok(last.y + layout.pitch / 2 <= block.y + block.height + 0.5, "marks inside their block");
        assert.ok(block.x + layout.padding + block.columns * layout.pitch <= block.x + block.width + 0.5, "columns inside their block");
      });
      for (const [index, block] of layout.blocks.entries()) {
        const after = layout.blocks[index + 1];
        assert.ok(!after || after.y > block.y - 0.01, "in roster order, downward");
        if (after && after.y === block.y) assert.ok(after.x >= block.x + block.width - 0.01, "in roster order, rightward");
      }
    });
  }
}

test("the marks of 433 sites are large enough to touch with a mouse and groups keep their names", () => {
  const layout = layOut(NGHE_AN, 1088, 630);
  assert.ok(layout.pitch >= 20);
  assert.ok(layout.header > 0);
});

test("a mark is found where it is drawn", () => {
  const layout = layOut(NGHE_AN, 1088, 630);
  for (const mark of [0, 20, 21, 200, 432]) {
    const { x, y } = centreOf(layout, blockOf(layout, mark), mark);
    assert.equal(markAt(layout, x, y), mark);
  }
  assert.equal(markAt(layout, -5, -5), -1);
});

test("arrow keys reach every mark and stay at the edges", () => {
  const layout = layOut(NGHE_AN, 1088, 630);
  assert.equal(neighbour(layout, -1, "ArrowDown"), 0);
  assert.equal(neighbour(layout, 0, "ArrowLeft"), 0);
  assert.equal(neighbour(layout, 0, "End"), 432);
  assert.equal(neighbour(layout, 432, "ArrowRight"), 432);
  const below = neighbour(layout, 0, "ArrowDown");
  const start = centreOf(layout, 0, 0);
  const reached = centreOf(layout, blockOf(layout, below), below);
  assert.ok(reached.y > start.y && Math.abs(reached.x - start.x) < layout.pitch);
  assert.equal(neighbour(layout, below, "ArrowUp"), 0);
});

test("marks follow their groups in roster order and count what each filter shows", () => {
  const { sites } = wallOf([
    site({ code: "a", group: "A" }),
    site({ code: "b", group: "B", grade: "down" }),
    site({ code: "c", group: "A", present: 31 }),
  ]);
  assert.deepEqual(sites.marks.map((row) => row.code), ["a", "c", "b"]);
  assert.deepEqual(sites.groups.map((group) => [group.name, group.connected, group.lost]), [["A", 2, 0], ["B", 0, 1]]);
  const counts = sites.counts();
  assert.equal(counts.all, 3);
  assert.equal(counts.down, 1);
  assert.equal(counts.unreported, 2);
});

test("a change of grade names its mark and its group and moves nothing", () => {
  const { sites, feed } = wallOf([site({ code: "a" }), site({ code: "b", group: "B" })]);
  feed.set("b", site({ code: "b", group: "B", grade: "down" }));
  const changes = sites.take(feed, new Set(["b"]));
  assert.equal(changes.all, false);
  assert.deepEqual([...changes.marks], [[1, "up"]]);
  assert.deepEqual([...changes.groups], [1]);
});

test("a new site or another group lays the wall out again", () => {
  const { sites, feed } = wallOf([site({ code: "a" })]);
  feed.set("n", site({ code: "n" }));
  assert.equal(sites.take(feed, new Set(["n"])).all, true);
  feed.set("a", site({ code: "a", group: "B" }));
  assert.equal(sites.take(feed, new Set(["a"])).all, true);
  feed.delete("n");
  assert.equal(sites.take(feed, new Set(["n"])).all, true);
  assert.equal(sites.marks.length, 1);
});

test("the filter and a search without diacritics leave only what both name", () => {
  const { sites } = wallOf([
    site({ code: "1", name: "Xã Kim Liên", group: "Huyện Nam Đàn" }),
    site({ code: "2", name: "Xã Nam Giang", group: "Huyện Nam Đàn", grade: "down" }),
    site({ code: "3", name: "Xã Đô Thành", group: "Huyện Yên Thành", grade: "down" }),
  ]);
  sites.filter = "down";
  assert.deepEqual(sites.shown(), [1, 2]);
  sites.seek("nam dan");
  assert.deepEqual(sites.shown(), [1]);
  sites.filter = "all";
  sites.seek("do thanh");
  assert.deepEqual(sites.shown(), [2]);
});

test("too many groups are gathered under the groups of their parents", () => {
  const rows = [site({ code: "root", name: "Hội trường", group: "Hội trường" })];
  for (let district = 0; district < 10; district += 1) {
    rows.push(site({ code: `d${district}`, name: `Huyện ${district}`, group: "Hội trường", parent: "root" }));
    for (let commune = 0; commune < 12; commune += 1) {
      const code = `d${district}c${commune}`;
      rows.push(site({ code, name: `Xã ${code}`, group: `Huyện ${district}`, parent: `d${district}` }));
      rows.push(site({ code: `${code}v`, name: "Thôn 1", group: `Xã ${code}`, parent: code }));
    }
  }
  const { sites } = wallOf(rows);
  assert.deepEqual(sites.groups.map((group) => group.name), ["Hội trường", ...Array.from({ length: 10 }, (_, index) => `Huyện ${index}`)]);
  assert.equal(sites.groups[1].count, 24);
});

test("a group lost together is one matter with its carrier and its lead, before any single site", () => {
  const lost = [1, 2, 3, 4].map((n) => site({ code: `k${n}`, group: "Huyện Kỳ Sơn", parent: "lead", grade: "down", carrier: "Viettel", grade_since: 1_000_000 * n }));
  const { sites } = wallOf([
    site({ code: "lead", name: "Huyện Kỳ Sơn", group: "Hội trường" }),
    ...lost,
    site({ code: "ok", group: "Huyện Kỳ Sơn", parent: "lead" }),
    site({ code: "x", group: "Huyện B", grade: "down", reason: "mất điện" }),
    site({ code: "y", group: "Huyện B" }),
    site({ code: "z", group: "Huyện B" }),
  ]);
  const { urgent } = matters(sites, { chaseNever: false });
  assert.deepEqual(urgent.map((matter) => matter.key), ["group:Huyện Kỳ Sơn", "site:x"]);
  const [first] = urgent;
  assert.ok(first.kind === "group");
  assert.equal(first.carrier, "Viettel");
  assert.equal(first.since, 1_000_000);
  assert.equal(first.lead?.code, "lead");
});

test("a required site comes first and is told once", () => {
  const { sites } = wallOf([site({ code: "a", grade: "down" }), site({ code: "hall", grade: "degraded", required: true })]);
  assert.deepEqual(matters(sites, { chaseNever: false }).urgent.map((matter) => matter.key), ["site:hall", "site:a"]);
});

test("many weak sites are one matter, and sites never seen only when it is late", () => {
  const weak = [1, 2, 3, 4].map((n) => site({ code: `w${n}`, grade: "degraded" }));
  const { sites } = wallOf([...weak, site({ code: "n", grade: "never_seen" })]);
  assert.deepEqual(matters(sites, { chaseNever: false }).urgent.map((matter) => matter.kind), ["rest"]);
  assert.deepEqual(matters(sites, { chaseNever: true }).urgent.map((matter) => matter.kind), ["rest", "never"]);
});

test("sites with two figures are one matter and a filter, until somebody chooses", () => {
  const { sites, feed } = wallOf([site({ code: "a", present: 30, disagrees: true }), site({ code: "b", present: 3 })]);
  const [matter] = matters(sites, { chaseNever: false }).urgent;
  assert.deepEqual(matter.kind === "unsettled" && matter.sites.map((row) => row.code), ["a"]);
  sites.filter = "unsettled";
  assert.deepEqual([sites.shown(), sites.counts().unsettled], [[0], 1]);
  feed.set("a", site({ code: "a", present: 30 }));
  sites.take(feed, new Set(["a"]));
  assert.deepEqual([matters(sites, { chaseNever: false }).urgent, sites.shown(), sites.counts().unsettled], [[], [], 0]);
});

test("sites never seen are told with how near the cut-off is", () => {
  const { sites } = wallOf([site({ code: "n", grade: "never_seen" })]);
  const [matter] = matters(sites, { chaseNever: true, closing: "closed" }).urgent;
  assert.equal(matter.kind === "never" && matter.closing, "closed");
});

test("groups that have not reported are listed with the most missing first", () => {
  const { sites } = wallOf([site({ code: "a", group: "A" }), site({ code: "b", group: "B" }), site({ code: "c", group: "B" }), site({ code: "d", group: "C", present: 4 })]);
  const { reports } = matters(sites, { chaseNever: false });
  assert.deepEqual(reports.map((matter) => (matter.kind === "unreported" ? [matter.group.name, matter.count] : [])), [["B", 2], ["A", 1]]);
});

test("only rows in view and a few around them are worth drawing", () => {
  assert.deepEqual(visibleRows({ total: 5000, rowHeight: 40, scrollTop: 4000, height: 400, around: 5 }), { first: 95, last: 115 });
  assert.deepEqual(visibleRows({ total: 3, rowHeight: 40, scrollTop: 0, height: 400 }), { first: 0, last: 3 });
  assert.deepEqual(visibleRows({ total: 3, rowHeight: 40, scrollTop: 4000, height: 400 }), { first: 3, last: 3 });
});

test("unit names are shortened as offices shorten them", () => {
  assert.equal(abbreviated("Huyện Quỳnh Lưu"), "H. Quỳnh Lưu");
  assert.equal(abbreviated("Thành phố Vinh"), "TP Vinh");
  assert.equal(abbreviated("Sở Tài chính"), "Sở Tài chính");
});

test("on a phone the wall is as tall as fingers need, and no taller for few sites", () => {
  const villages = new Array(21).fill(238);
  const tall = heightFor(villages, 328, 11);
  assert.ok(tall > 2000 && tall < 4000, String(tall));
  assert.ok(layOut(villages, 328, tall).pitch >= 10);
  assert.ok(heightFor(new Array(21).fill(20), 328, 11) < 900);
});

test("one or two figures begin a word of the name, more are looked for anywhere in the code", () => {
  const search = new SiteSearch();
  for (const [code, name] of [["V00071", "Thôn 7"], ["V00170", "Thôn 2"], ["V00005", "Thôn 70"]]) search.put({ code, name, group: "Xã Sơn Thành" });
  assert.deepEqual(search.find("thon 7", 9).map((each) => each.code), ["V00071", "V00005"]);
  assert.deepEqual(search.find("00170", 9).map((each) => each.code), ["V00170"]);
});
