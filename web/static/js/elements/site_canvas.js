// All sites on one canvas: what to show goes to a worker, which draws it; where the marks stand comes back.

import { pictureOf } from "../models/wall_bytes.js";
import { heightFor, layOut } from "../models/wall_layout.js";
import { gradeColours } from "./marks.js";
import { worker } from "./wall_worker.js";

/**
 * @typedef {import("../models/wall_sites.js").WallSites} WallSites
 * @typedef {import("../models/wall_layout.js").Layout} Layout
 */

const LARGEST_SCALE = 3;
/** Device pixels of one canvas; above it phones run out of memory, so that marks are a little softer instead. */
const MOST_PIXELS = 6_000_000;
/** The least distance of two marks that a finger can tell apart with the panel's help, CSS pixels. */
const FINGER_PITCH = 11;
/** Where the page scrolls (wall.css) the wall is as tall as it needs; elsewhere it fills what there is. */
const scrolls = matchMedia("(max-width: 860px)");
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class SiteCanvas {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WallSites} sites
   * @param {(work: () => void) => void} later gives the canvas its turn
   */
  constructor(canvas, sites, later) {
    this._element = canvas;
    this._sites = sites;
    /** @type {Layout} where the marks stand; of the last size that was drawn */
    this.layout = layOut([], 1, 1);
    this._later = later;
    this._shown = false;
    worker.onmessage = ({ data }) => {
      if (data.layout) this.layout = data.layout;
      if (data.painted) performance.mark("wall:painted"); // for the bench
    };
    scrolls.addEventListener("change", () => this.fit());
    const offscreen = canvas.transferControlToOffscreen();
    worker.postMessage({ canvas: offscreen, colours: colours() }, [offscreen]);
  }

  /**
   * Fit the canvas to a size in CSS pixels.
   * @param {number} width
   * @param {number} height
   */
  resize(width, height) {
    this._element.style.width = `${width}px`;
    this._element.style.height = `${height}px`;
    const scale = Math.min(LARGEST_SCALE, window.devicePixelRatio || 1, Math.sqrt(MOST_PIXELS / Math.max(1, width * height)));
    worker.postMessage({ size: { width, height, scale } });
  }

  /** Give the wall the height that its groups need on a phone: call when the groups changed, or the width. */
  fit() {
    const area = /** @type {HTMLElement} */ (this._element.parentElement?.parentElement);
    const counts = this._sites.groups.map((group) => group.count);
    const tall = scrolls.matches && counts.length > 0 ? heightFor(counts, area.clientWidth, FINGER_PITCH) : 0;
    area.style.height = tall > 0 ? `max(64dvh, ${tall}px)` : "";
  }

  /** The sites changed, or which of them stand out: shown when it is the canvas's turn, however often it is asked for. */
  show() {
    if (this._shown) this._later(() => this._tell());
    else this._tell();
  }

  _tell() {
    this._shown = this._sites.marks.length > 0;
    const picture = pictureOf(this._sites, calm.matches);
    worker.postMessage({ picture }, [picture.marks.buffer]);
  }
}

/** @returns {import("./wall_painter.js").Colours} */
function colours() {
  const style = getComputedStyle(document.body);
  const token = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const page = { ground: token("--night-950"), surface: token("--night-900"), text: token("--night-100"), quiet: token("--night-300") };
  return { ...gradeColours(), ...page };
}
