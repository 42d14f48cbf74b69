/**
 * What the programme says now: which item is on, which is next, and by how much the day is late.
 * Instants are microseconds of UTC on the ceremony clock.
 *
 * @typedef {{id: string, index: number, starts_at: number, ends_at: number, title: string, owner: string, kind: string,
 *   site: string|null, started_at: number|null, current: boolean}} Item
 */

const MINUTE = 60_000_000;

/**
 * The item on air: the one somebody started; before anyone started one, the one the plan names for this instant.
 * @param {Item[]} items in order
 * @param {number} now
 * @returns {{current: Item|null, next: Item|null, planned: boolean}} `planned`: nobody runs the programme, only the plan speaks
 */
export function nowAndNext(items, now) {
  const started = items.findIndex((item) => item.current);
  if (started >= 0) return { current: items[started], next: items[started + 1] ?? null, planned: false };
  const on = items.findIndex((item) => item.starts_at <= now && now < item.ends_at);
  if (on >= 0) return { current: items[on], next: items[on + 1] ?? null, planned: true };
  return { current: null, next: items.find((item) => item.starts_at > now) ?? null, planned: true };
}

/**
 * Whole minutes the day is late (positive) or early (negative); 0 while nobody runs the programme.
 * A running item is late by how late it began, and more once it runs past its planned length.
 * @param {Item[]} items
 * @param {number} now
 */
export function minutesOver(items, now) {
  const item = items.find((each) => each.current);
  if (!item || item.started_at === null) return 0;
  const began = item.started_at - item.starts_at;
  const past = now - item.ends_at;
  return Math.trunc(Math.max(began, past) / MINUTE);
}

/**
 * Microseconds until the item ends as planned from when it really began; negative once it is over time.
 * @param {Item} item
 * @param {number} now
 */
export function remaining(item, now) {
  const length = item.ends_at - item.starts_at;
  return (item.started_at ?? item.starts_at) + length - now;
}
