/**
 * The delegates an MC introduces: who is read out, in order, and what changed since the list was last looked at.
 *
 * @typedef {"expected" | "arrived" | "absent" | "replaced"} GuestStatus
 * @typedef {{id: string, index: number, name: string, title: string, status: GuestStatus, substitute_name: string,
 *   substitute_title: string, changed_at: number | null, changed_by: string}} Guest
 * @typedef {{id: string, name: string, title: string, instead: string, fresh: boolean}} Introduced `instead`: whose place
 *   they took; `fresh`: said so lately
 */

/** A change is shown as new for this long, in microseconds. */
export const FRESH = 3 * 60_000_000;

/**
 * @param {import("../lib/feed.js").Rows} rows of the feed `rundown`
 * @returns {Guest[]}
 */
export function guestsOf(rows) {
  return [...rows]
    .filter(([key]) => key.startsWith("guest:"))
    .map(([, row]) => row)
    .sort((a, b) => a.index - b.index);
}

/**
 * Those who are there, in order of introduction.
 * @param {Guest[]} guests
 * @param {number} now
 * @returns {Introduced[]}
 */
export function introduced(guests, now) {
  return guests
    .filter((guest) => guest.status === "arrived" || guest.status === "replaced")
    .map((guest) => ({ ...readOut(guest), id: guest.id, fresh: isFresh(guest, now) }));
}

/** @param {Guest} guest */
function readOut(guest) {
  if (guest.status !== "replaced") return { name: guest.name, title: guest.title, instead: "" };
  return { name: guest.substitute_name, title: guest.substitute_title, instead: [guest.name, guest.title].filter(Boolean).join(", ") };
}

/** @param {Guest} guest @param {number} now */
export function isFresh(guest, now) {
  return guest.changed_at !== null && now - guest.changed_at < FRESH;
}

/** @param {Guest[]} guests */
export function guestCounts(guests) {
  const there = guests.filter((guest) => guest.status === "arrived" || guest.status === "replaced").length;
  return { there, absent: guests.filter((guest) => guest.status === "absent").length, all: guests.length };
}
