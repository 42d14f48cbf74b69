import assert from "node:assert/strict";
import { test } from "node:test";

import { lampAt, layout } from "../../web/static/js/models/constellation.js";
import { countUp, sceneAt } from "../../web/static/js/models/scene.js";

const nothing = { state: "armed", touched: 0, trigger: /** @type {const} */ ("countdown"), t0: null, fired: false };

test("the stage stays quiet until the first touch, then light gathers with each", () => {
  assert.equal(sceneAt(nothing, 0).phase, "quiet");
  const one = sceneAt({ ...nothing, touched: 1 }, 0);
  const three = sceneAt({ ...nothing, touched: 3 }, 0);
  assert.equal(one.phase, "gathering");
  assert.ok(three.light > one.light && three.light < 1);
});

test("touches of an attempt that is not open gather no light", () => {
  assert.equal(sceneAt({ ...nothing, state: "aborted", touched: 2 }, 0).phase, "quiet");
});

test("digits run from three seconds before T0 for a countdown only", () => {
  const known = { ...nothing, t0: 10_000_000 };
  assert.equal(sceneAt(known, 6_900_000).digit, null);
  assert.deepEqual([7_000_000, 8_000_001, 9_999_999].map((now) => sceneAt(known, now).digit), [3, 2, 1]);
  assert.equal(sceneAt({ ...known, trigger: "seats" }, 8_000_000).digit, null);
});

test("T0 alone shows nothing: only firing does", () => {
  assert.equal(sceneAt({ ...nothing, t0: 10 }, 11).phase, "gathering");
  assert.equal(sceneAt({ ...nothing, t0: 10, fired: true }, 11).phase, "launched");
});

test("the count runs up and never past what is lit", () => {
  let shown = 0;
  let frames = 0;
  while (shown < 428) {
    const next = countUp(shown, 428, 16_000);
    assert.ok(next > shown && next <= 428);
    shown = next;
    frames += 1;
  }
  assert.ok(frames < 150);
  assert.equal(countUp(500, 428, 16_000), 428);
});

test("every lamp stands inside the picture, and lighting more moves none until the scale steps", () => {
  const groups = Array.from({ length: 20 }, (_, index) => ({ name: `${index}`, lit: 12 + (index % 7) * 4 }));
  const places = layout(groups, 1920, 1080);
  groups.forEach((group, index) => {
    for (let lamp = 0; lamp < group.lit; lamp += 1) {
      const { x, y } = lampAt(places, index, lamp);
      assert.ok(x > 0 && x < 1920 && y > 0 && y < 1080, `${index}/${lamp} at ${x},${y}`);
    }
  });
  const more = layout(groups.map((group) => ({ ...group, lit: group.lit + 1 })), 1920, 1080);
  assert.deepEqual(lampAt(more, 3, 5), lampAt(places, 3, 5));
});

test("few groups make one ring, many thousand lamps still fit", () => {
  assert.equal(layout([{ name: "a", lit: 130 }], 1920, 1080).ring, true);
  const village = layout(Array.from({ length: 27 }, () => ({ name: "", lit: 170 })), 3840, 2160);
  const { y } = lampAt(village, 0, 169);
  assert.ok(y > 0);
});
