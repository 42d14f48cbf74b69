// All sites on one canvas: what to show goes to a worker, which draws it; where the marks stand comes back.

import { pictureOf } from "../models/wall_bytes.js";
import { layOut } from "../models/wall_layout.js";
import { gradeColours } from "./marks.js";
import { worker } from "./wall_worker.js";

/**
 * @typedef {import("../models/wall_sites.js").WallSites} WallSites
 * @typedef {import("../models/wall_layout.js").Layout} Layout
 */

const LARGEST_SCALE = 3;
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class SiteCanvas {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {WallSites} sites
   */
  constructor(canvas, sites) {
    this._element = canvas;
    this._sites = sites;
    /** @type {Layout} where the marks stand; of the last size that was drawn */
    this.layout = layOut([], 1, 1);
    this._frame = 0;
    this._shown = false;
    worker.onmessage = ({ data }) => {
      if (data.layout) this.layout = data.layout;
      if (data.painted) performance.mark("wall:painted"); // for the bench
    };
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
    worker.postMessage({ size: { width, height, scale: Math.min(LARGEST_SCALE, window.devicePixelRatio || 1) } });
  }

  /** The sites changed, or which of them stand out: shown with the next frame, however often it is asked for. */
  show() {
    if (!this._shown) this._tell();
    else this._frame ||= requestAnimationFrame(() => this._tell());
  }

  _tell() {
    this._frame = 0;
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
