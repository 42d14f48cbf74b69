// The mosaic of rooms as plain data: groups in roster order, each with its rooms, and how old a picture is. No DOM.

/**
 * @typedef {{code: string, name: string, group: string, rank: number, since: number, taken_at: number | null, sha256: string | null}} Room
 * @typedef {{site: string, name: string, sha256: string, taken_at: number, reason: string, by: string, at: number}} Kept
 * @typedef {{name: string, rooms: Room[], withPicture: number}} Group
 */

const KEPT = "kept:";
/** A page sends every 30 s: after two that did not come a picture is no longer “now”. In microseconds. */
export const OLD_AFTER = 75_000_000;

/** @param {Map<string, any>} rows of the feed `rooms` @returns {Room[]} in roster order */
export function roomsOf(rows) {
  return [...rows].filter(([key]) => !key.startsWith(KEPT)).map(([, row]) => row).sort((one, other) => one.rank - other.rank);
}

/** @param {Map<string, any>} rows of the feed `rooms` @returns {Kept[]} newest first */
export function keptOf(rows) {
  return [...rows].filter(([key]) => key.startsWith(KEPT)).map(([, row]) => row).sort((one, other) => other.at - one.at);
}

/** @param {Room[]} rooms @returns {Group[]} by the first room of each */
export function byGroup(rooms) {
  /** @type {Map<string, Group>} */
  const groups = new Map();
  for (const room of rooms) {
    const group = groups.get(room.group) ?? { name: room.group, rooms: [], withPicture: 0 };
    group.rooms.push(room);
    group.withPicture += room.taken_at === null ? 0 : 1;
    groups.set(room.group, group);
  }
  return [...groups.values()];
}

/** @param {Room} room @param {number} now µs @returns {"waiting" | "now" | "old"} */
export function freshness(room, now) {
  if (room.taken_at === null) return "waiting";
  return now - room.taken_at > OLD_AFTER ? "old" : "now";
}
