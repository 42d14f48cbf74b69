import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Turns } from "../../web/static/js/elements/turns.js";

/** @type {Array<() => void>} */
let frames = [];
/** @type {(() => void) | null} */
let hide = null;
const page = { hidden: false, addEventListener: (/** @type {string} */ _, /** @type {() => void} */ listener) => (hide = listener) };

Object.assign(globalThis, { document: page, requestAnimationFrame: (/** @type {() => void} */ work) => frames.push(work) });

function frame() {
  const due = frames;
  frames = [];
  for (const work of due) work();
}

beforeEach(() => {
  frames = [];
  page.hidden = false;
});

test("one part is done a frame, the first in the frame after the one that asks", () => {
  const turns = new Turns();
  const done = [];
  for (const part of ["chips", "table", "side"]) turns.ask(part, () => done.push(part));
  frame();
  assert.deepEqual(done, []);
  frame();
  assert.deepEqual(done, ["chips"]);
  frame();
  frame();
  assert.deepEqual(done, ["chips", "table", "side"]);
  assert.equal(frames.length, 0);
});

test("a part that is asked for again before its turn is done once, as it was asked for last", () => {
  const turns = new Turns();
  const done = [];
  turns.ask("search", () => done.push("q"));
  turns.ask("search", () => done.push("qu"));
  for (let count = 0; count < 4; count += 1) frame();
  assert.deepEqual(done, ["qu"]);
});

test("a part may ask for others, and they have their own frames", () => {
  const turns = new Turns();
  const done = [];
  turns.ask("side", () => {
    done.push("side");
    turns.ask("urgent", () => done.push("urgent"));
  });
  for (let count = 0; count < 2; count += 1) frame();
  assert.deepEqual(done, ["side"]);
  for (let count = 0; count < 2; count += 1) frame();
  assert.deepEqual(done, ["side", "urgent"]);
});

test("in the background nothing waits for a frame, not what waited before either", () => {
  const turns = new Turns();
  const done = [];
  turns.ask("chips", () => done.push("chips"));
  page.hidden = true;
  hide?.();
  turns.ask("bell", () => {
    done.push("side");
    turns.ask("urgent", () => done.push("urgent"));
  });
  assert.deepEqual(done, ["chips", "side", "urgent"]);
  frame();
  frame();
  assert.deepEqual(done, ["chips", "side", "urgent"]);
});
