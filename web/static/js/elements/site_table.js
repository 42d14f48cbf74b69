// A long list of sites as a table in which only the rows in view are in the document. Rows stand by themselves (contained,
// placed by their number) and are reused as the list is scrolled, so that scrolling lays out just the rows that come in.

import { number, time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { gradeWords, hasReported } from "../models/grades.js";
import { visibleRows } from "../models/windowed.js";
import { markIcon, shapeInto } from "./marks.js";

/**
 * @typedef {import("../models/grades.js").SiteRow} SiteRow
 * @typedef {{row: HTMLElement, cells: HTMLElement[], icon: SVGElement, word: HTMLElement, open: HTMLButtonElement, index: number,
 *   place: number, site: SiteRow | null}} Line `index`: where it belongs; `place`: where it stands
 */

const ROW_HEIGHT = 40;
/** More letters than this may not fit their column on a wide screen. */
const LONG = 30;
/** Rows kept ready above and below the view. */
const AROUND = 4;
/** Rows made new, or written anew where they stand, in one frame: a whole screen of them at once takes longer than one. */
const NEW_IN_A_FRAME = 8;

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
    this._body = make("div", { class: "site-table-body", attributes: { role: "rowgroup" } });
    this._table = make("div", { class: "site-table", attributes: { role: "table", "aria-label": t("Danh sách điểm cầu") } }, [head(), this._body]);
    this._none = make("p", { class: "empty", text: t("Không có điểm cầu nào khớp.") });
    pane.append(this._table, this._none);
    this._frame = 0;
    this._height = 0;
    pane.addEventListener("scroll", () => this._ask(), { passive: true });
    new ResizeObserver(([entry]) => {
      this._height = entry.contentRect.height;
      this._ask();
    }).observe(pane);
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
    this._body.style.height = `${rows.length * ROW_HEIGHT}px`;
    this._ask();
  }

  _ask() {
    this._frame ||= requestAnimationFrame(() => this._draw());
  }

  _draw() {
    this._frame = 0;
    if (this._height === 0) return;
    const view = { total: this._rows.length, rowHeight: ROW_HEIGHT, scrollTop: this._pane.scrollTop, height: this._height, around: AROUND };
    const { first, last } = visibleRows(view);
    const shown = new Set();
    /** @type {Line[]} */
    const free = [];
    for (const line of this._lines) {
      if (line.index >= first && line.index < last) shown.add(line.index);
      else free.push(line);
    }
    let made = 0;
    for (let index = first; index < last; index += 1) {
      if (shown.has(index)) continue;
      if (free.length === 0 && (made += 1) > NEW_IN_A_FRAME) {
        this._ask();
        break;
      }
      (free.pop() ?? this._line()).index = index;
    }
    for (const line of free) this._drop(line);
    let rewritten = 0;
    for (const line of this._lines) {
      const site = this._rows[line.index];
      if (line.site === site && line.place === line.index) continue;
      // A row that came in must not show another site's words; one that stays shows its own of a moment ago.
      if (line.site?.code === site.code && (rewritten += 1) > NEW_IN_A_FRAME) this._ask();
      else fill(line, site);
    }
  }

  /** @param {Line} line */
  _drop(line) {
    line.row.remove();
    this._lines.splice(this._lines.indexOf(line), 1);
  }

  /** @returns {Line} */
  _line() {
    const icon = markIcon("up");
    const word = make("span");
    const open = make("button", { class: "site-table-open", attributes: { type: "button" } });
    open.addEventListener("click", () => this._onOpen(open.dataset.code ?? ""));
    const cells = Array.from({ length: 7 }, () => make("span", { attributes: { role: "cell" } }));
    cells[1].append(open);
    cells[3].append(icon, word);
    for (const index of [4, 5]) cells[index].className = "is-number";
    for (const index of [2, 3]) cells[index].className = "may-be-long";
    const row = make("div", { class: "site-table-row", attributes: { role: "row" } }, cells);
    this._body.append(row);
    /** @type {Line} */
    const line = { row, cells, icon, word, open, index: -1, place: -1, site: null };
    this._lines.push(line);
    return line;
  }
}

function head() {
  const names = [t("Mã"), t("Điểm cầu"), t("Cụm"), t("Đường truyền"), t("Dự kiến"), t("Có mặt"), t("Báo lúc")];
  const cells = names.map((text, index) =>
    make("span", { text, class: index === 4 || index === 5 ? "is-number" : "", attributes: { role: "columnheader" } }),
  );
  const row = make("div", { class: "site-table-row", attributes: { role: "row", "aria-rowindex": "1" } }, cells);
  return make("div", { class: "site-table-head", attributes: { role: "rowgroup" } }, [row]);
}

/**
 * Writes only what differs: a row that stays in view while the list is scrolled is not touched.
 * @param {Line} line
 * @param {SiteRow} site
 */
function fill(line, site) {
  const { row, cells, icon, word, open, index } = line;
  if (line.place !== index) {
    line.place = index;
    row.setAttribute("aria-rowindex", String(index + 2));
    row.style.top = `${index * ROW_HEIGHT}px`;
  }
  if (line.site === site) return;
  line.site = site;
  open.dataset.code = site.code;
  setText(cells[0], site.code);
  setText(open, site.name);
  setText(cells[2], site.group);
  shapeInto(icon, site.grade);
  const words = gradeWords(site);
  setText(word, words);
  row.classList.toggle("is-long", Math.max(site.name.length, site.group.length, words.length) > LONG);
  setText(cells[4], number(site.expected ?? 0));
  setText(cells[5], hasReported(site) ? number(site.present ?? 0) : t("chưa báo"));
  cells[5].classList.toggle("quiet", !hasReported(site));
  setText(cells[6], site.reported_at ? time(site.reported_at) : "");
}
