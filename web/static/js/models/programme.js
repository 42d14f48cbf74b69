/**
 * What the programme says now: which item is on, which is next, by how much the day is late, and when the rest will come.
 * Mirrors server/ceremony/programme/timing.py; tests/vectors/programme_timing.json holds both to the same answers.
 * Instants are microseconds of UTC on the ceremony clock.
 *
 * @typedef {{id: string, index: number, starts_at: number, ends_at: number, title: string, owner: string, kind: string,
 *   site: string|null, started_at: number|null, current: boolean, fixed?: boolean, skipped?: boolean,
 *   ended_at?: number|null, held?: number, held_since?: number|null, added?: number}} Item
 * @typedef {{start: number, end: number}} Slot
 * @typedef {{slots: Map<string, Slot>, next: Item|null, over: number|null, end: number|null, endOver: number|null}} Projection
 *   `slots`: real for what ran, projected for what comes; none for what is skipped or passed over. `over`: by how much the
 *   day is late (below zero: early) where it stands, null while nothing was started.
 */

const MINUTE = 60_000_000;

/** @param {Item} item */
export function lengthOf(item) {
  return item.ends_at - item.starts_at;
}

/**
 * All the time the item's clock stood still, the running hold included.
 * @param {Item} item
 * @param {number} now
 */
function heldUntil(item, now) {
  const standing = item.held_since ? Math.max(0, now - item.held_since) : 0;
  return (item.held ?? 0) + standing;
}

/**
 * How long the item's clock has run.
 * @param {Item} item
 * @param {number} now
 */
export function elapsed(item, now) {
  if (item.started_at === null) return 0;
  const until = item.ended_at ?? now;
  return Math.max(0, until - item.started_at - heldUntil(item, until));
}

/**
 * Microseconds left of the item's own time; below zero once it is over time. Before it starts: its planned length.
 * @param {Item} item
 * @param {number} now
 */
export function remaining(item, now) {
  return lengthOf(item) + (item.added ?? 0) - elapsed(item, now);
}

/**
 * Index of the item on air, else of the one that started last; -1 before the first.
 * @param {Item[]} items
 */
export function placeReached(items) {
  const current = items.findIndex((item) => item.current);
  if (current >= 0) return current;
  let place = -1;
  items.forEach((item, index) => {
    if (item.started_at !== null && (place < 0 || item.started_at >= /** @type {number} */ (items[place].started_at))) place = index;
  });
  return place;
}

/**
 * The whole day as it stands.
 * @param {Item[]} items in order
 * @param {number} now
 * @returns {Projection}
 */
export function project(items, now) {
  const place = placeReached(items);
  /** @type {Map<string, Slot>} */
  const slots = new Map();
  for (const item of items) {
    if (item.started_at !== null) slots.set(item.id, { start: item.started_at, end: endOf(item, now) });
  }
  let at = place >= 0 ? slotOf(slots, items[place]).end : null;
  /** @type {Item | null} */
  let next = null;
  for (let index = place + 1; index < items.length; index += 1) {
    const item = items[index];
    if (item.skipped || item.started_at !== null) continue;
    const gap = index > 0 ? Math.max(0, item.starts_at - items[index - 1].ends_at) : 0;
    const wanted = at === null ? item.starts_at : item.fixed ? Math.max(item.starts_at, at) : at + gap;
    const start = Math.max(wanted, now);
    slots.set(item.id, { start, end: start + lengthOf(item) });
    at = start + lengthOf(item);
    next ??= item;
  }
  const ends = items.slice(Math.max(place, 0)).flatMap((item) => slots.get(item.id)?.end ?? []);
  const end = ends.length > 0 ? Math.max(...ends) : null;
  return {
    slots,
    next,
    over: overAt(items, slots, place, next),
    end,
    endOver: end === null ? null : end - Math.max(...items.map((item) => item.ends_at)),
  };
}

/** @param {Item} item @param {number} now */
function endOf(item, now) {
  if (item.ended_at) return item.ended_at;
  return Math.max(now, /** @type {number} */ (item.started_at) + lengthOf(item) + (item.added ?? 0) + heldUntil(item, now));
}

/**
 * @param {Item[]} items
 * @param {Map<string, Slot>} slots
 * @param {number} place
 * @param {Item | null} next
 */
function overAt(items, slots, place, next) {
  if (place < 0) return null;
  const here = items[place];
  if (here.current || !next) return slotOf(slots, here).end - here.ends_at;
  return slotOf(slots, next).start - next.starts_at;
}

/** @param {Map<string, Slot>} slots @param {Item} item */
function slotOf(slots, item) {
  return /** @type {Slot} */ (slots.get(item.id));
}

/**
 * The item on air: the one somebody started; before anyone started one, the one the plan names for this instant.
 * @param {Item[]} items in order
 * @param {number} now
 * @returns {{current: Item|null, next: Item|null, nextAt: number|null, planned: boolean}} `planned`: nobody runs the
 *   programme, only the plan speaks; `nextAt`: when the next one is expected
 */
export function nowAndNext(items, now) {
  if (placeReached(items) >= 0) {
    const { next, slots } = project(items, now);
    return { current: items.find((item) => item.current) ?? null, next, nextAt: next ? slotOf(slots, next).start : null, planned: false };
  }
  const coming = items.filter((item) => !item.skipped);
  const on = coming.findIndex((item) => item.starts_at <= now && now < item.ends_at);
  const next = on >= 0 ? (coming[on + 1] ?? null) : (coming.find((item) => item.starts_at > now) ?? null);
  return { current: coming[on] ?? null, next, nextAt: next?.starts_at ?? null, planned: true };
}

/**
 * Whole minutes the day is late (positive) or early (negative); 0 while nobody runs the programme.
 * @param {Item[]} items
 * @param {number} now
 */
export function minutesOver(items, now) {
  return Math.trunc((project(items, now).over ?? 0) / MINUTE);
}
