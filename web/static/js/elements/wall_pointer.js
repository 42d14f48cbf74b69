// Pointing at marks: mouse and touch, the arrow keys' ring, the words beside a mark and for a screen reader.

import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make } from "../lib/page.js";
import { gradeWords, hasReported } from "../models/grades.js";
import { blockOf, centreOf, markAt, neighbour } from "../models/wall_geometry.js";

/**
 * @typedef {import("../models/wall_sites.js").WallSites} WallSites
 * @typedef {import("./site_canvas.js").SiteCanvas} SiteCanvas
 * @typedef {"ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown" | "Home" | "End"} MoveKey
 */

const MOVES = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);
/** A finger may miss a small mark by this much, CSS pixels. */
const REACH = 14;

export class WallPointer {
  /**
   * @param {HTMLElement} area
   * @param {SiteCanvas} canvas
   * @param {WallSites} sites
   * @param {(code: string) => void} onOpen
   */
  constructor(area, canvas, sites, onOpen) {
    this._area = area;
    this._canvas = canvas;
    this._sites = sites;
    this._onOpen = onOpen;
    this._ring = byId("ring");
    this._tip = byId("tip");
    this._say = byId("marks-say");
    this._focused = -1;
    this._over = -1;
    /** The mark whose words are shown, while they are. */
    this._told = -1;
    area.addEventListener("pointermove", (event) => this._move(event));
    area.addEventListener("pointerleave", () => this._hover(-1));
    area.addEventListener("click", (event) => this._click(event));
    area.addEventListener("keydown", (event) => this._key(event));
    area.addEventListener("blur", () => this.dismiss());
    area.addEventListener("focus", () => area.matches(":focus-visible") && this.focusMark(Math.max(0, this._focused)));
  }

  /** The marks moved: what was pointed at is elsewhere now. */
  forget() {
    this._focused = -1;
    this.dismiss();
  }

  /** What is said beside a mark may have changed while the pointer rests on it. */
  refresh() {
    if (!this._tip.hidden && this._words(this._told).join("\n") !== this._tip.dataset.words) this._showTip(this._told);
  }

  /** Put the ring and the words away, whether mouse or keys brought them. @returns {boolean} whether there were any */
  dismiss() {
    const shown = !this._tip.hidden || !this._ring.hidden;
    this._ring.hidden = true;
    this._tip.hidden = true;
    this._over = -1;
    this._area.classList.remove("is-over");
    return shown;
  }

  /** @param {number} mark */
  focusMark(mark) {
    const site = this._sites.marks[mark];
    if (!site) return;
    this._focused = mark;
    // The next roster is known before it is laid out: a mark without a place yet is not pointed at.
    const block = blockOf(this._canvas.layout, mark);
    if (block < 0) return;
    const { x, y } = centreOf(this._canvas.layout, block, mark);
    const size = Math.max(14, this._canvas.layout.pitch * 1.05);
    this._ring.hidden = false;
    this._ring.style.width = `${size}px`;
    this._ring.style.height = `${size}px`;
    this._ring.style.transform = `translate(${x - size / 2}px, ${y - size / 2}px)`;
    this._say.textContent = this._words(mark).join(", ");
    this._showTip(mark);
  }

  /** @param {KeyboardEvent} event */
  _key(event) {
    if (MOVES.has(event.key)) {
      event.preventDefault();
      this.focusMark(this._step(/** @type {MoveKey} */ (event.key)));
    } else if ((event.key === "Enter" || event.key === " ") && this._focused >= 0) {
      event.preventDefault();
      this._onOpen(this._sites.marks[this._focused].code);
    }
  }

  /**
   * While a filter is on, left and right go only through what it shows.
   * @param {MoveKey} key
   */
  _step(key) {
    const sideways = key === "ArrowLeft" || key === "ArrowRight";
    if (!this._sites.narrowed || !sideways) return neighbour(this._canvas.layout, this._focused, key);
    const shown = this._sites.shown();
    if (key === "ArrowRight") return shown.find((mark) => mark > this._focused) ?? this._focused;
    return shown.findLast((mark) => mark < this._focused) ?? this._focused;
  }

  /** @param {MouseEvent} event */
  _markOf(event) {
    const box = this._area.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    const exact = markAt(this._canvas.layout, x, y);
    if (exact >= 0 || this._canvas.layout.pitch >= REACH * 2) return exact;
    for (const [dx, dy] of [[0, -6], [0, 6], [-6, 0], [6, 0]]) {
      const near = markAt(this._canvas.layout, x + dx, y + dy);
      if (near >= 0) return near;
    }
    return -1;
  }

  /** @param {PointerEvent} event */
  _move(event) {
    if (event.pointerType === "mouse") this._hover(this._markOf(event));
  }

  /** @param {MouseEvent} event */
  _click(event) {
    const mark = this._markOf(event);
    if (mark < 0) return;
    this._focused = mark;
    this._onOpen(this._sites.marks[mark].code);
  }

  /** @param {number} mark */
  _hover(mark) {
    if (mark === this._over) return;
    this._over = mark;
    this._area.classList.toggle("is-over", mark >= 0);
    if (mark >= 0) this._showTip(mark);
    else this._tip.hidden = true;
  }

  /** @param {number} mark */
  _showTip(mark) {
    const block = blockOf(this._canvas.layout, mark);
    if (block < 0) return;
    const words = this._words(mark);
    const [name, ...rest] = words;
    this._told = mark;
    this._tip.dataset.words = words.join("\n");
    this._tip.replaceChildren(make("b", { text: name }), ...rest.flatMap((line) => [document.createTextNode(line), make("br")]));
    this._tip.hidden = false;
    const layout = this._canvas.layout;
    const { x, y } = centreOf(layout, block, mark);
    const left = Math.min(Math.max(0, x - this._tip.offsetWidth / 2), layout.width - this._tip.offsetWidth);
    const above = y - layout.pitch / 2 - this._tip.offsetHeight - 6;
    const top = above >= 0 ? above : y + layout.pitch / 2 + 6;
    this._tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  /** @param {number} mark */
  _words(mark) {
    const site = this._sites.marks[mark];
    const count = hasReported(site)
      ? t("{present} đại biểu, dự kiến {expected}", { present: number(site.present ?? 0), expected: number(site.expected ?? 0) })
      : t("chưa báo số, dự kiến {expected}", { expected: number(site.expected ?? 0) });
    return [site.name, site.group, gradeWords(site), count];
  }
}
