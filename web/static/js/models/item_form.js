/**
 * An item as a form shows it, and what of it was changed. Times are typed as a clock of Việt Nam and minutes.
 *
 * @typedef {import("./programme.js").Item} Item
 * @typedef {{words: string, notes: string, more: Record<string, string>, version: number, edited: string}} Extra
 * @typedef {{title: string, owner: string, kind: string, starts: string, clock: string, minutes: string, site: string,
 *   words: string, notes: string, more: Record<string, string>}} Form `starts`: "fixed" or "linked"
 */

import { time } from "../lib/format.js";
import { lengthOf } from "./programme.js";

const MINUTE = 60_000_000;
const DAY = 24 * 60 * MINUTE;
const ZONE = 7 * 60 * MINUTE;

/**
 * @param {Item} item
 * @param {Extra} extra
 * @returns {Form}
 */
export function formOf(item, extra) {
  return {
    title: item.title,
    owner: item.owner,
    kind: item.kind,
    starts: item.fixed ? "fixed" : "linked",
    clock: time(item.starts_at),
    minutes: String(Math.round(lengthOf(item) / MINUTE)),
    site: item.site ?? "",
    words: extra.words,
    notes: extra.notes,
    more: { ...extra.more },
  };
}

/**
 * The fields of a `change_item` that differ between two forms.
 * @param {Form} before
 * @param {Form} after
 * @param {number} zero the ceremony's start
 * @returns {Record<string, unknown>}
 */
export function changesOf(before, after, zero) {
  /** @type {Record<string, unknown>} */
  const changes = {};
  for (const name of /** @type {const} */ (["title", "owner", "words", "notes"])) {
    if (clean(after[name]) !== clean(before[name])) changes[name] = after[name];
  }
  if (after.kind !== before.kind) changes.item_kind = after.kind;
  if (after.minutes.trim() !== before.minutes) changes.length = Number(after.minutes) * MINUTE;
  if (after.site.trim() !== before.site) changes.site = after.site.trim() || null;
  if (after.starts === "linked" && before.starts !== "linked") changes.starts = null;
  if (after.starts === "fixed" && (before.starts !== "fixed" || after.clock !== before.clock)) changes.starts = offsetOf(after.clock, zero);
  const own = Object.keys({ ...before.more, ...after.more });
  if (own.some((name) => (after.more[name] ?? "") !== (before.more[name] ?? ""))) {
    changes.more = Object.fromEntries(Object.entries({ ...before.more, ...after.more }).filter(([, text]) => text !== ""));
  }
  return changes;
}

/** @param {string} text */
function clean(text) {
  return text.replace(/\r\n/g, "\n").trim();
}

/**
 * "08:30" or "8h30" as an offset from the ceremony's start, on its own day; null where it is no time.
 * @param {string} text
 * @param {number} zero
 */
export function offsetOf(text, zero) {
  const found = /^(\d{1,2})\s*[:hg.]\s*(\d{2})$/.exec(text.trim().toLowerCase());
  if (!found || Number(found[1]) > 23 || Number(found[2]) > 59) return null;
  const sinceMidnight = (zero + ZONE) % DAY;
  return Number(found[1]) * 60 * MINUTE + Number(found[2]) * MINUTE - sinceMidnight;
}
