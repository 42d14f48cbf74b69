/**
 * Who has not reported, by group, and the sums the desk closes.
 *
 * @typedef {import("./grades.js").SiteRow} SiteRow
 * @typedef {{name: string, missing: SiteRow[], sites: number, expected: number, present: number, reported: number}} GroupSum
 */

import { hasReported } from "./grades.js";

/**
 * @param {Iterable<SiteRow>} rows in roster order
 * @returns {{groups: GroupSum[], all: GroupSum}}
 */
export function sumUp(rows) {
  const all = empty("");
  /** @type {Map<string, GroupSum>} */
  const groups = new Map();
  for (const row of rows) {
    let group = groups.get(row.group);
    if (!group) groups.set(row.group, (group = empty(row.group)));
    add(group, row);
    add(all, row);
  }
  return { groups: [...groups.values()], all };
}

/** @param {string} name @returns {GroupSum} */
function empty(name) {
  return { name, missing: [], sites: 0, expected: 0, present: 0, reported: 0 };
}

/**
 * @param {GroupSum} sum
 * @param {SiteRow} row
 */
function add(sum, row) {
  sum.sites += 1;
  sum.expected += row.expected ?? 0;
  if (hasReported(row)) {
    sum.present += row.present ?? 0;
    sum.reported += 1;
  } else sum.missing.push(row);
}
