import assert from "node:assert/strict";
import { test } from "node:test";

import { byGroup, freshness, keptOf, OLD_AFTER, roomsOf } from "../../web/static/js/models/room_tiles.js";

const room = (code, group, rank, taken_at = null) => [code, { code, name: code, group, rank, since: 0, taken_at, sha256: taken_at === null ? null : "a" }];
const rows = new Map([room("b", "Cụm 2", 5), room("a", "Cụm 1", 2, 10), ["kept:x", { site: "a", sha256: "x", at: 3 }], ["kept:y", { site: "a", sha256: "y", at: 9 }], room("c", "Cụm 2", 3, 4)]);

test("rooms stand in roster order, kept pictures newest first", () => {
  assert.deepEqual(roomsOf(rows).map((each) => each.code), ["a", "c", "b"]);
  assert.deepEqual(keptOf(rows).map((each) => each.sha256), ["y", "x"]);
});

test("groups come by their first room and count those with a picture", () => {
  assert.deepEqual(byGroup(roomsOf(rows)).map(({ name, rooms, withPicture }) => [name, rooms.length, withPicture]), [["Cụm 1", 1, 1], ["Cụm 2", 2, 1]]);
});

test("a picture is old once two were missed", () => {
  const [, one] = room("a", "g", 1, 1000);
  assert.equal(freshness(one, 1000 + OLD_AFTER), "now");
  assert.equal(freshness(one, 1001 + OLD_AFTER), "old");
  assert.equal(freshness({ ...one, taken_at: null }, 0), "waiting");
});
