// Who said what of a site, when, on which device and why: newest first. Nothing is ever overwritten.

import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";
import { historyLine } from "../models/figures.js";

/**
 * @param {import("../models/figures.js").SiteFiguresRow | null | undefined} row
 * @returns {HTMLElement}
 */
export function saidHistory(row) {
  if (!row || row.history.length === 0) return make("p", { class: "small quiet", text: t("Chưa báo lần nào.") });
  const lines = row.history.map((word) => {
    const { head, words, total, standing } = historyLine(word);
    return make("li", { attributes: { "data-standing": standing } }, [
      make("span", { text: head }),
      make("span", { class: "said-total", text: total }),
      make("span", { class: "small quiet", text: words }),
    ]);
  });
  return make("ul", { class: "said-list" }, lines);
}
