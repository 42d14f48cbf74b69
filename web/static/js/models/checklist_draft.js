/**
 * The readiness checklist while somebody edits it: the items as they will be sent; no DOM.
 *
 * @typedef {{id: string, name: string, measure?: string, question?: string, help?: string, pictures?: string[]}} DraftItem
 */

export const MAX_ITEMS = 20;
/** How an item is answered. Only `tick` may be used by several: the others are measured in one way, once. */
export const MEASURES = ["tick", "link", "sound", "screen", "battery", "generator"];
const CONFERENCE = "conference";

export class ChecklistDraft {
  #before;

  /** @param {DraftItem[]} items as they are in force */
  constructor(items) {
    /** @type {DraftItem[]} */
    this.items = items.map((item) => ({ ...item, measure: item.measure ?? "tick" }));
    this.#before = JSON.stringify(this.toSend());
  }

  get changed() {
    return JSON.stringify(this.toSend()) !== this.#before;
  }

  get full() {
    return this.items.length >= MAX_ITEMS;
  }

  /** A new item at the end. @param {string} id that no item of this ceremony has or had */
  add(id) {
    if (!this.full) this.items.push({ id, name: "", measure: "tick" });
  }

  /** @param {number} index */
  remove(index) {
    this.items.splice(index, 1);
  }

  /** One place up; the first stays. @param {number} index */
  raise(index) {
    if (index > 0) this.items.splice(index - 1, 0, ...this.items.splice(index, 1));
  }

  /**
   * The question was written for the name and the measure of before: with another it would ask for the wrong thing.
   * @param {number} index @param {"name" | "measure" | "help"} field @param {string} value
   */
  set(index, field, value) {
    const item = this.items[index];
    if (item[field] === value) return;
    item[field] = value;
    if (field !== "help") delete item.question;
  }

  /** @param {number} index @param {boolean} only sites that join the conference are asked */
  onlyConference(index, only) {
    const { pictures: _, ...rest } = this.items[index];
    this.items[index] = only ? { ...rest, pictures: [CONFERENCE] } : rest;
  }

  /** @param {number} index */
  isOnlyConference(index) {
    const pictures = this.items[index].pictures ?? [];
    return pictures.length === 1 && pictures[0] === CONFERENCE;
  }

  /** Places of items that cannot be sent so, with why. @returns {Map<number, "no_name" | "same_measure">} */
  problems() {
    /** @type {Map<number, "no_name" | "same_measure">} */
    const found = new Map();
    const measures = new Set();
    for (const [index, item] of this.items.entries()) {
      if (!item.name.trim()) found.set(index, "no_name");
      else if (item.measure !== "tick" && measures.has(item.measure)) found.set(index, "same_measure");
      measures.add(item.measure);
    }
    return found;
  }

  /** @returns {DraftItem[]} for the command `set_checklist` */
  toSend() {
    return this.items.map((item) => ({ ...item, name: item.name.trim(), ...(item.help === undefined ? {} : { help: item.help.trim() }) }));
  }
}
