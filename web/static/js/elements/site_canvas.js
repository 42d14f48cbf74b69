// All sites on one canvas. What changed is drawn again and nothing else: a cell, or a whole block where its heading or
// tint changed. A frame draws for a few milliseconds at most and leaves the rest to the next.

import { centreOf } from "../models/wall_geometry.js";
import { abbreviated } from "../models/unit_names.js";
import { layOut } from "../models/wall_layout.js";
import { drawMark, gradeColours } from "./marks.js";

/**
 * @typedef {import("../models/wall_sites.js").WallSites} WallSites
 * @typedef {import("../models/wall_sites.js").Changes} Changes
 * @typedef {import("../models/wall_layout.js").Layout} Layout
 * @typedef {import("../models/grades.js").Grade} Grade
 */

/** Milliseconds of drawing in one frame; what is left waits for the next. */
const BUDGET = 4;
const CHANGE = 240;
/** More changes than this at once are shown without motion: a wave of them says nothing more. */
const MOVING_AT_MOST = 150;
const RADIUS = 0.36;
const DIM = 0.16;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class SiteCanvas {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WallSites} sites
   */
  constructor(canvas, sites) {
    this._canvas = canvas;
    this._context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
    this._sites = sites;
    /** @type {Layout} */
    this.layout = layOut([], 1, 1);
    this._scale = 1;
    /** @type {Map<Grade, HTMLCanvasElement>} */
    this._sprites = new Map();
    this._cell = 1;
    /** @type {Set<number>} blocks to draw whole */
    this._blocks = new Set();
    /** @type {Set<number>} blocks of which only the heading's figures changed */
    this._headings = new Set();
    /** Names wait for their font: drawn before, they would be drawn twice. */
    this.named = false;
    /** @type {Map<number, number>} mark → when its change began, ms; -Infinity for no motion */
    this._marks = new Map();
    this._frame = 0;
    /** @type {string[]} headings as they are on the screen */
    this._drawn = [];
    this._colours = gradeColours();
    const style = getComputedStyle(document.body);
    this._ground = style.getPropertyValue("--night-950").trim();
    this._surface = style.getPropertyValue("--night-900").trim();
    this._text = style.getPropertyValue("--night-100").trim();
    this._quiet = style.getPropertyValue("--night-300").trim();
    this._hurt = "#1e1522";
    this._hurtEdge = "#6b3a44";
  }

  /**
   * Fit the canvas to a size in CSS pixels and draw everything.
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this._scale = Math.min(3, window.devicePixelRatio || 1);
    this._canvas.width = Math.max(1, Math.round(width * this._scale));
    this._canvas.height = Math.max(1, Math.round(height * this._scale));
    this._canvas.style.width = `${width}px`;
    this._canvas.style.height = `${height}px`;
    this._width = width;
    this._height = height;
    this.relayout();
  }

  /** The groups changed, or the room they have. */
  relayout() {
    if (!this._width || !this._height) return;
    const counts = this._sites.groups.map((group) => group.count);
    this.layout = layOut(counts, this._width, this._height);
    this._makeSprites();
    this._context.setTransform(this._scale, 0, 0, this._scale, 0, 0);
    this._context.fillStyle = this._ground;
    this._context.fillRect(0, 0, this._width, this._height);
    this.redraw();
  }

  /** Draw every block again: another filter, another font. */
  redraw() {
    this._marks.clear();
    for (let index = 0; index < this.layout.blocks.length; index += 1) this._blocks.add(index);
    this._ask();
  }

  /**
   * Show what the model says has changed.
   * @param {Changes} changes
   */
  show(changes) {
    if (changes.all) {
      this.relayout();
      return;
    }
    const still = calm.matches || changes.marks.size > MOVING_AT_MOST;
    const now = performance.now();
    for (const [mark, before] of changes.marks) {
      const moves = !still && before !== this._sites.marks[mark].grade;
      this._marks.set(mark, moves ? now : -Infinity);
    }
    for (const group of changes.groups) this._noteHeading(group);
    this._ask();
  }

  /** The font of the headings is here. */
  name() {
    this.named = true;
    for (let index = 0; index < this.layout.blocks.length; index += 1) this._headings.add(index);
    this._ask();
  }

  /** True when everything is on the screen. */
  get settled() {
    return this._blocks.size === 0 && this._headings.size === 0 && this._marks.size === 0;
  }

  _ask() {
    this._frame ||= requestAnimationFrame((now) => this._draw(now));
  }

  /** @param {number} now */
  _draw(now) {
    this._frame = 0;
    const until = performance.now() + BUDGET;
    for (const index of this._blocks) {
      this._drawBlock(index);
      this._blocks.delete(index);
      if (performance.now() > until) break;
    }
    for (const index of this._headings) {
      if (performance.now() > until) break;
      this._drawHeading(index, true);
      this._headings.delete(index);
    }
    for (const [mark, began] of this._marks) {
      if (performance.now() > until) break;
      const part = Math.min(1, Math.max(0, (now - began) / CHANGE));
      if (!this._blocks.has(this._sites.groupOf[mark])) this._drawCell(mark, 1 + 0.32 * (1 - part) ** 2);
      if (part >= 1) this._marks.delete(mark);
    }
    if (!this.settled) this._ask();
    else if (this._sites.marks.length > 0) performance.mark("wall:painted"); // for the bench
  }

  /** @param {number} index */
  _drawBlock(index) {
    const block = this.layout.blocks[index];
    const group = this._sites.groups[index];
    if (!block || !group) return;
    const context = this._context;
    const hurt = this._sites.isHurt(group);
    context.fillStyle = this._ground;
    context.fillRect(block.x - 0.5, block.y - 0.5, block.width + 1, block.height + 1);
    if (this.layout.padding > 0) this._drawCard(block, hurt);
    this._drawHeading(index, false);
    this._headings.delete(index);
    for (let mark = group.first; mark < group.first + group.count; mark += 1) this._drawMark(index, mark, 1);
  }

  /**
   * @param {import("../models/wall_layout.js").Block} block
   * @param {boolean} hurt
   */
  _drawCard(block, hurt) {
    const context = this._context;
    context.beginPath();
    context.roundRect(block.x, block.y, block.width, block.height, Math.min(10, this.layout.padding));
    context.fillStyle = hurt ? this._hurt : this._surface;
    context.fill();
    if (!hurt) return;
    context.beginPath();
    context.roundRect(block.x + 0.5, block.y + 0.5, block.width - 1, block.height - 1, Math.min(10, this.layout.padding));
    context.strokeStyle = this._hurtEdge;
    context.lineWidth = 1;
    context.stroke();
  }

  /**
   * @param {number} index
   * @param {boolean} alone the card below stays as it is
   */
  _drawHeading(index, alone) {
    const block = this.layout.blocks[index];
    const group = this._sites.groups[index];
    const { header, padding } = this.layout;
    if (!block || !group) return;
    const hurt = this._sites.isHurt(group);
    this._drawn[index] = heading(group, hurt);
    if (header === 0 || !this.named) return;
    const context = this._context;
    const size = header >= 34 ? 12.5 : header >= 26 ? 11.5 : 10;
    const baseline = block.y + header / 2 + size * 0.42;
    const count = `${group.connected}/${group.count}`;
    if (alone) {
      context.fillStyle = hurt ? this._hurt : this._surface;
      context.fillRect(block.x + padding, block.y + 2, block.width - padding * 2, header - 4);
    }
    context.textBaseline = "alphabetic";
    context.font = `400 ${size}px "Be Vietnam Pro", sans-serif`;
    context.textAlign = "right";
    context.fillStyle = hurt ? this._colours.down : this._quiet;
    context.fillText(count, block.x + block.width - padding, baseline);
    const room = block.width - padding * 2 - context.measureText(count).width - 8;
    context.font = `600 ${size}px "Be Vietnam Pro", sans-serif`;
    context.textAlign = "left";
    context.fillStyle = this._text;
    context.fillText(shortened(context, group.name, room), block.x + padding, baseline);
  }

  /**
   * @param {number} mark
   * @param {number} size 1 at rest
   */
  _drawCell(mark, size) {
    const index = this._sites.groupOf[mark];
    const block = this.layout.blocks[index];
    if (!block) return;
    const { x, y } = centreOf(this.layout, index, mark);
    const half = this.layout.pitch / 2;
    const hurt = this._sites.isHurt(this._sites.groups[index]);
    this._context.fillStyle = this.layout.padding === 0 ? this._ground : hurt ? this._hurt : this._surface;
    this._context.fillRect(x - half, y - half, half * 2, half * 2);
    this._drawMark(index, mark, size);
  }

  /**
   * @param {number} index of the block
   * @param {number} mark
   * @param {number} size
   */
  _drawMark(index, mark, size) {
    const { x, y } = centreOf(this.layout, index, mark);
    const grade = this._sites.marks[mark].grade;
    const sprite = this._sprites.get(grade);
    if (!sprite) return;
    const context = this._context;
    const side = this._cell * size;
    const dim = this._sites.narrowed && !this._sites.shows(mark);
    if (dim) context.globalAlpha = DIM;
    // Whole device pixels keep every mark equally sharp.
    const left = Math.round((x - side / 2) * this._scale) / this._scale;
    const top = Math.round((y - side / 2) * this._scale) / this._scale;
    context.drawImage(sprite, left, top, side, side);
    if (dim) context.globalAlpha = 1;
  }

  /** One small picture a grade: drawing 5,000 copies is cheaper than 5,000 paths. */
  _makeSprites() {
    const pixels = Math.max(1, Math.ceil(this.layout.pitch * this._scale));
    this._cell = pixels / this._scale;
    this._sprites.clear();
    for (const grade of /** @type {Grade[]} */ (Object.keys(this._colours))) {
      const sprite = document.createElement("canvas");
      sprite.width = pixels;
      sprite.height = pixels;
      const context = /** @type {CanvasRenderingContext2D} */ (sprite.getContext("2d"));
      context.scale(this._scale, this._scale);
      context.translate(this._cell / 2, this._cell / 2);
      drawMark(context, grade, Math.min(9, this.layout.pitch * RADIUS), this._colours[grade]);
      this._sprites.set(grade, sprite);
    }
  }

  /**
   * A change of tint draws the block again, a change of figures just its heading.
   * @param {number} index
   */
  _noteHeading(index) {
    const group = this._sites.groups[index];
    const now = heading(group, this._sites.isHurt(group));
    const before = this._drawn[index];
    if (now === before) return;
    if (before?.endsWith(String(this._sites.isHurt(group)))) this._headings.add(index);
    else this._blocks.add(index);
  }
}

/**
 * @param {import("../models/wall_sites.js").Group} group
 * @param {boolean} hurt
 */
function heading(group, hurt) {
  return `${group.name} ${group.connected}/${group.count} ${hurt}`;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} name
 * @param {number} room
 */
function shortened(context, name, room) {
  if (context.measureText(name).width <= room) return name;
  const text = abbreviated(name);
  if (context.measureText(text).width <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (context.measureText(`${text.slice(0, middle).trimEnd()}…`).width <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low).trimEnd()}…`;
}
