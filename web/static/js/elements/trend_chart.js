// One small chart a source: bit rate, loudness and loss of the last ten minutes, by uPlot, which is loaded when first needed.

import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { decimal } from "../models/media.js";

const HEIGHT = 128;
/** The wanted span of loudness, LUFS. */
const WANTED = [-23, -16];

export class TrendChart {
  /** @param {HTMLElement} place @param {import("../models/media.js").Trend} trend */
  constructor(place, trend) {
    this._place = place;
    this._trend = trend;
    /** @type {import("uplot") | null} */
    this._plot = null;
    this._loading = false;
    new ResizeObserver(([entry]) => {
      const width = Math.floor(entry.contentRect.width);
      if (width > 0) this._plot?.setSize({ width, height: HEIGHT });
    }).observe(place);
  }

  /** Draw what the trend holds now; nothing where the place is not laid out. */
  draw() {
    const width = this._place.clientWidth;
    if (width === 0) return;
    if (this._plot) this._plot.setData(/** @type {any} */ (this._trend.columns));
    else void this._make(width);
  }

  /** @param {number} width */
  async _make(width) {
    if (this._loading) return;
    this._loading = true;
    dress();
    const { default: Plot } = await import("uplot");
    this._plot = new Plot(options(width, colours(this._place)), /** @type {any} */ (this._trend.columns), this._place);
  }
}

/** The library's own sheet, once a page: pages that show no chart do not wait for it. */
function dress() {
  if (document.querySelector('link[href="/static/vendor/uplot.css"]')) return;
  document.head.append(make("link", { attributes: { rel: "stylesheet", href: "/static/vendor/uplot.css" } }));
}

/** @param {HTMLElement} place */
function colours(place) {
  const style = getComputedStyle(place);
  const value = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return { rate: value("--vang"), loud: value("--up"), lost: value("--down"), text: value("--text-2"), grid: value("--edge"), wash: value("--good-wash"), font: `11px ${style.fontFamily}` };
}

/**
 * @param {number} width
 * @param {ReturnType<typeof colours>} ink
 * @returns {import("uplot").Options}
 */
function options(width, ink) {
  const axis = { stroke: ink.text, font: ink.font, grid: { stroke: ink.grid, width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    pxAlign: 1,
    cursor: { show: false },
    legend: { live: false },
    tzDate: (at) => new Date((at + 7 * 3600) * 1000 + new Date().getTimezoneOffset() * 60_000),
    scales: {
      rate: { range: (_plot, _least, most) => [0, Math.max(1000, (most ?? 0) * 1.15)] },
      loud: { range: [-60, 0] },
      lost: { range: (_plot, _least, most) => [0, Math.max(10, most ?? 0)] },
    },
    axes: [
      { ...axis, values: "{HH}:{mm}", space: 70, size: 22 },
      { ...axis, scale: "rate", size: 44, space: 28, values: (_plot, ticks) => ticks.map((tick) => number(tick)) },
      { ...axis, scale: "loud", side: 1, size: 34, space: 28, grid: { show: false }, values: (_plot, ticks) => ticks.map((tick) => decimal(tick)) },
    ],
    series: [
      {},
      { label: t("hình, kb/s"), scale: "rate", stroke: ink.rate, width: 1.5, points: { show: false } },
      { label: t("độ to, LUFS"), scale: "loud", stroke: ink.loud, width: 1.5, points: { show: false } },
      { label: t("mất gói, %"), scale: "lost", stroke: ink.lost, width: 1.5, points: { show: false } },
    ],
    hooks: { drawClear: [(plot) => wash(plot, ink.wash)] },
  };
}

/** The wanted span of loudness, behind the lines. @param {import("uplot")} plot @param {string} colour */
function wash(plot, colour) {
  const [low, high] = WANTED.map((level) => plot.valToPos(level, "loud", true));
  plot.ctx.save();
  plot.ctx.fillStyle = colour;
  plot.ctx.fillRect(plot.bbox.left, high, plot.bbox.width, low - high);
  plot.ctx.restore();
}
