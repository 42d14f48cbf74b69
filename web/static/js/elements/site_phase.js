// The host's page and the phase: what it reports belongs to the day or to a rehearsal, and begins anew with each. Also what the centre
// knows of this point's figures: two numbers that do not agree, who said what, where the chair sits.

import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { ofPhase, phaseLines, shownFigures, unsentWords, unsettled } from "../models/figures.js";
import { markPhase } from "./phase_part.js";
import { saidHistory } from "./said_history.js";
import { drawUnsettled } from "./unsettled_figures.js";

/** A phase that was heard longer ago than this, ms, is not believed: a page opened offline in the morning knows only yesterday's. */
const BELIEVED = 3 * 3600 * 1000;
const STAMPED = new Set(["check_in", "declare_chair", "report_head_count", "choose_head_count"]);

/**
 * @typedef {import("../models/figures.js").PhaseRow} PhaseRow
 * @typedef {import("../models/figures.js").SiteFiguresRow} SiteFiguresRow
 * @typedef {import("../lib/outbox.js").Entry} Entry
 */

export class SitePhase {
  /**
   * @param {{drafts: import("../lib/drafts.js").Drafts, entries: () => Entry[],
   *   report: (kind: string, fields: Record<string, unknown>) => Promise<unknown>, begun: () => void,
   *   choosing: () => boolean, choose: () => void}} page
   *   `begun`: another phase is on, and the steps begin anew; `choosing`: the page shows the head-counts; `choose`: show them
   */
  constructor(page) {
    this._page = page;
    const { phase, phaseHeard, figures } = page.drafts.current;
    /** @type {PhaseRow | null} */
    this.phase = phase ?? null;
    this._heard = phaseHeard ?? 0;
    /** @type {SiteFiguresRow | null} */
    this.figures = figures ?? null;
  }

  /** @param {PhaseRow | undefined} phase */
  takePhase(phase) {
    if (!phase) return;
    const other = this.phase !== null && this.phase.number !== phase.number;
    this.phase = phase;
    this._heard = Date.now();
    this._page.drafts.keep({ phase, phaseHeard: this._heard });
    if (other) {
      this.figures = null;
      this._page.begun();
    }
  }

  /** @param {SiteFiguresRow | undefined} figures */
  takeFigures(figures) {
    this.figures = figures ?? this.figures;
    this._page.drafts.keep({ figures: this.figures });
  }

  /** The page's own entries that belong to the phase that is on, or still wait to be sent. @returns {Entry[]} */
  get entries() {
    return ofPhase(this._page.entries(), this.phase?.number ?? null);
  }

  /** Entries that the line about saving tells of: those of this phase, and whatever still waits. @returns {Entry[]} */
  get told() {
    const own = new Set(this.entries);
    return this._page.entries().filter((entry) => own.has(entry) || entry.state === "saved" || entry.state === "sent");
  }

  /** The fields of a report with what it belongs to and what it takes the place of. @param {string} kind @param {Record<string, unknown>} fields */
  stamped(kind, fields) {
    const known = this.phase !== null && Date.now() - this._heard < BELIEVED;
    const phase = known && STAMPED.has(kind) ? { phase: this.phase?.number } : {};
    const supersedes = kind === "report_head_count" ? { supersedes: shownFigures(this.figures, this.entries) } : {};
    return { ...fields, ...phase, ...supersedes };
  }

  /** @returns {import("./banners.js").Line[]} */
  get lines() {
    const figures = this._chosen() ? [] : unsettled(this.figures);
    if (figures.length === 0 || this._page.choosing()) return phaseLines(this.phase);
    const text = t("Có hai số khác nhau cho điểm cầu này: {numbers}. Đề nghị chọn số đúng.", { numbers: figures.map((each) => number(each.total)).join(t(" và ")) });
    const act = { text: t("Xem và chọn"), run: this._page.choose };
    return [...phaseLines(this.phase), { kind: "warn", code: "two_numbers", text, act }];
  }

  /** @param {{chair?: string} | null} site */
  draw(site) {
    markPhase(this.phase);
    const { figures } = this;
    drawUnsettled(byId("count-unsettled"), this._chosen() ? null : figures, (chosen) => this._page.report("choose_head_count", chosen));
    setText(byId("count-note"), notes(site, figures).join(" "));
    byId("count-note").hidden = byId("count-note").textContent === "";
    const key = JSON.stringify(figures?.history ?? []);
    const history = byId("rest-history");
    byId("rest-history-part").hidden = !figures?.history.length;
    if (history.dataset.key === key) return;
    history.dataset.key = key;
    history.replaceChildren(saidHistory(figures));
  }

  /** A choice made here and on its way hides the question. */
  _chosen() {
    const last = this.entries.filter((entry) => entry.kind === "choose_head_count").at(-1);
    return last !== undefined && (last.state === "saved" || last.state === "sent");
  }
}

/** @param {{chair?: string} | null} site @param {SiteFiguresRow | null} figures */
function notes(site, figures) {
  const made = [];
  if (figures?.chair_at) made.push(t("Không tính {chair}: đã dự tại {place}.", { chair: site?.chair || t("chủ trì theo kế hoạch"), place: figures.chair_at_name }));
  if (figures?.guests.length) made.push(t("Tính cả chủ trì các nơi dự tại đây: {names}.", { names: figures.guests.map((each) => each.name).join(", ") }));
  if (figures?.seen) made.push(t("Tự điểm danh qua mã QR: {count}, chỉ để tham khảo.", { count: number(figures.seen) }));
  return made;
}

/**
 * What a page whose link was taken back could not send: listed, so that nothing is silently lost.
 * @param {HTMLElement} area
 * @param {Entry[]} entries
 * @param {string} phone
 */
export function drawUnsent(area, entries, phone) {
  const unsent = unsentWords(entries);
  area.hidden = unsent.length === 0;
  const what = phone
    ? t("Gọi {phone} đọc cho bàn trực, hoặc mở liên kết mới trên chính máy này: máy tự gửi tiếp.", { phone })
    : t("Gọi bàn trực đọc các số này, hoặc mở liên kết mới trên chính máy này: máy tự gửi tiếp.");
  const key = JSON.stringify([unsent, what]);
  if (area.dataset.key === key) return;
  area.dataset.key = key;
  area.replaceChildren(make("h3", { text: t("Chưa gửi được") }), make("ul", {}, unsent.map((text) => make("li", { text }))), make("p", { text: what }));
}
