/**
 * The checklist before the day, as one site goes through it: what to ask next, what was found, when it is enough; no DOM.
 *
 * @typedef {import("../lib/outbox.js").Entry} Entry
 * @typedef {{id: string, name: string, measure?: string, question?: string, help?: string, pictures?: string[]}} Item
 * @typedef {{good: boolean, at: number, by: string, measured?: boolean, percent?: number | null}} Standing
 * @typedef {{wanted: string[], found: Record<string, Standing>, ready: boolean}} SiteReadiness
 * @typedef {{good: boolean, measured?: boolean, percent?: number}} Answer
 */

export const KIND = "report_readiness";
/** A battery below this that is not charging will not last the morning. */
export const ENOUGH_BATTERY = 50;

/**
 * The items that concern a site.
 * @param {Item[]} items
 * @param {string} picture
 */
export function itemsFor(items, picture) {
  return items.filter((item) => !item.pictures?.length || item.pictures.includes(picture));
}

/**
 * What was found of each item: what the centre knows, over it what this device said since and the centre may not have yet.
 * @param {SiteReadiness | null} told
 * @param {Entry[]} entries the outbox
 * @returns {Record<string, Standing>}
 */
export function foundBy(told, entries) {
  /** @type {Record<string, Standing>} */
  const found = { ...told?.found };
  for (const { kind, state, fields, occurred_at: at } of entries) {
    if (kind !== KIND || state === "refused") continue;
    for (const [id, answer] of Object.entries(/** @type {Record<string, Answer>} */ (fields.answers ?? {}))) {
      if (state !== "accepted" || !found[id] || found[id].at < at) found[id] = { ...answer, at, by: "host" };
    }
  }
  return found;
}

/**
 * Whether nothing more is to be done about an item: it is good, or (a generator) known.
 * @param {Item} item
 * @param {Standing | undefined} standing
 */
export function isDone(item, standing) {
  return item.measure === "generator" ? standing !== undefined : standing?.good === true;
}

/**
 * The item to ask about next; null when all are done or put off.
 * @param {Item[]} items of the site
 * @param {Record<string, Standing>} found
 * @param {Set<string>} putOff
 */
export function nextItem(items, found, putOff) {
  return items.find((item) => !isDone(item, found[item.id]) && !putOff.has(item.id)) ?? null;
}

/**
 * @param {Item[]} items
 * @param {Record<string, Standing>} found
 */
export function tally(items, found) {
  return { done: items.filter((item) => isDone(item, found[item.id])).length, of: items.length };
}

/**
 * A code to be heard: spoken digits, or counts of beeps, which nobody can tell apart above four.
 * @param {"speech" | "tones"} way
 * @param {() => number} random
 * @returns {number[]}
 */
export function soundCode(way, random) {
  if (way === "tones") return [1, 2].map(() => 1 + Math.floor(random() * 4));
  return [1, 2, 3].map(() => Math.floor(random() * 10));
}

/**
 * Whether what was typed is what was played.
 * @param {number[]} code
 * @param {string} typed
 */
export function isHeard(code, typed) {
  return typed.replace(/\D/g, "") === code.join("");
}

/**
 * What a battery says of being ready.
 * @param {{level: number, charging: boolean} | null} battery level 0 to 1
 * @returns {Answer | null} null where the browser does not tell
 */
export function batteryAnswer(battery) {
  if (battery === null) return null;
  const percent = Math.round(battery.level * 100);
  return { good: battery.charging || percent >= ENOUGH_BATTERY, measured: true, percent };
}

/**
 * Whether a measurement is worth telling again: what the centre last heard differs in what matters.
 * @param {Standing | undefined} standing
 * @param {Answer} answer
 */
export function isNews(standing, answer) {
  return standing === undefined || standing.good !== answer.good || !standing.measured;
}
