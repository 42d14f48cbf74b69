/**
 * The desk's one line: what was typed, which site it means, and whether the number may go.
 *
 * @typedef {import("./grades.js").SiteRow} SiteRow
 * @typedef {import("./site_search.js").SiteSearch} SiteSearch
 * @typedef {import("./site_search.js").Found} Found
 * @typedef {{query: string, count: number | null}} Typed
 * @typedef {"ok" | "not_a_number" | "too_large" | "unusual" | "needs_reason" | "same"} Verdict
 */

import { hasReported } from "./grades.js";

export const MAX_HEAD_COUNT = 99_999;
export const UNUSUAL_FACTOR = 20;

/**
 * Read "kim liên 33" or "17950 33" as site and number; one word alone is always the site.
 * @param {string} text
 * @returns {Typed}
 */
export function readLine(text) {
  const match = /^(.*\S)\s+(\d{1,3}(?:\.\d{3})+|\d{1,6})$/.exec(text.trim());
  if (!match) return { query: text.trim(), count: null };
  return { query: match[1], count: readCount(match[2]) };
}

/**
 * A head-count as people type it: "33", "1.250"; null when it is not one.
 * @param {string} text
 */
export function readCount(text) {
  const plain = text.trim().replace(/[.\s](?=\d{3}(\D|$))/g, "");
  return /^\d{1,7}$/.test(plain) ? Number(plain) : null;
}

/**
 * Whether the best candidate is the only one that fits so well; a name that repeats must be chosen by hand.
 * @param {Found[]} found best first
 */
export function isClear(found) {
  return found.length === 1 || (found.length > 1 && found[0].rank < found[1].rank);
}

/**
 * Candidates for the line. A number at the end may belong to the name ("Khối 5") or be the whole code after it; if the
 * words without it find nothing, the whole line is taken as the name.
 * @param {SiteSearch} search
 * @param {string} text
 * @param {number} limit
 * @returns {{typed: Typed, found: Found[]}}
 */
export function candidates(search, text, limit) {
  const typed = readLine(text);
  const found = search.find(typed.query, limit);
  if (typed.count === null || found.length > 0) return { typed, found };
  const whole = text.trim();
  return { typed: { query: whole, count: null }, found: search.find(whole, limit) };
}

/**
 * What stands between the number and being reported.
 * @param {SiteRow} site
 * @param {number | null} count
 * @param {{reason: string, confirmed: boolean}} given
 * @returns {Verdict}
 */
export function judge(site, count, { reason, confirmed }) {
  if (count === null) return "not_a_number";
  if (count > MAX_HEAD_COUNT) return "too_large";
  if (hasReported(site) && site.present === count) return "same";
  if (isUnusual(site, count) && !confirmed) return "unusual";
  if (hasReported(site) && reason.trim() === "") return "needs_reason";
  return "ok";
}

/**
 * @param {SiteRow} site
 * @param {number} count
 */
export function isUnusual(site, count) {
  const expected = site.expected ?? 0;
  return expected > 0 && count > expected * UNUSUAL_FACTOR;
}

/**
 * The command for a number told by phone, without categories.
 * @param {SiteRow} site
 * @param {number} count
 * @param {{reason: string, confirmed: boolean}} given
 */
export function reportCommand(site, count, { reason, confirmed }) {
  return {
    kind: "report_head_count",
    site: site.code,
    counts: { unsorted: count },
    confirmed_unusual: confirmed,
    reason: hasReported(site) ? reason.trim() : "",
  };
}
