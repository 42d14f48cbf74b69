// What most pages follow in the `ceremony` feed: info, totals, programme in order, and the cue that matters now.

/**
 * @typedef {import("../models/programme.js").Item} Item
 * @typedef {import("../models/launch.js").Cue} Cue
 * @typedef {import("./feed.js").Rows} Rows
 */

/**
 * The items of the programme, in order.
 * @param {Rows} rows
 * @returns {Item[]}
 */
export function itemsOf(rows) {
  return withPrefix(rows, "programme:").sort((a, b) => a.index - b.index);
}

/**
 * The ceremony's cue: a running attempt before one at rest; the first by name otherwise.
 * @param {Rows} rows
 * @returns {Cue | null}
 */
export function cueOf(rows) {
  const cues = withPrefix(rows, "cue:").sort((a, b) => a.cue.localeCompare(b.cue));
  return cues.find((cue) => !["draft", "prepared", "verified", "aborted", "expired"].includes(cue.state)) ?? cues[0] ?? null;
}

/**
 * @param {Rows} rows
 * @param {string} prefix
 * @returns {any[]}
 */
function withPrefix(rows, prefix) {
  return [...rows].filter(([key]) => key.startsWith(prefix)).map(([, row]) => row);
}
