// Filters that are counts: how many sites are how, and a press shows only those.

import { number } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make, setAttribute, setText } from "../lib/page.js";
import { gradeName } from "../models/grades.js";
import { markIcon } from "./marks.js";

/**
 * @typedef {import("../models/wall_sites.js").Filter} Filter
 */

/** @type {Filter[]} */
const ALWAYS = ["all", "down", "degraded", "unopened", "unreported"];
/** @type {Filter[]} */
const ORDER = ["all", "down", "stale", "degraded", "unstable", "never_seen", "unopened", "unreported", "unsettled"];

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
      if (filter === "unopened") chip.prepend(markIcon("never_seen"));
      else if (filter !== "all" && filter !== "unreported" && filter !== "unsettled") chip.prepend(markIcon(filter));
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
      setAttribute(chip, "aria-pressed", String(filter === chosen));
      // Mostly the same sites; where not, somebody opened the link and came no further.
      const same = filter === "never_seen" && counts.never_seen === counts.unopened;
      const hidden = (same || (counts[filter] === 0 && !ALWAYS.includes(filter))) && filter !== chosen;
      if (chip.hidden !== hidden) chip.hidden = hidden;
    }
  }
}

/** @param {Filter} filter */
function filterName(filter) {
  if (filter === "all") return t("Tất cả");
  if (filter === "unopened") return t("Chưa mở liên kết");
  if (filter === "unsettled") return t("Hai số");
  return filter === "unreported" ? t("Chưa báo số") : gradeName(filter);
}
