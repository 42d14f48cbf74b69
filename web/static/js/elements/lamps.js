// The lamps of the launch: one for each point whose receipt arrived, in clusters by group. Draws itself on the stage's canvas.

import { lampAt, layout } from "../models/constellation.js";

/** A lamp takes this long to come up, in ms. */
const RISE = 900;
/** Lamps of one change are lit one after another within this long. */
const SPREAD = 1800;
/** When a group joins or the scale steps down, lamps move to their new place within this long. */
const MOVE = 900;
const SPRITE = 64;

/**
 * @typedef {import("../models/constellation.js").Point} Point
 * @typedef {{group: number, index: number, from: Point, to: Point, born: number, still: boolean}} Lamp
 */

export class Lamps {
  #width = 0;
  #height = 0;
  /** @type {import("../models/constellation.js").GroupLamps[]} */
  #groups = [];
  /** @type {import("../models/constellation.js").Layout} */
  #places = layout([], 1, 1);
  /** @type {Map<string, Lamp[]>} */
  #lamps = new Map();
  #movedAt = -MOVE;
  /** Lamps that no longer change are drawn once, here. */
  #baked = document.createElement("canvas");
  #sprite = sprite();
  #warm = false;

  /** The colour of a rehearsal differs at a glance. @param {boolean} rehearsal */
  set rehearsal(rehearsal) {
    if (rehearsal !== this.#warm) this.#sprite = sprite(rehearsal ? [143, 127, 208] : undefined);
    this.#warm = rehearsal;
    this.#bakeAnew();
  }

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.#width = width;
    this.#height = height;
    this.#baked.width = width;
    this.#baked.height = height;
    this.#place(-MOVE);
  }

  /**
   * What is lit now; never fewer than before within one launch.
   * @param {import("../models/constellation.js").GroupLamps[]} groups in a stable order
   * @param {number} now ms
   */
  light(groups, now) {
    const before = this.#places;
    this.#groups = groups;
    const total = groups.reduce((sum, group) => sum + group.lit, 0);
    const fresh = total - [...this.#lamps.values()].reduce((sum, lamps) => sum + lamps.length, 0);
    let lit = 0;
    groups.forEach((group, index) => {
      const lamps = this.#lamps.get(group.name) ?? [];
      this.#lamps.set(group.name, lamps);
      while (lamps.length < group.lit) {
        const born = now + (SPREAD * lit) / Math.max(60, fresh);
        lamps.push({ group: index, index: lamps.length, from: { x: 0, y: 0 }, to: { x: 0, y: 0 }, born, still: false });
        lit += 1;
      }
      for (const lamp of lamps) lamp.group = index;
    });
    this.#places = layout(groups, this.#width, this.#height);
    const moved = before.spacing !== this.#places.spacing || before.centres.length !== groups.length;
    this.#place(moved ? now : this.#movedAt, now);
  }

  clear() {
    this.#groups = [];
    this.#lamps.clear();
    this.#bakeAnew();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} now ms
   * @returns {boolean} whether anything still moves
   */
  draw(context, now) {
    let moving = false;
    context.drawImage(this.#baked, 0, 0);
    const baking = /** @type {CanvasRenderingContext2D} */ (this.#baked.getContext("2d"));
    const size = this.#size();
    for (const lamps of this.#lamps.values()) {
      for (const lamp of lamps) {
        if (lamp.still) continue;
        const settled = this.#drawOne(context, lamp, size, now);
        moving = moving || !settled;
        if (!settled) continue;
        lamp.still = true;
        baking.globalAlpha = 1;
        baking.drawImage(this.#sprite, lamp.to.x - size / 2, lamp.to.y - size / 2, size, size);
      }
    }
    return moving;
  }

  /** @param {CanvasRenderingContext2D} context @param {Lamp} lamp @param {number} size @param {number} now */
  #drawOne(context, lamp, size, now) {
    const age = (now - lamp.born) / RISE;
    if (age <= 0) return false;
    const way = ease(Math.min(1, (now - this.#movedAt) / MOVE));
    const x = lamp.from.x + (lamp.to.x - lamp.from.x) * way;
    const y = lamp.from.y + (lamp.to.y - lamp.from.y) * way;
    // Comes up brighter and larger than it stays: the eye catches the moment.
    const flare = age < 1 ? 1 + 1.6 * Math.sin(Math.PI * Math.min(1, age)) * (1 - age) : 1;
    context.globalAlpha = Math.min(1, age * 2.5);
    context.drawImage(this.#sprite, x - (size * flare) / 2, y - (size * flare) / 2, size * flare, size * flare);
    context.globalAlpha = 1;
    return age >= 1 && way >= 1;
  }

  #size() {
    return Math.max(3, this.#places.spacing * 2.1);
  }

  /** @param {number} movedAt @param {number} [now] */
  #place(movedAt, now = 0) {
    const restarts = movedAt !== this.#movedAt;
    const way = ease(Math.min(1, (now - this.#movedAt) / MOVE));
    this.#movedAt = movedAt;
    this.#places = layout(this.#groups, this.#width, this.#height);
    for (const lamps of this.#lamps.values()) {
      for (const lamp of lamps) {
        const to = lampAt(this.#places, lamp.group, lamp.index);
        const placed = lamp.to.x !== 0 || lamp.to.y !== 0;
        if (!placed) lamp.from = to;
        else if (restarts) lamp.from = { x: lamp.from.x + (lamp.to.x - lamp.from.x) * way, y: lamp.from.y + (lamp.to.y - lamp.from.y) * way };
        lamp.to = to;
      }
    }
    if (restarts) this.#bakeAnew();
  }

  #bakeAnew() {
    this.#baked.getContext("2d")?.clearRect(0, 0, this.#baked.width, this.#baked.height);
    for (const lamps of this.#lamps.values()) for (const lamp of lamps) lamp.still = false;
  }
}

/** @param {number} share */
function ease(share) {
  return 1 - (1 - share) ** 3;
}

/**
 * A lamp: a white-hot core in a gold halo.
 * @param {[number, number, number]} [colour]
 */
export function sprite([red, green, blue] = [245, 184, 61]) {
  const canvas = document.createElement("canvas");
  canvas.width = SPRITE;
  canvas.height = SPRITE;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const middle = SPRITE / 2;
  const glow = context.createRadialGradient(middle, middle, 0, middle, middle, middle);
  glow.addColorStop(0, "rgba(255, 250, 232, 1)");
  glow.addColorStop(0.13, "rgba(255, 236, 186, 1)");
  glow.addColorStop(0.3, `rgba(${red}, ${green}, ${blue}, 0.95)`);
  glow.addColorStop(0.46, `rgba(${red * 0.82}, ${green * 0.72}, ${blue * 0.6}, 0.5)`);
  glow.addColorStop(0.7, `rgba(${red * 0.8}, ${green * 0.6}, ${blue * 0.4}, 0.14)`);
  glow.addColorStop(1, "rgba(0, 0, 0, 0)");
  context.fillStyle = glow;
  context.fillRect(0, 0, SPRITE, SPRITE);
  return canvas;
}
