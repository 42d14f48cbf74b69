// Calls for help, threads and notices out of the rows of the feed `help`. No DOM.

/**
 * @typedef {{id: string, site: string, name: string, group: string, topic: "sound" | "picture" | "call_back" | "other", text: string,
 *   state: "open" | "taken" | "done", owner: string, by: string, at: number, moved_at: number}} Ticket
 * @typedef {{site: string, name: string, group: string, last: string, last_at: number, from_site: boolean, messages: number, unread: number}} Thread
 * @typedef {{id: string, text: string, urgent: boolean, by: string, seat: string, at: number, of: number, read: number, withdrawn: boolean, rehearsal?: boolean}} Notice
 */

/**
 * @template Row
 * @param {Map<string, any>} rows
 * @param {string} family
 * @returns {Row[]}
 */
function family(rows, family) {
  return [...rows].filter(([key]) => key.startsWith(`${family}:`)).map(([, row]) => row);
}

const RANK = { open: 0, taken: 1, done: 2 };

/** @param {Map<string, any>} rows @returns {Ticket[]} nobody's first and the oldest of them; finished ones last, newest first */
export function ticketsOf(rows) {
  return /** @type {Ticket[]} */ (family(rows, "ticket")).sort((one, other) => RANK[one.state] - RANK[other.state] || (one.state === "done" ? other.moved_at - one.moved_at : one.at - other.at));
}

/** @param {Map<string, any>} rows @returns {Thread[]} with unread words first, then the latest */
export function threadsOf(rows) {
  return /** @type {Thread[]} */ (family(rows, "thread")).sort((one, other) => Number(other.unread > 0) - Number(one.unread > 0) || other.last_at - one.last_at);
}

/** @param {Map<string, any>} rows @returns {Notice[]} newest first */
export function noticesOf(rows) {
  return /** @type {Notice[]} */ (family(rows, "notice")).sort((one, other) => other.at - one.at);
}

/** @param {Map<string, any>} rows @returns {{open: number, unread: number}} what waits for a person */
export function waiting(rows) {
  const open = ticketsOf(rows).filter((ticket) => ticket.state !== "done").length;
  return { open, unread: threadsOf(rows).filter((thread) => thread.unread > 0).length };
}
