import assert from "node:assert/strict";
import { test } from "node:test";

import { WallPainter } from "../../web/static/js/elements/wall_painter.js";
import { DIM, MARK_GRADES, pictureOf } from "../../web/static/js/models/wall_bytes.js";
import { WallSites } from "../../web/static/js/models/wall_sites.js";

/** Counts what is drawn; sprites are recognised by having been drawn from. */
class FakeContext {
  constructor() {
    this.globalAlpha = 1;
    this.reset();
  }

  reset() {
    /** @type {number[]} the alpha of each mark drawn */
    this.marks = [];
    /** @type {string[]} */
    this.texts = [];
    this.cards = 0;
  }

  drawImage() {
    this.marks.push(this.globalAlpha);
  }

  /** @param {string} text */
  fillText(text) {
    this.texts.push(text);
  }

  roundRect() {
    this.cards += 1;
  }

  /** @param {string} text */
  measureText(text) {
    return { width: text.length * 6 };
  }

  setTransform() {}
  fillRect() {}
  beginPath() {}
  fill() {}
  stroke() {}
  scale() {}
  translate() {}
  arc() {}
  moveTo() {}
  lineTo() {}
}

class FakeCanvas {
  constructor() {
    this.width = 0;
    this.height = 0;
    this.context = new FakeContext();
  }

  getContext() {
    return this.context;
  }
}

/** @type {any} */ (globalThis).OffscreenCanvas = FakeCanvas;

/** @param {boolean} [named] */
function house(named = true) {
  const canvas = new FakeCanvas();
  const told = { layouts: 0, painted: 0, clock: 0 };
  /** @type {Array<(now: number) => void>} */
  const frames = [];
  const painter = new WallPainter(/** @type {any} */ (canvas), /** @type {any} */ ({}), {
    setTimer: (tick) => void frames.push(tick),
    now: () => told.clock,
    moved: () => (told.layouts += 1),
    painted: () => (told.painted += 1),
  });
  if (named) painter.name();
  painter.resize(1200, 800, 1);
  const frame = (/** @type {number} */ now) => {
    told.clock = now;
    for (const tick of frames.splice(0)) tick(now);
  };
  return { painter, context: canvas.context, told, frame, frames };
}

function roster(sites = 40) {
  const rows = new Map();
  for (let number = 0; number < sites; number += 1) {
    const code = `s${number}`;
    rows.set(code, { code, name: `Xã ${number}`, level: "commune", parent: null, group: `Huyện ${number % 2}`, grade: "up", present: 1 });
  }
  const model = new WallSites();
  model.take(rows, null);
  /** @param {Record<string, object>} changes */
  const change = (changes) => {
    for (const [code, more] of Object.entries(changes)) rows.set(code, { ...rows.get(code), ...more });
    model.take(rows, new Set(Object.keys(changes)));
    return pictureOf(model, false);
  };
  return { model, change };
}

test("the first picture is drawn whole and at once, without waiting for a frame", () => {
  const { painter, context, told } = house();
  painter.show(pictureOf(roster().model, false));
  assert.equal(context.marks.length, 40);
  assert.deepEqual(context.texts, ["20/20", "Huyện 0", "20/20", "Huyện 1"]);
  assert.deepEqual(told, { layouts: 1, painted: 1, clock: 0 });
});

test("names are written once their letters are here", () => {
  const { painter, context, frame } = house(false);
  painter.show(pictureOf(roster().model, false));
  assert.deepEqual(context.texts, []);
  painter.name();
  frame(16);
  assert.deepEqual([context.texts.length, context.marks.length], [4, 40]);
});

test("one site that changes costs its cell and its heading, and moves for a quarter of a second", () => {
  const { painter, context, told, frame, frames } = house();
  const { model, change } = roster();
  painter.show(pictureOf(model, false));
  context.reset();
  painter.show(change({ s3: { grade: "down" } }));
  frame(16);
  assert.deepEqual([context.marks.length, context.cards, context.texts], [1, 0, ["19/20", "Huyện 1"]]);
  frame(260);
  assert.equal(context.marks.length, 2);
  assert.equal(frames.length, 0);
  assert.equal(told.painted, 2);
});

test("a group that is hurt is tinted: its block is drawn again, the others are not", () => {
  const { painter, context, frame } = house();
  const { model, change } = roster();
  painter.show(pictureOf(model, false));
  context.reset();
  painter.show(change({ s1: { grade: "down" }, s3: { grade: "down" }, s5: { grade: "stale" } }));
  frame(300);
  assert.equal(context.marks.length, 20);
  assert.equal(context.cards, 2);
});

test("what a filter leaves out is dimmed, and nothing moves for it", () => {
  const { painter, context, frame, frames } = house();
  const { model } = roster();
  painter.show(pictureOf(model, false));
  context.reset();
  model.seek("xa 7");
  painter.show(pictureOf(model, false));
  frame(16);
  assert.equal(context.marks.filter((alpha) => alpha < 1).length, 39);
  assert.equal(frames.length, 0);
});

test("the bytes tell the grade and who stands out", () => {
  const { model, change } = roster();
  change({ s0: { grade: "degraded" } });
  model.filter = "degraded";
  const { marks } = pictureOf(model, false);
  assert.equal(MARK_GRADES[marks[0]], "degraded");
  assert.equal(marks[1], MARK_GRADES.indexOf("up") | DIM);
});

test("groups that come or go are laid out anew", () => {
  const { painter, told } = house();
  painter.show(pictureOf(roster(40).model, false));
  painter.show(pictureOf(roster(41).model, false));
  assert.equal(told.layouts, 2);
});
