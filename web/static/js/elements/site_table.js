// A long list of sites as a real table, with only the rows in view in the document.

import { number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { gradeWords, hasReported } from "../models/grades.js";
import { visibleRows } from "../models/windowed.js";
import { markIcon, shapeInto } from "./marks.js";

/**
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {{row: HTMLTableRowElement, cells: HTMLElement[], icon: SVGElement, word: HTMLElement, open: HTMLButtonElement}} Line
 */

const ROW_HEIGHT = 40;

export class SiteTable {
  /**
   * @param {HTMLElement} pane scrolls
   * @param {(code: string) => void} onOpen a row was chosen
   */
  constructor(pane, onOpen) {
    this._pane = pane;
    this._onOpen = onOpen;
    /** @type {SiteRow[]} */
    this._rows = [];
    /** @type {Line[]} */
    this._lines = [];
    this._above = make("tr", { class: "site-table-space", attributes: { "aria-hidden": "true" } }, [make("td")]);
    this._below = make("tr", { class: "site-table-space", attributes: { "aria-hidden": "true" } }, [make("td")]);
    this._body = make("tbody", {}, [this._above, this._below]);
    this._table = make("table", { class: "site-table" }, [head(), this._body]);
    this._none = make("p", { class: "empty", text: t("Không có điểm cầu nào khớp.") });
    pane.append(this._table, this._none);
    this._frame = 0;
    pane.addEventListener("scroll", () => this._ask(), { passive: true });
    new ResizeObserver(() => this._ask()).observe(pane);
  }

  /**
   * The rows to show, in order.
   * @param {SiteRow[]} rows
   */
  show(rows) {
    this._rows = rows;
    this._table.setAttribute("aria-rowcount", String(rows.length + 1));
    this._none.hidden = rows.length > 0;
    this._table.hidden = rows.length === 0;
    this._ask();
  }

  _ask() {
    this._frame ||= requestAnimationFrame(() => this._draw());
  }

  _draw() {
    this._frame = 0;
    if (this._pane.clientHeight === 0) return;
    const view = { total: this._rows.length, rowHeight: ROW_HEIGHT, scrollTop: this._pane.scrollTop, height: this._pane.clientHeight };
    const { first, last } = visibleRows(view);
    while (this._lines.length < last - first) this._lines.push(this._line());
    while (this._lines.length > last - first) this._lines.pop()?.row.remove();
    this._above.style.height = `${first * ROW_HEIGHT}px`;
    this._below.style.height = `${(this._rows.length - last) * ROW_HEIGHT}px`;
    this._lines.forEach((line, index) => fill(line, this._rows[first + index], first + index));
  }

  /** @returns {Line} */
  _line() {
    const icon = markIcon("up");
    const word = make("span");
    const open = make("button", { class: "site-table-open", attributes: { type: "button" } });
    open.addEventListener("click", () => this._onOpen(open.dataset.code ?? ""));
    const cells = Array.from({ length: 7 }, () => make("td"));
    cells[1].append(open);
    cells[3].append(icon, word);
    for (const index of [4, 5]) cells[index].className = "is-number";
    const row = make("tr", {}, cells);
    this._below.before(row);
    return { row, cells, icon, word, open };
  }
}

function head() {
  const names = [t("Mã"), t("Điểm cầu"), t("Cụm"), t("Đường truyền"), t("Dự kiến"), t("Có mặt"), t("Báo lúc")];
  const cells = names.map((text, index) =>
    make("th", { text, class: index === 4 || index === 5 ? "is-number" : "", attributes: { scope: "col" } }),
  );
  return make("thead", {}, [make("tr", {}, cells)]);
}

/**
 * @param {Line} line
 * @param {SiteRow} site
 * @param {number} index
 */
function fill({ row, cells, icon, word, open }, site, index) {
  row.setAttribute("aria-rowindex", String(index + 2));
  open.dataset.code = site.code;
  setText(cells[0], site.code);
  setText(open, site.name);
  setText(cells[2], site.group);
  shapeInto(icon, site.grade);
  setText(word, gradeWords(site));
  setText(cells[4], number(site.expected ?? 0));
  setText(cells[5], hasReported(site) ? number(site.present ?? 0) : t("chưa báo"));
  cells[5].classList.toggle("quiet", !hasReported(site));
  setText(cells[6], site.reported_at ? time(site.reported_at) : "");
}
