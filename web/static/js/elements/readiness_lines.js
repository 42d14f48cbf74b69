// The checklist of one site in the side panel: each item with how it stands, who said so and when.

import { time } from "../lib/format.js";
import { t } from "../lib/i18n.js";
import { make } from "../lib/page.js";

/**
 * @typedef {import("../models/readiness.js").Item} Item
 * @typedef {import("../models/site_ready.js").SiteReadiness} SiteReadiness
 * @typedef {import("../models/site_ready.js").Standing} Standing
 */

/**
 * @param {Item[]} items of the ceremony
 * @param {SiteReadiness | undefined} told
 * @returns {HTMLElement}
 */
export function readinessLines(items, told) {
  const own = items.filter((item) => told?.wanted.includes(item.id) || told?.found[item.id]);
  if (!told || own.length === 0) return make("p", { class: "small quiet", text: t("Chưa kiểm tra mục nào.") });
  return make("ul", { class: "panel-list readiness-list" }, own.map((item) => line(item, told.found[item.id])));
}

/** @param {Item} item @param {Standing | undefined} standing */
function line(item, standing) {
  const mark = !standing ? "–" : item.measure === "generator" ? "•" : standing.good ? "✓" : "✕";
  return make("li", {}, [make("span", { text: `${mark} ${item.name}` }), make("span", { class: "quiet", text: words(item, standing) })]);
}

/** @param {Item} item @param {Standing | undefined} standing */
function words(item, standing) {
  if (!standing) return t("chưa kiểm tra");
  const found = item.measure === "generator" ? (standing.good ? t("máy phát") : t("điện lưới")) : standing.good ? t("đạt") : t("chưa đạt");
  const percent = typeof standing.percent === "number" ? `${standing.percent}%` : "";
  return [found, percent, standing.by === "host" || standing.by === "system" ? (standing.at ? time(standing.at) : "") : t("nhập thay")].filter(Boolean).join(" · ");
}
