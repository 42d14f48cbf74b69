// Draws the wall in a worker: the page's own thread never waits for 5,000 marks, nor for the copy of a full canvas. What
// changed is drawn again and nothing else: a cell, a heading, or a whole block where its tint changed.

import { centreOf } from "../models/wall_geometry.js";
import { layOut } from "../models/wall_layout.js";
import { abbreviated, bareName } from "../models/unit_names.js";
import { DIM, GRADE_BITS, MARK_GRADES, OWN_POWER } from "../models/wall_bytes.js";
import { drawMark } from "./marks.js";

/**
 * @typedef {import("../models/wall_bytes.js").WallPicture} WallPicture
 * @typedef {import("../models/wall_layout.js").Layout} Layout
 * @typedef {import("../models/wall_layout.js").Block} Block
 * @typedef {Record<import("../models/grades.js").Grade | "ground" | "surface" | "text" | "quiet", string>} Colours
 * @typedef {{setTimer: (tick: (now: number) => void) => void, now: () => number, moved: (layout: Layout) => void, painted: () => void}} Stage
 *   `moved`: marks stand elsewhere now; `painted`: all is on the canvas
 */

const CHANGE = 240;
/** More changes than this at once are shown without motion: a wave of them says nothing more. */
const MOVING_AT_MOST = 150;
/** From this share of changed marks on, drawing whole blocks is less work. */
const MANY = 0.3;
const RADIUS = 0.36;
/** CSS pixels: larger marks shout. */
const LARGEST_RADIUS = 11;
const DIMMED = 0.16;
const HURT = "#1e1522";
const HURT_EDGE = "#6b3a44";
const FAMILY = '"Be Vietnam Pro", sans-serif';
/** @type {WallPicture} */
const NOTHING = { names: [], counts: [], connected: [], hurt: [], marks: new Uint8Array(0), calm: true };

export class WallPainter {
  /**
   * @param {OffscreenCanvas} canvas
   * @param {Colours} colours
   * @param {Stage} stage
   */
  constructor(canvas, colours, stage) {
    this._canvas = canvas;
    this._context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this._colours = colours;
    this._stage = stage;
    this._picture = NOTHING;
    this._size = { width: 0, height: 0, scale: 1 };
    /** @type {Layout} */
    this._layout = layOut([], 1, 1);
    /** @type {OffscreenCanvas[]} by the number of the grade */
    this._sprites = [];
    this._cell = 1;
    /** @type {number[]} mark → its block */
    this._blockOf = [];
    /** @type {Set<number>} blocks to draw whole */
    this._blocks = new Set();
    /** @type {Set<number>} blocks of which only the heading's figures changed */
    this._headings = new Set();
    /** @type {Map<number, number>} mark → when its change began, ms; -Infinity for no motion */
    this._moving = new Map();
    this._asked = false;
    /** Names wait for their font: a canvas that once wrote with a font that was not there goes on in the other (Chrome 12x). */
    this._named = false;
  }

  /**
   * The canvas has another size: CSS pixels, and device pixels in each.
   * @param {number} width
   * @param {number} height
   * @param {number} scale
   */
  resize(width, height, scale) {
    this._size = { width, height, scale };
    this._layOut();
  }

  /**
   * Show the wall as it is now.
   * @param {WallPicture} picture
   */
  show(picture) {
    const before = this._picture;
    this._picture = picture;
    if (picture.names.join("\n") !== before.names.join("\n") || picture.counts.join() !== before.counts.join()) this._layOut();
    else this._noteChanges(before);
  }

  /** The letters of the headings are here. */
  name() {
    this._named = true;
    for (let index = 0; index < this._layout.blocks.length; index += 1) this._headings.add(index);
    this._ask();
  }

  _layOut() {
    const { width, height, scale } = this._size;
    const { counts } = this._picture;
    if (!width || !height || counts.length === 0) return;
    this._layout = layOut(counts, width, height);
    this._blockOf = counts.flatMap((count, index) => new Array(count).fill(index));
    this._canvas.width = Math.max(1, Math.round(width * scale));
    this._canvas.height = Math.max(1, Math.round(height * scale));
    this._context.setTransform(scale, 0, 0, scale, 0, 0);
    this._context.fillStyle = this._colours.ground;
    this._context.fillRect(0, 0, width, height);
    this._makeSprites();
    this._moving.clear();
    this._headings.clear();
    for (let index = 0; index < counts.length; index += 1) this._blocks.add(index);
    this._stage.moved(this._layout);
    // A canvas that was given a size is empty: it must not be shown so.
    this._draw(this._stage.now());
  }

  /** @param {WallPicture} before */
  _noteChanges(before) {
    const { marks, connected, hurt, calm } = this._picture;
    /** @type {number[]} */
    const changed = [];
    let regraded = 0;
    for (let mark = 0; mark < marks.length; mark += 1) {
      if (marks[mark] === before.marks[mark]) continue;
      changed.push(mark);
      if ((marks[mark] ^ before.marks[mark]) & GRADE_BITS) regraded += 1;
    }
    for (let index = 0; index < connected.length; index += 1) {
      if (hurt[index] !== before.hurt[index]) this._blocks.add(index);
      else if (connected[index] !== before.connected[index]) this._headings.add(index);
    }
    if (changed.length > marks.length * MANY) {
      for (const mark of changed) this._blocks.add(this._blockOf[mark]);
    } else {
      const now = this._stage.now();
      const still = calm || regraded > MOVING_AT_MOST;
      for (const mark of changed) {
        const moves = !still && (marks[mark] ^ before.marks[mark]) & GRADE_BITS;
        this._moving.set(mark, moves ? now : -Infinity);
      }
    }
    this._ask();
  }

  _ask() {
    if (this._asked) return;
    this._asked = true;
    this._stage.setTimer((now) => {
      this._asked = false;
      this._draw(now);
    });
  }

  /** @param {number} now */
  _draw(now) {
    for (const index of this._blocks) this._drawBlock(index);
    for (const index of this._headings) if (!this._blocks.has(index)) this._drawHeading(index, true);
    for (const [mark, began] of this._moving) {
      const part = Math.min(1, Math.max(0, (now - began) / CHANGE));
      if (!this._blocks.has(this._blockOf[mark])) this._drawCell(mark, 1 + 0.32 * (1 - part) ** 2);
      if (part >= 1) this._moving.delete(mark);
    }
    this._blocks.clear();
    this._headings.clear();
    if (this._moving.size > 0) this._ask();
    else if (this._picture.marks.length > 0) this._stage.painted();
  }

  /** @param {number} index */
  _drawBlock(index) {
    const block = this._layout.blocks[index];
    const context = this._context;
    context.fillStyle = this._colours.ground;
    context.fillRect(block.x - 0.5, block.y - 0.5, block.width + 1, block.height + 1);
    if (this._layout.padding > 0) this._drawCard(block, this._picture.hurt[index]);
    this._drawHeading(index, false);
    for (let mark = block.first; mark < block.first + block.count; mark += 1) this._drawMark(index, mark, 1);
  }

  /**
   * @param {Block} block
   * @param {boolean} hurt
   */
  _drawCard(block, hurt) {
    const context = this._context;
    const corner = Math.min(10, this._layout.padding);
    context.beginPath();
    context.roundRect(block.x, block.y, block.width, block.height, corner);
    context.fillStyle = hurt ? HURT : this._colours.surface;
    context.fill();
    if (!hurt) return;
    context.beginPath();
    context.roundRect(block.x + 0.5, block.y + 0.5, block.width - 1, block.height - 1, corner);
    context.strokeStyle = HURT_EDGE;
    context.lineWidth = 1;
    context.stroke();
  }

  /**
   * @param {number} index
   * @param {boolean} alone the card below stays as it is
   */
  _drawHeading(index, alone) {
    const block = this._layout.blocks[index];
    const { header, padding } = this._layout;
    if (header === 0 || !this._named) return;
    const { names, counts, connected, hurt } = this._picture;
    const context = this._context;
    const size = header >= 34 ? 12.5 : header >= 26 ? 11.5 : 10;
    const baseline = block.y + header / 2 + size * 0.42;
    const count = `${connected[index]}/${counts[index]}`;
    if (alone) {
      context.fillStyle = hurt[index] ? HURT : this._colours.surface;
      context.fillRect(block.x + padding, block.y + 2, block.width - padding * 2, header - 4);
    }
    context.textBaseline = "alphabetic";
    context.font = `400 ${size}px ${FAMILY}`;
    context.textAlign = "right";
    context.fillStyle = hurt[index] ? this._colours.down : this._colours.quiet;
    context.fillText(count, block.x + block.width - padding, baseline);
    const room = block.width - padding * 2 - context.measureText(count).width - 8;
    context.font = `600 ${size}px ${FAMILY}`;
    context.textAlign = "left";
    context.fillStyle = this._colours.text;
    context.fillText(shortened(context, names[index], room), block.x + padding, baseline);
  }

  /**
   * @param {number} mark
   * @param {number} size 1 at rest
   */
  _drawCell(mark, size) {
    const index = this._blockOf[mark];
    if (!this._layout.blocks[index]) return;
    const { x, y } = centreOf(this._layout, index, mark);
    const half = this._layout.pitch / 2;
    this._context.fillStyle = this._layout.padding === 0 ? this._colours.ground : this._picture.hurt[index] ? HURT : this._colours.surface;
    this._context.fillRect(x - half, y - half, half * 2, half * 2);
    this._drawMark(index, mark, size);
  }

  /** A small bolt at the corner of a mark: its site runs on a generator or a battery. @param {number} right @param {number} top */
  _drawBolt(right, top) {
    const context = this._context;
    const height = Math.max(5, this._cell * 0.42);
    const width = height * 0.6;
    const left = right - width - this._cell * 0.04;
    context.fillStyle = this._colours.unstable;
    context.beginPath();
    context.moveTo(left + width * 0.62, top);
    context.lineTo(left, top + height * 0.58);
    context.lineTo(left + width * 0.42, top + height * 0.58);
    context.lineTo(left + width * 0.34, top + height);
    context.lineTo(left + width, top + height * 0.38);
    context.lineTo(left + width * 0.56, top + height * 0.38);
    context.closePath();
    context.fill();
  }

  /**
   * @param {number} index of the block
   * @param {number} mark
   * @param {number} size
   */
  _drawMark(index, mark, size) {
    const { x, y } = centreOf(this._layout, index, mark);
    const byte = this._picture.marks[mark];
    const { scale } = this._size;
    const side = this._cell * size;
    if (byte & DIM) this._context.globalAlpha = DIMMED;
    // Whole device pixels keep every mark equally sharp.
    const left = Math.round((x - side / 2) * scale) / scale;
    const top = Math.round((y - side / 2) * scale) / scale;
    this._context.drawImage(this._sprites[byte & GRADE_BITS], left, top, side, side);
    if (byte & OWN_POWER) this._drawBolt(x + this._cell / 2, y - this._cell / 2); // always within its cell
    if (byte & DIM) this._context.globalAlpha = 1;
  }

  /** One small picture a grade: drawing 5,000 copies is cheaper than 5,000 paths. */
  _makeSprites() {
    const { scale } = this._size;
    const pixels = Math.max(1, Math.ceil(this._layout.pitch * scale));
    this._cell = pixels / scale;
    this._sprites = MARK_GRADES.map((grade) => {
      const sprite = new OffscreenCanvas(pixels, pixels);
      const context = /** @type {OffscreenCanvasRenderingContext2D} */ (sprite.getContext("2d"));
      context.scale(scale, scale);
      context.translate(this._cell / 2, this._cell / 2);
      drawMark(context, grade, Math.min(LARGEST_RADIUS, this._layout.pitch * RADIUS), this._colours[grade]);
      return sprite;
    });
  }
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {string} name
 * @param {number} room
 */
function shortened(context, name, room) {
  for (const form of [name, abbreviated(name), bareName(name)]) if (context.measureText(form).width <= room) return form;
  const text = bareName(name);
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (context.measureText(`${text.slice(0, middle).trimEnd()}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low).trimEnd()}…`;
}
