// Filters that are counts: how many sites are how, and a press shows only those.

import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make, setText } from "../lib/page.js";
import { gradeName } from "../models/grades.js";
import { markIcon } from "./marks.js";

/**
 * @typedef {import("../models/wall_sites.js").Filter} Filter
 */

/** @type {Filter[]} */
const ALWAYS = ["all", "down", "degraded", "never_seen", "unreported"];
/** @type {Filter[]} */
const ORDER = ["all", "down", "stale", "degraded", "unstable", "never_seen", "unreported"];

export class FilterChips {
  /**
   * @param {HTMLElement} area
   * @param {(filter: Filter) => void} onChoose
   */
  constructor(area, onChoose) {
    /** @type {Map<Filter, HTMLButtonElement>} */
    this._chips = new Map();
    /** @type {Filter} */
    this._chosen = "all";
    for (const filter of ORDER) {
      const chip = make("button", { class: "chip", attributes: { type: "button" } }, [make("span", { text: filterName(filter) }), make("span", { class: "number" })]);
      if (filter !== "all" && filter !== "unreported") chip.prepend(markIcon(filter));
      chip.addEventListener("click", () => onChoose(this._chosen === filter ? "all" : filter));
      this._chips.set(filter, chip);
    }
    area.append(...this._chips.values());
  }

  /**
   * @param {Record<Filter, number>} counts
   * @param {Filter} chosen
   */
  draw(counts, chosen) {
    this._chosen = chosen;
    for (const [filter, chip] of this._chips) {
      setText(/** @type {Element} */ (chip.lastElementChild), number(counts[filter]));
      chip.setAttribute("aria-pressed", String(filter === chosen));
      chip.hidden = counts[filter] === 0 && filter !== chosen && !ALWAYS.includes(filter);
    }
  }
}

/** @param {Filter} filter */
function filterName(filter) {
  if (filter === "all") return t("Tất cả");
  return filter === "unreported" ? t("Chưa báo số") : gradeName(filter);
}
