/**
 * A message of a feed in parts that each fit into a frame of the page: when nearly all sites change at once, taking the rows
 * over costs a tenth of a second. All parts bear the offset of the message, and only the last one is `last`.
 */

/** Rows of one part: some 2 ms of the page's thread. */
export const PART = 200;

/**
 * @param {any} message as it came
 * @returns {any[]} the message itself where it is small, a snapshot, or none of a feed
 */
export function partsOf(message) {
  const { changes } = message;
  if (!changes || changes.length <= PART) return [message];
  const parts = [];
  for (let start = 0; start < changes.length; start += PART) {
    parts.push({ ...message, changes: changes.slice(start, start + PART), last: start + PART >= changes.length });
  }
  return parts;
}
