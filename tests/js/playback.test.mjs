import assert from "node:assert/strict";
import { test } from "node:test";

import { againIn, FASTEST, FrameMap, instantOfDate, pace, Playback, wantedBehind } from "../../web/static/js/models/playback.js";
import { farthest, offered, positionOf, sought } from "../../web/static/js/models/look_back.js";
import { cardOf, delayWords, longWords } from "../../web/static/js/models/playback_words.js";

const SECOND = 1_000_000;
const NOON = 1_749_614_400 * SECOND;

/** A player that is looked at twice a second. */
class Looked {
  playback = new Playback();
  at = 1000;
  position = 0;
  frames = 0;

  /** @param {number} seconds @param {object} [how] */
  for(seconds, { moves = true, shows = moves, ...seen } = {}) {
    for (let turn = 0; turn < seconds * 2; turn += 1) {
      this.at += 500;
      if (moves) this.position += 0.5;
      if (shows) this.frames += 12;
      this.playback.look(this.at, { position: this.position, frames: this.frames, paused: false, visible: true, online: true, ...seen });
    }
    return this;
  }

  get state() {
    return this.playback.state(this.at);
  }
}

test("a PROGRAM-DATE-TIME is read to the microsecond", () => {
  assert.equal(instantOfDate("2025-06-11T04:00:00.000000Z"), NOON);
  assert.equal(instantOfDate("2025-06-11T04:00:00.123456Z"), NOON + 123_456);
  assert.equal(instantOfDate("2025-06-11T04:00:00.5Z"), NOON + 500_000);
  assert.equal(instantOfDate("2025-06-11T11:00:00.123+07:00"), NOON + 123_000);
  assert.equal(instantOfDate("hôm nay"), null);
});

test("a picture's instant is that of its piece, a picture just before the edge included, and goes on after the last piece", () => {
  const map = new FrameMap();
  assert.equal(map.instantOf(1), null);
  map.add(10, 12, NOON);
  map.add(12, 14, NOON + 2 * SECOND + 7000);
  assert.equal(map.instantOf(11), NOON + SECOND);
  assert.equal(map.instantOf(11.999), NOON + 2 * SECOND + 6000);
  assert.equal(map.instantOf(15), NOON + 5 * SECOND + 7000);
  map.add(10.001, 12, NOON + 40_000); // the same two seconds in another rendition
  assert.equal(map.instantOf(11.001), NOON + SECOND + 40_000);
});

test("it hurries gently, stops hurrying at the target, seeks when far, and never hurries into an empty buffer", () => {
  const wanted = wantedBehind(0);
  const told = (over, rate = 1, ahead = 3) => pace({ behind: wanted + over, ahead, rate, wanted });
  assert.deepEqual(told(0.4), { rate: 1, seek: false });
  assert.deepEqual(told(1), { rate: 1.05, seek: false });
  assert.deepEqual(told(0.3, 1.05), { rate: 1.05, seek: false });
  assert.deepEqual(told(0.1, 1.05), { rate: 1, seek: false });
  assert.deepEqual(told(4), { rate: FASTEST, seek: false });
  assert.deepEqual(told(4, 1, 0.4), { rate: 1, seek: false });
  assert.deepEqual(told(9), { rate: 1, seek: true });
  assert.deepEqual(pace({ behind: null, ahead: 3, rate: 1, wanted }), { rate: 1, seek: false });
  assert.ok(FASTEST <= 1.1);
});

test("a line that stalls gets more distance, not more and more", () => {
  assert.deepEqual([0, 1, 2, 9].map((stalls) => wantedBehind(stalls).toFixed(1)), ["3.2", "5.0", "6.8", "6.8"]);
});

test("loading, playing, stalled, playing again: each stall counts once and is forgotten after a minute", () => {
  const player = new Looked();
  assert.equal(player.state, "loading");
  assert.equal(player.for(3).state, "playing");
  assert.equal(player.for(4, { moves: false }).state, "stalled");
  assert.equal(player.playback.stalls(player.at), 1);
  assert.equal(player.for(3).state, "playing");
  assert.equal(player.for(58).playback.stalls(player.at), 0);
  assert.equal(player.playback.remembered(player.at), 1, "the line is not believed to be better at once");
  assert.equal(player.for(600).playback.remembered(player.at), 0);
});

test("pictures that stop while the sound goes on are frozen after five seconds, but not in a tab that nobody sees", () => {
  const player = new Looked().for(3);
  assert.equal(player.for(4, { shows: false }).playback.frozen(player.at), false);
  assert.equal(player.for(2, { shows: false }).playback.frozen(player.at), true);
  assert.equal(player.for(2).playback.frozen(player.at), false);
  assert.equal(player.for(30, { shows: false, visible: false }).playback.frozen(player.at), false);
  assert.equal(player.for(1, { shows: false }).playback.frozen(player.at), false);
});

test("what could not be had is told by its kind, before and after the first picture", () => {
  const fresh = (trouble) => {
    const player = new Looked().for(1, { moves: false });
    player.playback.failed(trouble);
    return player.state;
  };
  assert.deepEqual(["missing", "away", "network"].map(fresh), ["not_begun", "away", "offline"]);
  const player = new Looked().for(3);
  player.playback.failed("missing");
  assert.equal(player.state, "playing", "what is buffered is still seen");
  assert.equal(player.for(3, { moves: false }).state, "away");
  player.playback.loaded();
  assert.equal(player.state, "stalled");
  assert.equal(player.for(2, { moves: false, online: false }).state, "offline");
});

test("a pause by the system, a browser that wants a tap, and an end are not faults", () => {
  const player = new Looked().for(3).for(3, { moves: false, paused: true });
  assert.equal(player.state, "paused");
  assert.equal(player.playback.stalls(player.at), 0);
  const refused = new Looked().for(1, { moves: false, paused: true });
  refused.playback.blocked = true;
  assert.equal(refused.state, "blocked");
  const over = new Looked().for(3);
  over.playback.ended = true;
  assert.equal(over.for(3, { moves: false }).state, "ended");
});

test("every state but playing has words, and covers the place where no picture is", () => {
  const status = { muted: true, latency: null, quality: "auto", rate: 1, picture: false };
  const states = ["loading", "not_begun", "stalled", "offline", "away", "blocked", "paused", "ended", "unsupported"];
  for (const state of states) {
    const card = cardOf({ ...status, state });
    assert.ok(card && card.title !== "" && card.cover, state);
  }
  assert.equal(cardOf({ ...status, state: "playing" }), null);
  assert.equal(cardOf({ ...status, state: "stalled", picture: true })?.cover, false);
  assert.equal(delayWords({ ...status, state: "playing", latency: 4_812_000 }), ", chậm 4,8 giây");
});

test("who has just come asks again every second, each at a moment of their own, and not for ever", () => {
  const never = { played: false, open: 5000 };
  assert.equal(againIn({ ...never, tries: 0 }, () => 1), 700);
  assert.equal(againIn({ ...never, tries: 20 }, () => 1), 1000);
  assert.equal(againIn({ ...never, tries: 20 }, () => 0), 500);
  assert.equal(againIn({ ...never, tries: 20, open: 60_000 }, () => 1), 6000);
  assert.equal(againIn({ tries: 20, open: 5000, played: true }, () => 1), 6000);
});

test("an hour of live pieces does not push out those that somebody looks back on, and neither is taken for the other", () => {
  const map = new FrameMap();
  for (let piece = 0; piece < 90; piece += 1) map.add(3600 + piece * 2, 3602 + piece * 2, NOON + (3600 + piece * 2) * SECOND);
  map.add(10, 12, NOON + 10 * SECOND + 5000);
  map.add(12, 14, NOON + 12 * SECOND + 5000);
  assert.equal(map.instantOf(11), NOON + 11 * SECOND + 5000);
  assert.equal(map.instantOf(13.5), NOON + 13_500_000 + 5000);
  assert.equal(map.instantOf(3701), NOON + 3701 * SECOND);
  assert.equal(map.instantOf(9), NOON + 9 * SECOND + 5000);
});

test("looking back keeps within what is kept, and next to live it is live", () => {
  const range = { start: 100, live: 400 };
  assert.equal(offered(range), true);
  assert.equal(offered({ start: 100, live: 150 }), false);
  assert.equal(offered(null), false);
  assert.deepEqual(sought(range, 30), { position: 370, back: true });
  assert.deepEqual(sought(range, 5), { position: 400, back: false });
  assert.deepEqual(sought(range, -1), { position: 400, back: false });
  assert.deepEqual(sought(range, 9999), { position: 108, back: true });
  assert.equal(farthest(range), 290);
  assert.equal(farthest({ start: 0, live: 3 }), 10);
});

test("who was looking back when the player was built anew comes to the same picture", () => {
  const pieces = [
    { start: 0, programDateTime: NOON / 1000 },
    { start: 2, programDateTime: NOON / 1000 + 2000 },
    { start: 4, programDateTime: null },
  ];
  assert.equal(positionOf(pieces, NOON + 3 * SECOND), 3);
  assert.equal(positionOf(pieces, NOON - 1), null);
  assert.equal(positionOf([], NOON), null);
});

test("a seek back is no standing still, until the picture does not come", () => {
  const looked = new Looked().for(10);
  looked.position = 3;
  looked.playback.sought(looked.at);
  looked.for(2.5, { moves: false });
  assert.equal(looked.state, "playing");
  assert.equal(looked.playback.stalls(looked.at), 0);
  looked.for(2, { moves: false });
  assert.equal(looked.state, "stalled");
  assert.equal(looked.for(2).state, "playing");
});

test("how far back somebody looks is said as people say it", () => {
  const back = { latency: 125 * SECOND, back: true };
  assert.match(delayWords(/** @type {any} */ (back)), /chậm 2 phút 5 giây/);
  assert.equal(longWords(42.4), "42 giây");
  assert.equal(longWords(61), "1 phút");
  assert.equal(longWords(1500), "25 phút");
  assert.equal(longWords(5400), "1 giờ 30 phút");
});
