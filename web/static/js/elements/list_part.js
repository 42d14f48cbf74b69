// The desk's list of all sites: filters that are counts, by group, by name.

import { number } from "../lib/format.js";
import { t, tn } from "../lib/i18n.js";
import { byId, make, setText } from "../lib/page.js";
import { hasReported } from "../models/grades.js";
import { SiteSearch, wordsOf } from "../models/site_search.js";
import { SiteTable } from "./site_table.js";

/**
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {"all" | "unreported" | "reported" | "late" | "absent" | "unsettled" | "unopened"} ListFilter
 */

/** @type {Record<ListFilter, (row: SiteRow) => boolean>} */
const FILTERS = {
  all: () => true,
  unreported: (row) => !hasReported(row),
  reported: hasReported,
  late: (row) => Boolean(row.after_close),
  absent: (row) => !row.checked_in_at,
  unsettled: (row) => Boolean(row.disagrees),
  unopened: (row) => Boolean(row.unopened),
};

export class ListPart {
  /** @param {(code: string) => void} onOpen */
  constructor(onOpen) {
    this._table = new SiteTable(byId("table"), onOpen);
    this._group = /** @type {HTMLSelectElement} */ (byId("list-group"));
    this._search = /** @type {HTMLInputElement} */ (byId("list-search"));
    this._names = new SiteSearch();
    /** @type {ListFilter} */
    this._filter = "all";
    /** @type {Map<string, SiteRow>} */
    this._sites = new Map();
    /** @type {Map<ListFilter, HTMLButtonElement>} */
    this._chips = new Map();
    this._makeChips();
    this._group.addEventListener("change", () => this._show());
    this._search.addEventListener("input", () => this._show());
  }

  /** @param {ListFilter} filter */
  filterBy(filter) {
    this._filter = filter;
    this._show();
  }

  /** @param {Map<string, SiteRow>} sites */
  draw(sites) {
    this._sites = sites;
    if (!byId("list").hidden) this._show();
  }

  _makeChips() {
    const names = { all: t("Tất cả"), unreported: t("Chưa báo số"), reported: t("Đã báo số"), absent: t("Chưa điểm danh"), unopened: t("Chưa mở liên kết"), late: t("Báo sau khi chốt"), unsettled: t("Hai số chưa thống nhất") };
    for (const [filter, text] of /** @type {Array<[ListFilter, string]>} */ (Object.entries(names))) {
      const chip = make("button", { class: "chip", attributes: { type: "button" } }, [make("span", { text }), make("span", { class: "number" })]);
      chip.addEventListener("click", () => {
        this._filter = filter;
        this._show();
      });
      this._chips.set(filter, chip);
    }
    byId("list-filters").append(...this._chips.values());
  }

  _show() {
    const group = this._group.value;
    const words = wordsOf(this._search.value);
    this._names.clear();
    const inGroup = [...this._sites.values()].filter((row) => {
      if (group && row.group !== group) return false;
      if (words.length === 0) return true;
      this._names.put(row);
      return this._names.matches(row.code, words);
    });
    for (const [filter, chip] of this._chips) {
      const count = inGroup.filter(FILTERS[filter]).length;
      setText(/** @type {Element} */ (chip.lastElementChild), number(count));
      chip.setAttribute("aria-pressed", String(filter === this._filter));
      chip.hidden = (filter === "late" || filter === "unsettled") && count === 0 && this._filter !== filter;
    }
    const rows = inGroup.filter(FILTERS[this._filter]);
    const present = rows.reduce((sum, row) => sum + (row.present ?? 0), 0);
    setText(byId("list-sum"), tn("{count} điểm cầu, {present} đại biểu có mặt", rows.length, { count: number(rows.length), present: number(present) }));
    this._table.show(rows);
  }
}
