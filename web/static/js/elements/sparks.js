// Light that gathers from the first touch, and the burst at T0. Draws itself on the stage's canvas; times are in ms.

import { sprite } from "./lamps.js";

const GATHERED = 150;
const BURST = 420;
/** Embers of the burst fall this long. */
const EMBERS = 11_000;

/** @typedef {{angle: number, radius: number, speed: number, size: number, phase: number}} Mote */
/** @typedef {{angle: number, speed: number, lift: number, size: number, life: number}} Ember */

export class Sparks {
  #sprite = sprite();
  #width = 0;
  #height = 0;
  #light = 0;
  #shown = 0;
  #before = 0;
  /** @type {number | null} */
  #burstAt = null;
  /** @type {Mote[]} */
  #motes = Array.from({ length: GATHERED }, () => mote());
  /** @type {Ember[]} */
  #embers = [];

  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.#width = width;
    this.#height = height;
  }

  /** How much light has gathered, 0 to 1. @param {number} light */
  gather(light) {
    this.#light = light;
  }

  /** @param {number} now */
  burst(now) {
    this.#burstAt = now;
    this.#embers = Array.from({ length: BURST }, () => ember());
  }

  clear() {
    this.#burstAt = null;
    this.#embers = [];
    this.#light = 0;
    this.#shown = 0;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} now
   * @returns {boolean} whether anything still moves
   */
  draw(context, now) {
    const elapsed = Math.min(100, now - this.#before);
    this.#before = now;
    if (this.#burstAt !== null) return this.#drawBurst(context, now - this.#burstAt);
    this.#shown += (this.#light - this.#shown) * Math.min(1, elapsed / 500);
    if (this.#shown > 0.004) this.#drawGathered(context, now);
    return this.#light > 0 || this.#shown > 0.004;
  }

  /** Motes drift inwards in a slow whirl, and begin again outside. @param {CanvasRenderingContext2D} context @param {number} now */
  #drawGathered(context, now) {
    const reach = Math.hypot(this.#width, this.#height) / 2;
    const flatness = this.#height / this.#width;
    const count = Math.round(this.#motes.length * this.#shown);
    for (const each of this.#motes.slice(0, count)) {
      const share = 1 - (((now / 1000) * each.speed + each.phase) % 1);
      const radius = reach * (0.06 + share * each.radius);
      const angle = each.angle + (1 - share) * 2.4;
      const size = each.size * this.#height * (0.6 + (1 - share) * 0.9);
      const x = this.#width / 2 + radius * Math.cos(angle);
      const y = this.#height / 2 + radius * Math.sin(angle) * (0.45 + flatness / 2);
      context.globalAlpha = Math.min(1, share * 5) * Math.min(1, (1 - share) * 4) * 0.9;
      context.drawImage(this.#sprite, x - size / 2, y - size / 2, size, size);
    }
    context.globalAlpha = 1;
  }

  /** @param {CanvasRenderingContext2D} context @param {number} age */
  #drawBurst(context, age) {
    if (age > EMBERS) return false;
    this.#drawRing(context, age);
    const far = Math.hypot(this.#width, this.#height) / 2;
    for (const each of this.#embers) {
      const share = age / (each.life * EMBERS);
      if (share >= 1) continue;
      const out = far * each.speed * (1 - Math.exp((-3.2 * age) / 1000));
      const fall = this.#height * each.lift * (age / 1000) ** 1.5 * 0.012;
      const size = each.size * this.#height * (1 - share * 0.5);
      const x = this.#width / 2 + out * Math.cos(each.angle);
      const y = this.#height / 2 + out * Math.sin(each.angle) * 0.8 + fall;
      context.globalAlpha = (1 - share) ** 1.6;
      context.drawImage(this.#sprite, x - size / 2, y - size / 2, size, size);
    }
    context.globalAlpha = 1;
    return true;
  }

  /** A ring of light runs out from the middle, soft at its edges. @param {CanvasRenderingContext2D} context @param {number} age */
  #drawRing(context, age) {
    const share = age / 2000;
    if (share >= 1) return;
    const radius = this.#width * (0.03 + 0.74 * (1 - (1 - share) ** 3));
    const thick = this.#height * 0.16 * (1 - share) * Math.min(1, 0.15 + share * 3);
    context.globalCompositeOperation = "lighter";
    context.strokeStyle = "#e8a63a";
    for (let layer = 1; layer <= 9; layer += 1) {
      context.globalAlpha = (1 - share) ** 1.5 * 0.05;
      context.lineWidth = Math.max(1, thick * (layer / 9) ** 1.6);
      context.beginPath();
      context.ellipse(this.#width / 2, this.#height / 2, radius, radius * 0.58, 0, 0, 2 * Math.PI);
      context.stroke();
    }
    context.globalCompositeOperation = "source-over";
    context.globalAlpha = 1;
  }
}

/** @returns {Mote} */
function mote() {
  return {
    angle: Math.random() * 2 * Math.PI,
    radius: 0.35 + Math.random() * 0.65,
    speed: 0.07 + Math.random() * 0.12,
    size: 0.008 + Math.random() * 0.014,
    phase: Math.random(),
  };
}

/** @returns {Ember} */
function ember() {
  return {
    angle: Math.random() * 2 * Math.PI,
    speed: 0.12 + Math.random() ** 1.5 * 1.1,
    lift: 0.4 + Math.random() * 1.2,
    size: 0.006 + Math.random() * 0.018,
    life: 0.18 + Math.random() * 0.82,
  };
}
