// The launch as a hall sees it: quiet emblem, gathering light, digits, burst, title, lamps, count. One element of the page,
// filled from `_launch_scene.html`; used full screen by /stage and by a site's screen.

import { number } from "../lib/format.js";
import { setText } from "../lib/page.js";
import { countUp, sceneAt } from "../models/scene.js";
import { Lamps } from "./lamps.js";
import { Sparks } from "./sparks.js";

/** More pixels than this are scaled up: glow needs no more. */
const MOST_PIXELS = 1920 * 1080;
/** An old PC draws without a GPU: where frames take longer than this (ms), fewer pixels are drawn. */
const SLOW_FRAME = 30;
const FEWEST = 0.4;
/** So long before T0 nothing is drawn any more, so that the frame of T0 comes on time; µs. */
const HOLD_STILL = 350_000;
/** After the burst the lamps wait until the title stands. */
const LAMPS_AFTER = 1600;
const COUNT_AFTER = 2200;

/**
 * @typedef {{authority: string, title: string, subtitle: string, portal: string}} Words
 * @typedef {import("../models/scene.js").Knowledge} Knowledge
 */

export class LaunchScene {
  #root;
  #canvas;
  #lamps = new Lamps();
  #sparks = new Sparks();
  #instant;
  #calm;
  /** @type {Knowledge} */
  #known = { state: null, touched: 0, trigger: null, t0: null, fired: false };
  /** @type {import("../models/constellation.js").GroupLamps[]} */
  #groups = [];
  #lit = 0;
  #shownCount = 0;
  /** performance.now() of the effect's begin; long past for an end state. @type {number | null} */
  #firedAt = null;
  #lampsLit = false;
  #running = false;
  #before = 0;
  #quality = 1;
  #frames = { last: 0, mean: 16 };

  /**
   * @param {HTMLElement} root the element of `_launch_scene.html`
   * @param {() => number | null} instant the ceremony's instant as this device knows it
   * @param {{calm?: boolean}} [options] `calm`: no sparks, for who asked for less motion
   */
  constructor(root, instant, { calm = false } = {}) {
    this.#root = root;
    this.#instant = instant;
    this.#calm = calm;
    this.#canvas = /** @type {HTMLCanvasElement} */ (this.#part("canvas"));
    new ResizeObserver(() => this.#resize()).observe(this.#canvas);
    this.#resize();
  }

  /** @param {Words} words */
  say(words) {
    for (const name of /** @type {const} */ (["authority", "title", "subtitle", "portal"])) {
      for (const element of this.#root.querySelectorAll(`[data-words="${name}"]`)) {
        setText(element, words[name]);
        /** @type {HTMLElement} */ (element).hidden = words[name] === "";
      }
    }
  }

  /** Rehearsals have their own colour and word. @param {boolean} rehearsal */
  rehearsal(rehearsal) {
    this.#root.dataset.rehearsal = String(rehearsal);
    this.#lamps.rehearsal = rehearsal;
  }

  /** What the whole ceremony is called, for the quiet picture; and words of this point's own, for the end. @param {string} ceremony @param {string} [own] */
  name(ceremony, own = "") {
    setText(this.#part("ceremony"), ceremony);
    setText(this.#part("own"), own);
  }

  /** What is known changed. @param {Partial<Knowledge>} known */
  know(known) {
    this.#known = { ...this.#known, ...known };
    this.#run();
  }

  /**
   * What is lit, told by the public feed; shown once the title stands.
   * @param {import("../models/constellation.js").GroupLamps[]} groups
   * @param {number} lit
   */
  light(groups, lit) {
    this.#groups = groups;
    this.#lit = this.#lampsLit ? Math.max(lit, this.#lit) : lit;
    if (this.#lampsLit) this.#lamps.light(groups, performance.now());
    this.#run();
  }

  /** The effect begins in this very frame. @param {number} late ms it should have begun before */
  fire(late = 0) {
    this.#firedAt = performance.now() - late;
    this.#known = { ...this.#known, fired: true };
    this.#root.dataset.effect = "running";
    if (!this.#calm) this.#sparks.burst(this.#firedAt);
    this.#draw(performance.now());
    this.#run();
  }

  /** How it looks afterwards, without the effect. */
  endState() {
    this.#firedAt = performance.now() - 60_000;
    this.#known = { ...this.#known, fired: true };
    this.#root.dataset.effect = "over";
    this.#shownCount = this.#lit;
    this.#run();
  }

  /** Back to the quiet emblem. */
  quiet() {
    this.#firedAt = null;
    this.#known = { state: null, touched: 0, trigger: null, t0: null, fired: false };
    this.#lampsLit = false;
    this.#groups = [];
    this.#lit = 0;
    this.#shownCount = 0;
    this.#lamps.clear();
    this.#sparks.clear();
    delete this.#root.dataset.effect;
    this.#run();
  }

  #run() {
    if (this.#running) return;
    this.#running = true;
    requestAnimationFrame(() => this.#frame());
  }

  #frame() {
    this.#running = false;
    const now = performance.now();
    this.#watchSpeed(now);
    if (this.#holdsStill() || this.#draw(now)) this.#run();
    else this.#frames.last = 0;
  }

  #holdsStill() {
    const { t0, fired } = this.#known;
    const left = t0 === null || fired ? Infinity : t0 - (this.#instant() ?? 0);
    return left > 0 && left < HOLD_STILL;
  }

  /** @param {number} now */
  #watchSpeed(now) {
    const { last, mean } = this.#frames;
    const took = last === 0 ? mean : Math.min(200, now - last);
    this.#frames = { last: now, mean: mean * 0.9 + took * 0.1 };
    if (this.#frames.mean < SLOW_FRAME || this.#quality <= FEWEST) return;
    this.#quality = Math.max(FEWEST, this.#quality * 0.75);
    this.#frames.mean = 16;
    this.#resize();
  }

  /** @param {number} now @returns {boolean} whether the next frame differs */
  #draw(now) {
    const scene = sceneAt(this.#known, this.#instant() ?? 0);
    this.#root.dataset.phase = scene.phase;
    setText(this.#part("digit"), scene.digit === null ? "" : String(scene.digit));
    this.#sparks.gather(this.#calm ? 0 : scene.light);
    const context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    const sparking = this.#sparks.draw(context, now);
    const lighting = this.#drawLit(context, now);
    return sparking || lighting || scene.phase === "countdown" || (scene.phase === "gathering" && this.#known.t0 !== null);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} now */
  #drawLit(context, now) {
    if (this.#firedAt === null) return false;
    const age = now - this.#firedAt;
    if (age < LAMPS_AFTER) return true;
    if (!this.#lampsLit) {
      this.#lampsLit = true;
      this.#lamps.light(this.#groups, now);
    }
    const moving = this.#lamps.draw(context, now);
    return this.#drawCount(age, now) || moving;
  }

  /** @param {number} age @param {number} now */
  #drawCount(age, now) {
    const elapsed = (now - this.#before) * 1000;
    this.#before = now;
    if (age < COUNT_AFTER) return true;
    this.#shownCount = countUp(this.#shownCount, this.#lit, Math.min(50_000, elapsed));
    setText(this.#part("count"), number(this.#shownCount));
    this.#part("counted").classList.toggle("is-shown", this.#shownCount > 0);
    return this.#shownCount < this.#lit;
  }

  #resize() {
    const { width, height } = this.#canvas.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    const scale = this.#quality * Math.min(window.devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / (width * height)));
    this.#canvas.width = Math.round(width * scale);
    this.#canvas.height = Math.round(height * scale);
    this.#lamps.resize(this.#canvas.width, this.#canvas.height);
    this.#sparks.resize(this.#canvas.width, this.#canvas.height);
    this.#run();
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[data-part="${name}"]`));
  }
}
