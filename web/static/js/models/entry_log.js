/**
 * What the desk has entered on this page, newest first, and what became of each line.
 *
 * @typedef {import("./grades.js").SiteRow} SiteRow
 * @typedef {"sending" | "accepted" | "refused" | "unsent"} EntryState `unsent`: the centre was not reached; nothing changed
 * @typedef {{id: string, code: string, name: string, group: string, count: number, before: number | null, reason: string,
 *   confirmed: boolean, at: number, state: EntryState, problem: string, undone: boolean}} Entry
 *   `id` is the command's id, kept so that sending again cannot count twice; `before` is the number in force before
 */

export class EntryLog {
  constructor() {
    /** @type {Entry[]} */
    this.entries = [];
  }

  /**
   * @param {string} id
   * @param {SiteRow} site
   * @param {number} count
   * @param {{reason: string, confirmed: boolean}} given
   * @param {number} at
   * @returns {Entry}
   */
  add(id, site, count, given, at) {
    /** @type {Entry} */
    const entry = {
      id,
      code: site.code,
      name: site.name,
      group: site.group,
      count,
      before: site.present ?? null,
      reason: given.reason,
      confirmed: given.confirmed,
      at,
      state: "sending",
      problem: "",
      undone: false,
    };
    this.entries.unshift(entry);
    return entry;
  }

  /**
   * The newest accepted entry that still stands: what "undo" means.
   * @returns {Entry | undefined}
   */
  last() {
    return this.entries.find((entry) => entry.state === "accepted" && !entry.undone && !this._superseded(entry));
  }

  /** Lines that would be lost by leaving the page. */
  get open() {
    return this.entries.some((entry) => entry.state === "sending" || entry.state === "unsent");
  }

  /** @param {Entry} entry */
  _superseded(entry) {
    const newest = this.entries.find((each) => each.code === entry.code && each.state === "accepted");
    return newest !== entry;
  }
}
