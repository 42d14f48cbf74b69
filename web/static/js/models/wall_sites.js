/**
 * The sites of the wall: groups in roster order, one mark a site, counts, the filter in force, and which marks changed.
 *
 * @typedef {import("./grades.js").SiteRow} SiteRow
 * @typedef {import("./grades.js").Grade} Grade
 * @typedef {{name: string, first: number, count: number, connected: number, lost: number, unreported: number}} Group
 * @typedef {"all" | Grade | "unreported"} Filter
 * @typedef {{all: boolean, marks: Map<number, Grade>, groups: Set<number>}} Changes
 *   `all`: marks moved, lay out again; `marks`: index → grade before; `groups`: whose heading or tint may differ
 */

import { GRADES, hasReported, isConnected, isLost } from "./grades.js";
import { SiteSearch, wordsOf } from "./site_search.js";

/** More groups than this are gathered under the groups of their parents. */
const MOST_GROUPS = 96;
const HURT_AT_LEAST = 3;
const HURT_SHARE = 0.15;

export class WallSites {
  constructor() {
    /** @type {SiteRow[]} in the order of their marks */
    this.marks = [];
    /** @type {Group[]} */
    this.groups = [];
    /** @type {number[]} mark → index of its group */
    this.groupOf = [];
    /** @type {Map<string, number>} */
    this.indexOf = new Map();
    this.search = new SiteSearch();
    /** @type {string[]} */
    this._words = [];
    /** @type {Uint8Array | null} which marks stand out, until the sites or the question change */
    this._stands = null;
    /** @type {Filter} */
    this._filter = "all";
  }

  /** @returns {Filter} */
  get filter() {
    return this._filter;
  }

  set filter(filter) {
    this._filter = filter;
    this._stands = null;
  }

  /**
   * Take the rows of the feed as they are now.
   * @param {Map<string, SiteRow>} rows
   * @param {Set<string> | null} changed
   * @returns {Changes}
   */
  take(rows, changed) {
    this._stands = null;
    const moved = changed === null || [...changed].some((code) => !this._staysInPlace(rows.get(code)));
    if (moved) {
      this._rebuild(rows);
      return { all: true, marks: new Map(), groups: new Set() };
    }
    return this._update(rows, changed);
  }

  /**
   * How many sites each filter shows.
   * @returns {Record<Filter, number>}
   */
  counts() {
    /** @type {any} */
    const counts = Object.fromEntries([...GRADES, "unreported"].map((name) => [name, 0]));
    counts.all = this.marks.length;
    for (const row of this.marks) {
      counts[row.grade] += 1;
      if (!hasReported(row)) counts.unreported += 1;
    }
    return counts;
  }

  /** @param {string} query */
  seek(query) {
    this._words = wordsOf(query);
    this._stands = null;
  }

  /** Whether a filter or search leaves some marks out. */
  get narrowed() {
    return this.filter !== "all" || this._words.length > 0;
  }

  /**
   * Whether filter and search let the mark stand out.
   * @param {number} mark
   */
  shows(mark) {
    return this.stands[mark] === 1;
  }

  /** For every mark 1 where filter and search let it stand out; counted once, asked often. */
  get stands() {
    this._stands ??= Uint8Array.from(this.marks, (row) => (this._standsOut(row) ? 1 : 0));
    return this._stands;
  }

  /** The marks that stand out, in order. */
  shown() {
    const { stands } = this;
    const shown = [];
    for (let mark = 0; mark < stands.length; mark += 1) if (stands[mark]) shown.push(mark);
    return shown;
  }

  /** @param {SiteRow} row */
  _standsOut(row) {
    if (this._filter === "unreported" ? hasReported(row) : this._filter !== "all" && row.grade !== this._filter) return false;
    return this._words.length === 0 || this.search.matches(row.code, this._words);
  }

  /**
   * Lost together: several sites of one group, not a lone one.
   * @param {Group} group
   */
  isHurt(group) {
    return (group.lost >= HURT_AT_LEAST && group.lost / group.count >= HURT_SHARE) || (group.lost >= 2 && group.lost * 2 >= group.count);
  }

  /**
   * The site that leads a group: the parent of its members where there is one.
   * @param {Group} group
   * @returns {SiteRow | undefined}
   */
  leadOf(group) {
    const member = this.marks[group.first + group.count - 1];
    const parent = member?.parent ? this.indexOf.get(member.parent) : undefined;
    return parent === undefined ? undefined : this.marks[parent];
  }

  /** @param {SiteRow | undefined} row */
  _staysInPlace(row) {
    if (!row) return false;
    const mark = this.indexOf.get(row.code);
    if (mark === undefined) return false;
    const before = this.marks[mark];
    return before.group === row.group && before.name === row.name && before.parent === row.parent;
  }

  /** @param {Map<string, SiteRow>} rows */
  _rebuild(rows) {
    const nameOf = grouping(rows);
    /** @type {Map<string, SiteRow[]>} */
    const members = new Map();
    this.search.clear();
    for (const row of rows.values()) {
      const name = nameOf(row);
      const list = members.get(name);
      if (list) list.push(row);
      else members.set(name, [row]);
      this.search.put(row);
    }
    this.marks = [...members.values()].flat();
    this.indexOf = new Map(this.marks.map((row, mark) => [row.code, mark]));
    this.groups = [];
    this.groupOf = [];
    let first = 0;
    for (const [name, list] of members) {
      for (let i = 0; i < list.length; i += 1) this.groupOf.push(this.groups.length);
      this.groups.push(this._count({ name, first, count: list.length, connected: 0, lost: 0, unreported: 0 }));
      first += list.length;
    }
  }

  /**
   * @param {Map<string, SiteRow>} rows
   * @param {Set<string>} changed
   * @returns {Changes}
   */
  _update(rows, changed) {
    /** @type {Map<number, Grade>} */
    const marks = new Map();
    /** @type {Set<number>} */
    const groups = new Set();
    for (const code of changed) {
      const mark = /** @type {number} */ (this.indexOf.get(code));
      const before = this.marks[mark];
      const row = /** @type {SiteRow} */ (rows.get(code));
      this.marks[mark] = row;
      groups.add(this.groupOf[mark]);
      if (before.grade !== row.grade || hasReported(before) !== hasReported(row)) marks.set(mark, before.grade);
    }
    for (const index of groups) this._count(this.groups[index]);
    return { all: false, marks, groups };
  }

  /** @param {Group} group */
  _count(group) {
    group.connected = 0;
    group.lost = 0;
    group.unreported = 0;
    for (let mark = group.first; mark < group.first + group.count; mark += 1) {
      const row = this.marks[mark];
      if (isConnected(row.grade)) group.connected += 1;
      if (isLost(row.grade)) group.lost += 1;
      if (!hasReported(row)) group.unreported += 1;
    }
    return group;
  }
}

/**
 * What block a site stands in: its group, or, while there are too many groups to read, the group of its parent, the
 * deepest groups first.
 * @param {Map<string, SiteRow>} rows
 * @returns {(row: SiteRow) => string}
 */
function grouping(rows) {
  /** @type {Map<string, string>} */
  const above = new Map();
  for (const row of rows.values()) {
    const parent = row.parent === null ? undefined : rows.get(row.parent);
    if (!above.has(row.group)) above.set(row.group, parent && parent.group !== row.group ? parent.group : "");
  }
  const alias = new Map([...above.keys()].map((name) => [name, name]));
  for (let depth = deepest(above); depth > 0 && new Set(alias.values()).size > MOST_GROUPS; depth -= 1) {
    for (const [name, block] of alias) if (depthOf(above, block) === depth) alias.set(name, above.get(block) || block);
  }
  return (row) => alias.get(row.group) ?? row.group;
}

/** @param {Map<string, string>} above */
function deepest(above) {
  return Math.max(0, ...[...above.keys()].map((name) => depthOf(above, name)));
}

/**
 * @param {Map<string, string>} above
 * @param {string} name
 */
function depthOf(above, name) {
  let depth = 0;
  for (let next = above.get(name); next && depth < 8; next = above.get(next)) depth += 1;
  return depth;
}
