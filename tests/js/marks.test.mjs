import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LaunchMarks, signedTexts } from "../../web/static/js/models/marks.js";
import { instantToGoBy, notAhead, watchedLaunch } from "../../web/static/js/models/watched_launch.js";

const { pinned, objects } = JSON.parse(
  readFileSync(new URL("../../site_agent/launch/vectors/firing.json", import.meta.url), "utf8"),
);
const T0 = JSON.parse(Buffer.from(objects.one.body, "base64url").toString()).t0;
const SECOND = 1_000_000;
const WORDS = { title: "Phát động phong trào", subtitle: "" };

const text = (signed) => Buffer.from(JSON.stringify(signed)).toString("base64url");
const line = (id, signed) => `#EXT-X-DATERANGE:ID="${id}",START-DATE="2025-06-11T02:10:04.000Z",DURATION=12.000,X-DIEMCAU-SIGNED="${text(signed)}"`;
const playlist = (...lines) => ["#EXTM3U", "#EXT-X-TARGETDURATION:2", ...lines, "#EXTINF:2.000,", "a.ts", ""].join("\n");
const marksOf = (...lines) => {
  const marks = new LaunchMarks(pinned);
  marks.take(playlist(...lines));
  return marks;
};
const rehearsal = Object.entries(objects).find(([name]) => name.includes("rehears"))?.[1];
const row = (more = {}) => ({ cue: "launch", attempt: 1, live: true, state: "committed", ...WORDS, portal: "", trigger: "seats", touched: 1, t0: T0, lit: 0, ...more });

test("the signed texts of a playlist are found among other dateranges", () => {
  const other = '#EXT-X-DATERANGE:ID="ad",START-DATE="2025-06-11T02:10:04.000Z",X-COM="X-DIEMCAU-SIGNED=abc"';
  assert.deepEqual(signedTexts(playlist(other, line("a", objects.one))), [text(objects.one)]);
  assert.deepEqual(signedTexts(""), []);
});

test("a good order tells the launch; seen again it is nothing new, and gone from the playlist it is not forgotten", () => {
  const marks = new LaunchMarks(pinned);
  assert.equal(marks.take(playlist(line("a", objects.one))), true);
  assert.equal(marks.take(playlist(line("a", objects.one))), false);
  marks.take(playlist());
  assert.equal(marks.current?.t0, T0);
  assert.equal(marks.current?.live, true);
  assert.ok(marks.current?.pressed.every((pressed) => pressed <= T0));
});

test("a forged order, another ceremony's, a bare warrant, nonsense: none is believed", () => {
  const body = JSON.parse(Buffer.from(objects.one.body, "base64url").toString());
  const moved = { ...objects.one, body: Buffer.from(JSON.stringify({ ...body, t0: body.t0 + SECOND })).toString("base64url") };
  const marks = marksOf(line("a", moved), line("b", body.warrant), line("c", { body: "e30" }), '#EXT-X-DATERANGE:ID="d",X-DIEMCAU-SIGNED="!!"');
  assert.equal(marks.current, null);
  assert.equal(marks.refused.length, 3);
  const elsewhere = new LaunchMarks({ ...pinned, ceremony_id: "lễ-khác" });
  elsewhere.take(playlist(line("a", objects.one)));
  assert.equal(elsewhere.current, null);
});

test("an abort takes the order back, whichever comes first; an abort of another order does nothing", () => {
  for (const lines of [[line("a", objects.one), line("b", objects["abort of one"])], [line("b", objects["abort of one"]), line("a", objects.one)]]) {
    const marks = marksOf(...lines);
    assert.equal(marks.current, null);
    assert.equal(marks.aborted({ live: true, cue: "launch", attempt: 1 }), true);
  }
});

test("over a picture the launch waits for the picture, also where the feed told of it seconds before", () => {
  const mark = marksOf(line("a", objects.one)).current;
  const at = (instant, more = {}) => watchedLaunch({ row: row(), mark, withdrawn: false, instant, byPicture: true, words: WORDS, ...more });
  const [pressed] = mark.pressed;
  assert.deepEqual([at(pressed - 1)?.t0, at(pressed - 1)?.touched], [null, 0]);
  assert.deepEqual([at(pressed)?.t0, at(pressed)?.touched], [T0, 1]);
  assert.equal(at(pressed - 1, { row: null })?.t0, null);
  assert.equal(at(T0, { row: null })?.t0, T0);
  assert.equal(at(pressed - 1, { byPicture: false })?.t0, T0, "without a picture the clock is gone by, and the page counts down itself");
});

test("what the feed knows better goes before the mark: an attempt taken back, or a later one", () => {
  const mark = marksOf(line("a", objects.one)).current;
  const told = (known) => watchedLaunch({ mark, withdrawn: false, instant: T0, byPicture: true, words: WORDS, ...known });
  assert.equal(told({ row: row({ state: "prepared", t0: null }) })?.t0, null);
  assert.equal(told({ row: row({ state: "armed", t0: null }) })?.t0, T0, "the mark may be here before the feed's word");
  assert.equal(told({ row: row(), withdrawn: true })?.t0, null, "an abort in the playlist holds where the feed stands still");
});

test("of a rehearsal a page without feed shows only the moment itself", () => {
  assert.ok(rehearsal, "the vectors hold a rehearsal's order");
  const mark = marksOf(line("r", rehearsal)).current;
  assert.equal(mark?.live, false);
  const at = (instant) => watchedLaunch({ row: null, mark, withdrawn: false, instant, byPicture: true, words: WORDS });
  assert.equal(at(mark.t0)?.live, false);
  assert.equal(at(mark.t0 + 60 * SECOND), null);
  const both = marksOf(line("r", rehearsal), line("a", objects.one)).current;
  assert.equal(both?.live, true);
});

test("a picture that stands still is not waited for longer than its usual delay and two seconds", () => {
  const known = { picture: T0 - SECOND, latency: 5 * SECOND, t0: T0 };
  assert.equal(instantToGoBy({ ...known, wall: T0 + 6 * SECOND, moving: false }).byPicture, true);
  assert.deepEqual(instantToGoBy({ ...known, wall: T0 + 8 * SECOND, moving: false }), { instant: T0 + 8 * SECOND, byPicture: false });
  assert.equal(instantToGoBy({ ...known, wall: T0 + 8 * SECOND, moving: true }).byPicture, true);
  assert.equal(instantToGoBy({ ...known, picture: null, wall: T0, moving: false }).byPicture, false);
});

test("a picture that claims to be ahead of the ceremony's clock brings no launch forward", () => {
  const known = { picture: T0 + 30 * SECOND, latency: null, t0: T0, moving: true };
  assert.equal(instantToGoBy({ ...known, wall: T0 - 5 * SECOND, sure: true }).instant, T0 - 5 * SECOND);
  assert.equal(instantToGoBy({ ...known, wall: T0 - 5 * SECOND }).instant, T0 + 30 * SECOND, "this machine's own clock may be the wrong one");
  assert.equal(notAhead(T0, T0 + SECOND), T0);
  assert.equal(notAhead(T0, null), T0);
});
