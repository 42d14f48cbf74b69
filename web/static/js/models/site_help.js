// What a host sees of help, messages and notices: what the centre told, and what still waits in the outbox. No DOM.

/**
 * @typedef {{kind: string, state: string, fields: Record<string, any>}} Entry
 * @typedef {{id: string, topic: string, state: string, owner: string}} Call
 */

/** @param {Entry} entry */
function waits(entry) {
  return entry.state === "saved" || entry.state === "sent";
}

/**
 * @param {any[]} tickets of the site's feed
 * @param {Entry[]} entries
 * @returns {Call[]} a call that waits here has no id yet; one that was withdrawn here counts as done
 */
export function ownCalls(tickets, entries) {
  const withdrawn = new Set(entries.filter((entry) => entry.kind === "withdraw_help" && entry.state !== "refused").map((entry) => entry.fields.ticket));
  const told = tickets.map(({ id, topic, state, owner }) => ({ id, topic, owner, state: withdrawn.has(id) ? "done" : state }));
  const asked = entries.filter((entry) => entry.kind === "ask_for_help" && waits(entry)).map((entry) => ({ id: "", topic: entry.fields.topic, state: "open", owner: "" }));
  return [...asked, ...told];
}

/**
 * Messages that were written here and are not in the thread yet.
 * @param {Entry[]} entries
 * @param {Array<{text: string, from_site: boolean}>} lines
 */
export function pendingLines(entries, lines) {
  const there = new Set(lines.filter((line) => line.from_site).map((line) => line.text));
  return entries.filter((entry) => entry.kind === "send_message" && waits(entry) && !there.has(entry.fields.text)).map((entry) => entry.fields.text);
}

/** @param {Array<{id: string, text: string, urgent: boolean, at: number, read: boolean}>} notices @param {Entry[]} entries */
export function unreadNotices(notices, entries) {
  const read = new Set(entries.filter((entry) => entry.kind === "read_notice" && entry.state !== "refused").map((entry) => entry.fields.notice));
  return notices.filter((notice) => !notice.read && !read.has(notice.id));
}
