// The link of one site, in the side panel: measured each way, as sparklines, its power, who has taken it, and what happened.

import { read } from "../lib/api.js";
import { clock, number, time } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { gradeWords } from "../models/grades.js";
import { markIcon } from "./marks.js";
import { ackWords, powerWords } from "./watch_cards.js";

const EVERY = 5_000;
const WIDTH = 300;
const HEIGHT = 34;
const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {{at: number, round_trip: number | null, loss_up: number | null, loss_down: number | null}} Figure
 * @typedef {{round_trip?: number | null, loss?: number | null, loss_up?: number | null, loss_down?: number | null,
 *   jitter_up?: number | null, jitter_down?: number | null, up_kbps?: number | null, down_kbps?: number | null}} Sample
 * @typedef {{at: number, what: string, grade?: string, reason?: string, power?: string, incident?: number, name?: string, by?: string}} Line
 * @typedef {{now: Sample | null, power: {power: import("../models/watch.js").PowerSource, battery: number | null}, figures: Figure[],
 *   timeline: Line[]}} Link
 */

export class SiteLink {
  /** @param {import("./wall_watch.js").WallWatch} watch */
  constructor(watch) {
    this._watch = watch;
    this._code = "";
    this._area = make("div", { class: "site-link" });
    this._past = make("div", { class: "site-link-past" });
    this._acts = make("div", { class: "site-link-acts" });
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this._timer = undefined;
    /** @type {SiteRow | null} */
    this._site = null;
    /** @type {import("./site_panel.js").SitePanel | null} */
    this._panel = null;
  }

  /** Two sections of the panel. @param {import("./site_panel.js").SitePanel} panel */
  mount(panel) {
    this._panel = panel;
    panel.add(t("Đường truyền"), (rows) => this._show(rows.get("site")), true);
    panel.add(t("Diễn biến"), () => this._past, true);
  }

  /** @param {SiteRow} site */
  _show(site) {
    this._site = site;
    if (site.code !== this._code) this._open(site.code);
    this.drawActs();
    return make("div", {}, [this._acts, this._area]);
  }

  /** @param {string} code */
  _open(code) {
    clearInterval(this._timer);
    this._code = code;
    this._area.replaceChildren(make("p", { class: "small quiet", text: t("Đang đọc số đo…") }));
    this._past.replaceChildren();
    this._acts.replaceChildren();
    delete this._acts.dataset.key;
    void this._read();
    this._timer = setInterval(() => void this._read(), EVERY);
  }

  _close() {
    clearInterval(this._timer);
    this._code = "";
    this._site = null;
  }

  /** Who has taken it may have changed. */
  drawActs() {
    const site = this._site;
    if (!site) return;
    const watch = this._watch;
    const noted = watch.watch.noted(site.code);
    const planned = watch.watch.planned(site, watch.now());
    const words = [
      noted.ack_by ? ackWords(noted) : "",
      planned ? t("Đang bảo trì đến {time}: {reason}.", { time: time(planned.until), reason: planned.reason }) : "",
    ].filter(Boolean);
    const key = JSON.stringify([site.code, words, site.grade, noted.flapping, watch.mayAct]);
    if (this._acts.dataset.key === key) return;
    this._acts.dataset.key = key;
    const buttons = [];
    if (watch.mayAct) {
      const ill = site.grade === "down" || site.grade === "stale" || site.grade === "degraded" || noted.flapping;
      if (noted.ack_by) buttons.push(button(t("Bỏ tiếp nhận"), () => watch.doors.withdraw({ site: site.code })));
      else if (ill) buttons.push(button(t("Tiếp nhận"), () => watch.acknowledge({ site: site.code }, site.name)));
      buttons.push(button(t("Đặt bảo trì"), () => watch.planMaintenance(site)));
    }
    this._acts.replaceChildren(...words.map((text) => make("p", { class: "small", text })), make("div", { class: "button-row" }, buttons));
  }

  async _read() {
    const code = this._code;
    if (this._panel?.code !== code) {
      this._close();
      return;
    }
    /** @type {Link | null} */
    const link = await read(`/api/v1/sites/${encodeURIComponent(code)}/link`).catch(() => null);
    if (code !== this._code) return;
    if (!link) {
      if (!this._area.querySelector("dl")) this._area.replaceChildren(make("p", { class: "small quiet", text: t("Chưa đọc được số đo. Đang thử lại.") }));
      return;
    }
    this._area.replaceChildren(...figures(link));
    this._past.replaceChildren(timeline(link.timeline));
  }
}

/** @param {string} text @param {() => void} press */
function button(text, press) {
  const made = make("button", { class: "button is-small", text, attributes: { type: "button" } });
  made.addEventListener("click", press);
  return made;
}

/** @param {Link} link */
function figures(link) {
  const { now, power } = link;
  const fed = power.power === "mains" ? t("Điện lưới") : powerWords(power).replace(/\.$/, "");
  if (!now) return [make("p", { class: "small quiet", text: t("Chưa có số đo nào từ lúc máy chủ khởi động.") })];
  /** @type {Array<[string, string]>} */
  const rows = [
    [t("Độ trễ khứ hồi"), ms(now.round_trip)],
    [t("Mất gói"), bothWays(share(now.loss_up), share(now.loss_down), share(now.loss))],
    [t("Biến thiên trễ"), bothWays(ms(now.jitter_up), ms(now.jitter_down), "")],
    [t("Tốc độ"), bothWays(kbps(now.up_kbps), kbps(now.down_kbps), "")],
    [t("Nguồn điện"), fed || t("chưa rõ")],
  ];
  const list = make("dl", { class: "facts" }, rows.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", { text: value })]));
  if (link.figures.length < 2) return [list];
  return [
    list,
    spark(t("Độ trễ, 10 phút qua"), link.figures.map((each) => each.round_trip), 100_000, "is-trip", (top) => ms(top)),
    spark(t("Mất gói chiều gửi"), link.figures.map((each) => each.loss_up), 0.1, "is-up", (top) => share(top)),
    spark(t("Mất gói chiều nhận"), link.figures.map((each) => each.loss_down), 0.1, "is-down", (top) => share(top)),
  ];
}

/** @param {string} up @param {string} down @param {string} both */
function bothWays(up, down, both) {
  if (up === "–" && down === "–") return both && both !== "–" ? both : "–";
  return t("gửi {up} · nhận {down}", { up, down });
}

/** @param {number | null | undefined} value microseconds */
function ms(value) {
  return value === null || value === undefined ? "–" : `${number(Math.round(value / 1000))} ms`;
}

/** @param {number | null | undefined} value */
function share(value) {
  return value === null || value === undefined ? "–" : `${number(Math.round(value * 100))}%`;
}

/** @param {number | null | undefined} value */
function kbps(value) {
  if (value === null || value === undefined) return "–";
  return value >= 1000 ? `${number(Math.round(value / 1000))}\u00a0Mb/s` : `${number(value)}\u00a0kb/s`;
}

/**
 * A line of what was measured; gaps where nothing was. `least` is the top of the scale at the least.
 * @param {string} title
 * @param {Array<number | null>} values
 * @param {number} least
 * @param {string} kind
 * @param {(top: number) => string} words
 */
function spark(title, values, least, kind, words) {
  const known = /** @type {number[]} */ (values.filter((value) => value !== null));
  const peak = Math.max(0, ...known);
  const top = Math.max(least, peak);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("class", `spark ${kind}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${title}: ${known.length > 0 ? words(known[known.length - 1]) : "–"}`);
  const path = document.createElementNS(SVG, "path");
  let pen = "M";
  const steps = values.map((value, index) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const x = (index / Math.max(1, values.length - 1)) * WIDTH;
    const y = HEIGHT - 2 - (value / top) * (HEIGHT - 4);
    const step = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
    return step;
  });
  path.setAttribute("d", steps.join(""));
  svg.append(path);
  const head = make("div", { class: "row is-spread tiny quiet" }, [make("span", { text: title }), make("span", { text: known.length > 0 ? t("cao nhất {value}", { value: words(peak) }) : "–" })]);
  return make("div", { class: "spark-row" }, [head, svg]);
}

/** @param {Line[]} lines */
function timeline(lines) {
  if (lines.length === 0) return make("p", { class: "small quiet", text: t("Chưa có gì xảy ra.") });
  const shown = lines.slice(0, 40);
  const items = shown.map((line) => make("li", {}, [make("time", { class: "number quiet", text: clock(line.at) }), icon(line), make("span", { text: lineWords(line) })]));
  if (lines.length > shown.length) items.push(make("li", { class: "quiet", text: tn("và {count} dòng cũ hơn", lines.length - shown.length) }));
  return make("ol", { class: "timeline" }, items);
}

/** @param {Line} line */
function icon(line) {
  if (line.what === "grade" && line.grade) return markIcon(/** @type {any} */ (line.grade));
  return make("span", { class: "timeline-dot", attributes: { "aria-hidden": "true" } });
}

/** @param {Line} line */
function lineWords(line) {
  switch (line.what) {
    case "grade": {
      const power = line.power === "generator" ? t(" (máy phát điện)") : line.power === "battery" ? t(" (chạy pin)") : "";
      return gradeWords(/** @type {any} */ ({ grade: line.grade, reason: line.reason })) + power;
    }
    case "lost_together":
      return t("Cùng sự cố {number}: {name}", { number: line.incident ?? 0, name: line.name ?? "" });
    case "back":
      return t("Trở lại, sự cố {number} còn tiếp", { number: line.incident ?? 0 });
    case "incident_closed":
      return t("Sự cố {number} khép lại", { number: line.incident ?? 0 });
    case "acknowledged":
      return t("{by} tiếp nhận: {reason}", { by: line.by ?? "", reason: line.reason ?? "" });
    default:
      return t("{by} bỏ tiếp nhận", { by: line.by ?? "" });
  }
}
