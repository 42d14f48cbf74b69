// The sources panel: what goes out, and each source with its picture, state, faults in words, figures and trend; switching by hand.

import { read } from "../lib/api.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { facts, modeWords, moreWords, outputProblem, outputTone, outputWords, sourceName, SOURCES, sourceTone, stateWords, Trend } from "../models/media.js";
import { askCalibrate, askSwitch } from "./media_acts.js";
import { MediaPicture } from "./media_picture.js";
import { TrendChart } from "./trend_chart.js";

/**
 * @typedef {import("../models/media.js").SourceRow} SourceRow
 * @typedef {import("../models/media.js").OutputRow} OutputRow
 */

export class MediaSources {
  /**
   * @param {HTMLElement} root
   * @param {import("./ask_dialog.js").AskDialog} ask
   */
  constructor(root, ask) {
    this._output = new OutputLine(ask);
    this._cards = SOURCES.map((name) => new SourceCard(name, ask));
    this._asked = false;
    root.replaceChildren(this._output.element, make("div", { class: "media-cards" }, this._cards.map((card) => card.element)));
  }

  /** @param {Map<string, any>} rows of the feed `media` @param {number} now µs */
  take(rows, now) {
    this._output.take(rows.get("output"), now);
    for (const card of this._cards) card.take(rows.get(`source:${card.name}`), rows.get("output"), now);
    if (!this._asked) void this._readTrends();
  }

  /** Once: what was before this page was opened. A trend is worth no word where it cannot be had. */
  async _readTrends() {
    this._asked = true;
    const { sources } = await read("/api/v1/media/trends").catch(() => ({ sources: {} }));
    for (const card of this._cards) if (sources[card.name]) card.before(sources[card.name]);
  }

  /** Once a second: ages and trends. @param {number} now µs */
  tick(now) {
    for (const card of this._cards) card.tick(now);
  }

  /** @param {string} name */
  show(name) {
    this._cards.find((card) => card.name === name)?.element.scrollIntoView({ block: "nearest" });
  }
}

class OutputLine {
  /** @param {import("./ask_dialog.js").AskDialog} ask */
  constructor(ask) {
    this._picture = new MediaPicture("output");
    this._state = make("p", { class: "media-state" });
    this._mode = make("p", { class: "small quiet" });
    this._problem = make("p", { class: "media-fault is-serious" });
    this._auto = make("button", { class: "button is-small is-plain", text: t("Tự động"), attributes: { type: "button" } });
    this._auto.addEventListener("click", () => askSwitch(ask, null));
    const words = make("div", { class: "grow stack-8" }, [make("h3", { text: t("Đang phát") }), this._state, this._mode, this._problem, make("div", {}, [this._auto])]);
    this.element = make("section", { class: "media-output", attributes: { "aria-label": t("Đang phát") } }, [this._picture.element, words]);
  }

  /** @param {OutputRow | undefined} row @param {number} now */
  take(row, now) {
    this._picture.take(row, now);
    this.element.dataset.tone = outputTone(row);
    setText(this._state, outputWords(row));
    setText(this._mode, modeWords(row));
    setText(this._problem, outputProblem(row));
    this._problem.hidden = outputProblem(row) === "";
    this._auto.hidden = !row || row.wanted === null;
  }
}

class SourceCard {
  /**
   * @param {string} name
   * @param {import("./ask_dialog.js").AskDialog} ask
   */
  constructor(name, ask) {
    this.name = name;
    /** @type {SourceRow | null} */
    this._row = null;
    this._trend = new Trend();
    this._picture = new MediaPicture(name);
    this._air = make("span", { class: "media-air", text: t("Trên sóng") });
    this._state = make("p", { class: "media-state", attributes: { role: "status" } });
    this._more = make("p", { class: "small quiet" });
    this._faults = make("ul", { class: "media-faults" });
    this._facts = make("dl", { class: "media-facts" });
    this._put = button(t("Đưa lên sóng"), () => askSwitch(ask, name));
    this._calibrate = button(t("Hiệu chỉnh giờ hình"), () => this._row && askCalibrate(ask, this._row));
    this._calibrate.hidden = name === "slate";
    const place = make("div", { class: "media-trend", attributes: { role: "img", "aria-label": t("Tốc độ, độ to và mất gói trong 10 phút qua") } });
    place.hidden = name === "slate";
    this._chart = new TrendChart(place, this._trend);
    const head = make("div", { class: "row is-spread" }, [make("h3", { text: sourceName(name) }), this._air]);
    const acts = make("div", { class: "button-row" }, [this._put, this._calibrate]);
    this.element = make("section", { class: "media-card card", attributes: { "data-source": name, "aria-label": sourceName(name) } }, [
      head,
      this._picture.element,
      make("div", {}, [this._state, this._more]),
      this._faults,
      this._facts,
      place,
      acts,
    ]);
  }

  /** @param {SourceRow | undefined} row @param {OutputRow | undefined} output @param {number} now */
  take(row, output, now) {
    this._row = row ?? null;
    this._picture.take(row, now);
    this.element.dataset.tone = row ? sourceTone(row) : "rest";
    this._air.hidden = !row?.on_air;
    setText(this._state, row ? stateWords(row) : t("Đang tải…"));
    setText(this._more, row ? moreWords(row) : "");
    this._put.disabled = !row || output?.wanted === this.name;
    setText(this._put, output?.wanted === this.name ? t("Đang giữ bằng tay") : t("Đưa lên sóng"));
    this._drawLists(row);
    this.tick(now);
  }

  /** @param {Parameters<Trend["before"]>[0]} told */
  before(told) {
    this._trend.before(told);
    this._chart.draw();
  }

  /** @param {number} now */
  tick(now) {
    if (!this._row || this.name === "slate") return;
    if (this._trend.take(this._row, now)) this._chart.draw();
    this._picture.take(this._row, now);
  }

  /** @param {SourceRow | undefined} row */
  _drawLists(row) {
    const found = row && row.state === "receiving" ? facts(row.measured) : [];
    const key = JSON.stringify([row?.faults, found]);
    if (this.element.dataset.key === key) return;
    this.element.dataset.key = key;
    this._faults.replaceChildren(...(row?.faults ?? []).map(faultLine));
    this._facts.replaceChildren(...found.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: value })]));
  }
}

/** @param {import("../models/media.js").Fault} fault */
export function faultLine(fault) {
  const kind = fault.serious ? "is-serious" : "is-advice";
  return make("li", { class: `media-fault ${kind}` }, [make("span", { text: fault.words }), make("span", { class: "code", text: ` ${fault.code}` })]);
}

/** @param {string} text @param {() => void} act */
function button(text, act) {
  const made = make("button", { class: "button is-small is-plain", text, attributes: { type: "button" } });
  made.addEventListener("click", act);
  return made;
}
