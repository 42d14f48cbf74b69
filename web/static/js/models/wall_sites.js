/**
 * The sites of the wall: groups in roster order, one mark a site, counts, the filter in force, and which marks changed.
 *
 * @typedef {import("./grades.js").SiteRow} SiteRow
 * @typedef {import("./grades.js").Grade} Grade
 * @typedef {{name: string, first: number, count: number, connected: number, lost: number, unreported: number, unopened: number,
 *   unsettled: number, grades: Record<Grade, number>}} Group
 * @typedef {"all" | Grade | "unreported" | "unopened" | "unsettled"} Filter `unopened`: nobody ever opened the link, which is not
 *   "down"; `unsettled`: two figures of which nobody has chosen
 * @typedef {{all: boolean, marks: Map<number, Grade>, groups: Set<number>}} Changes
 *   `all`: marks moved, lay out again; `marks`: index → grade before; `groups`: whose heading or tint may differ
 */

import { GRADES, hasReported, isConnected, isLost } from "./grades.js";
import { SiteSearch, finds, wordsOf } from "./site_search.js";

/** More groups than this are gathered under the groups of their parents. */
const MOST_GROUPS = 96;
const HURT_AT_LEAST = 3;
const HURT_SHARE = 0.15;
const NUMBER = /** @type {Record<Grade, number>} */ (Object.fromEntries(GRADES.map((grade, number) => [grade, number])));
/** By the number of the grade: lost or degraded. */
const UNWELL = GRADES.map((grade) => isLost(grade) || grade === "degraded");

export class WallSites {
  constructor() {
    /** @type {SiteRow[]} in the order of their marks */
    this.marks = [];
    /** @type {Group[]} */
    this.groups = [];
    /** @type {number[]} mark → index of its group */
    this.groupOf = [];
    /** Mark → the place of its grade in GRADES. */
    this.grades = new Uint8Array(0);
    /** @type {string[]} mark → what a search looks in; made when somebody searches */
    this._texts = [];
    /** @type {Map<string, number>} */
    this.indexOf = new Map();
    /** @type {number[]} marks of the required sites */
    this.required = [];
    this.search = new SiteSearch();
    /** @type {string[]} */
    this._words = [];
    /** @type {Uint8Array | null} which marks stand out, until the sites or the question change */
    this._stands = null;
    /** @type {Filter} */
    this._filter = "all";
    /** @type {((row: SiteRow) => boolean) | null} */
    this._only = null;
    /** @type {Set<number>} marks of sites on a generator or a battery */
    this.ownPower = new Set();
    this._carrier = "";
    /** @type {{words: string, codes: Set<string>} | null} */
    this._together = null;
  }

  /** Only the sites of this carrier stand out; "" for all. @param {string} carrier */
  byCarrier(carrier) {
    this._carrier = carrier;
    this._stands = null;
  }

  /** Only these sites stand out, those of an incident, and in which words; null for all. @param {{words: string, codes: Set<string>} | null} together */
  set together(together) {
    this._together = together;
    this._stands = null;
  }

  get together() {
    return this._together;
  }

  /** Sites on a generator or a battery, as far as the wall has them. @param {string[]} codes */
  onOwnPower(codes) {
    this.ownPower = new Set(codes.map((code) => this.indexOf.get(code)).filter((mark) => mark !== undefined));
  }

  /** The carriers there are, the one with most sites first. @returns {string[]} */
  carriers() {
    /** @type {Map<string, number>} */
    const sizes = new Map();
    for (const row of this.marks) if (row.carrier) sizes.set(row.carrier, (sizes.get(row.carrier) ?? 0) + 1);
    return [...sizes].sort((a, b) => b[1] - a[1]).map(([carrier]) => carrier);
  }

  /** Leave out all sites but those this is true of; null: no longer. @param {((row: SiteRow) => boolean) | null} which */
  set only(which) {
    this._only = which;
    this._stands = null;
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
    const counts = Object.fromEntries([...GRADES, "unreported", "unopened", "unsettled"].map((name) => [name, 0]));
    counts.all = this.marks.length;
    for (const group of this.groups) {
      for (const grade of GRADES) counts[grade] += group.grades[grade];
      counts.unreported += group.unreported;
      counts.unopened += group.unopened;
      counts.unsettled += group.unsettled;
    }
    return counts;
  }

  /** The marks that are lost or degraded, in order. */
  get unwell() {
    const unwell = [];
    for (let mark = 0; mark < this.grades.length; mark += 1) if (UNWELL[this.grades[mark]]) unwell.push(mark);
    return unwell;
  }

  /** @param {string} query */
  seek(query) {
    this._words = wordsOf(query);
    this._stands = null;
  }

  /** Whether a filter or search leaves some marks out. */
  get narrowed() {
    return this.filter !== "all" || this._words.length > 0 || this._only !== null || this._carrier !== "" || this._together !== null;
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
    if (this._stands) return this._stands;
    if (this._words.length > 0) this.warm(Infinity);
    const stands = new Uint8Array(this.marks.length);
    for (let mark = 0; mark < stands.length; mark += 1) stands[mark] = this._standsOut(mark) ? 1 : 0;
    this._stands = stands;
    return stands;
  }

  /**
   * Make ready what a search looks in, for some of the sites: for all of them it takes longer than a frame.
   * @param {number} most
   * @returns {boolean} whether there are more
   */
  warm(most) {
    const until = Math.min(this.marks.length, this._texts.length + most);
    for (let mark = this._texts.length; mark < until; mark += 1) this._texts.push(this.search.text(this.marks[mark].code));
    return until < this.marks.length;
  }

  /** The marks that stand out, in order. */
  shown() {
    const { stands } = this;
    const shown = [];
    for (let mark = 0; mark < stands.length; mark += 1) if (stands[mark]) shown.push(mark);
    return shown;
  }

  /** @param {number} mark */
  _standsOut(mark) {
    const row = this.marks[mark];
    if (!passes(this._filter, row) || (this._only !== null && !this._only(row))) return false;
    if (this._carrier !== "" && row.carrier !== this._carrier) return false;
    if (this._together !== null && !this._together.codes.has(row.code)) return false;
    for (const word of this._words) if (!finds(this._texts[mark], word)) return false;
    return true;
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
    return before.group === row.group && before.name === row.name && before.parent === row.parent && Boolean(before.required) === Boolean(row.required);
  }

  /** @param {Map<string, SiteRow>} rows */
  _rebuild(rows) {
    this._stands = null;
    this._texts = [];
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
    this.grades = new Uint8Array(this.marks.length);
    let first = 0;
    for (const [name, list] of members) {
      const grades = /** @type {Record<Grade, number>} */ (Object.fromEntries(GRADES.map((grade) => [grade, 0])));
      const group = { name, first, count: list.length, connected: 0, lost: 0, unreported: 0, unopened: 0, unsettled: 0, grades };
      for (let i = 0; i < list.length; i += 1) {
        this.groupOf.push(this.groups.length);
        this._tally(group, list[i], first + i, 1);
      }
      this.groups.push(group);
      first += list.length;
    }
    this.required = this.marks.flatMap((row, mark) => (row.required ? [mark] : []));
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
      const group = this.groups[this.groupOf[mark]];
      this.marks[mark] = row;
      this._tally(group, before, mark, -1);
      this._tally(group, row, mark, 1);
      const stood = this._stands?.[mark];
      if (this._stands) this._stands[mark] = this._standsOut(mark) ? 1 : 0;
      groups.add(this.groupOf[mark]);
      const looksOther = before.grade !== row.grade || hasReported(before) !== hasReported(row) || stood !== this._stands?.[mark];
      if (looksOther) marks.set(mark, before.grade);
    }
    return { all: false, marks, groups };
  }

  /**
   * Count a row in its group, or no longer: a change costs as much as it changes, not as much as there are sites.
   * @param {Group} group
   * @param {SiteRow} row
   * @param {number} mark
   * @param {1 | -1} by
   */
  _tally(group, row, mark, by) {
    group.grades[row.grade] += by;
    if (by > 0) this.grades[mark] = NUMBER[row.grade];
    if (isConnected(row.grade)) group.connected += by;
    if (isLost(row.grade)) group.lost += by;
    if (!hasReported(row)) group.unreported += by;
    if (row.unopened) group.unopened += by;
    if (row.disagrees) group.unsettled += by;
  }
}

/** @param {Filter} filter @param {SiteRow} row */
function passes(filter, row) {
  if (filter === "all") return true;
  if (filter === "unreported") return !hasReported(row);
  if (filter === "unsettled") return Boolean(row.disagrees);
  return filter === "unopened" ? Boolean(row.unopened) : row.grade === filter;
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
