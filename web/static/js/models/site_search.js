/**
 * Finding sites by code or name without diacritics. Codes identify; names repeat, even in one district.
 *
 * @typedef {{code: string, name: string, group: string}} Findable
 * @typedef {{code: string, rank: number}} Found rank: 0 the code itself, 1 code begins so, 2 the whole name, 3 name begins
 *   so, 4 each word begins a word of the name, 5 somewhere in code, name and group
 */

import { fold } from "../lib/format.js";

const UNIT_WORDS = /^(xa|phuong|thi tran|thi xa|huyen|thanh pho|dac khu|thon|ban|to dan pho) /;

const FEW_FIGURES = /^\d{1,2}$/;

export class SiteSearch {
  constructor() {
    /** @type {Map<string, Findable>} sites that nobody has looked for yet: folding 5,000 of them takes longer than a frame */
    this._waiting = new Map();
    /** @type {Map<string, {code: string, name: string, bare: string, all: string}>} */
    this._entries = new Map();
    /** @type {Map<string, string>} names and groups repeat: each is folded once */
    this._folded = new Map();
  }

  /** @param {Findable} site */
  put(site) {
    this._waiting.set(site.code, site);
  }

  /**
   * Fold some of the sites that wait, so that the first search does not have to.
   * @param {number} most
   * @returns {boolean} whether more are waiting
   */
  warm(most) {
    let left = most;
    for (const site of this._waiting.values()) {
      if (left === 0) return true;
      this._enter(site);
      left -= 1;
    }
    return false;
  }

  /** @param {Findable} site */
  _enter(site) {
    this._waiting.delete(site.code);
    const name = this._fold(site.name);
    const code = fold(site.code);
    this._entries.set(site.code, { code, name, bare: name.replace(UNIT_WORDS, ""), all: ` ${code} ${name} ${this._fold(site.group)}` });
  }

  /** @param {string} text */
  _fold(text) {
    let folded = this._folded.get(text);
    if (folded === undefined) this._folded.set(text, (folded = fold(text)));
    return folded;
  }

  /** @param {string} code */
  remove(code) {
    this._waiting.delete(code);
    this._entries.delete(code);
  }

  clear() {
    this._waiting.clear();
    this._entries.clear();
    this._folded.clear();
  }

  /**
   * What a search for this site looks in: code, name and group, folded.
   * @param {string} code
   */
  text(code) {
    const waiting = this._waiting.get(code);
    if (waiting) this._enter(waiting);
    return this._entries.get(code)?.all ?? "";
  }

  /**
   * Whether the site answers to every word of the query; true for an empty one.
   * @param {string} code
   * @param {string[]} words from `wordsOf`
   */
  matches(code, words) {
    this.warm(Infinity);
    const entry = this._entries.get(code);
    return entry !== undefined && words.every((word) => finds(entry.all, word));
  }

  /**
   * Sites for the query, best first, in roster order within a rank.
   * @param {string} query
   * @param {number} limit
   * @returns {Found[]}
   */
  find(query, limit) {
    const words = wordsOf(query);
    if (words.length === 0) return [];
    this.warm(Infinity);
    const whole = words.join(" ");
    /** @type {Found[]} */
    const found = [];
    for (const [code, entry] of this._entries) {
      if (words.every((word) => finds(entry.all, word))) found.push({ code, rank: rankOf(entry, whole, words) });
    }
    return found.sort((a, b) => a.rank - b.rank).slice(0, limit);
  }
}

/**
 * Whether a word is in a text from `SiteSearch.text`. One or two figures must begin a word: “thôn 7” does not mean every code
 * with a seven in it.
 * @param {string} text
 * @param {string} word
 */
export function finds(text, word) {
  return FEW_FIGURES.test(word) ? text.includes(` ${word}`) : text.includes(word);
}

/**
 * @param {string} query
 * @returns {string[]}
 */
export function wordsOf(query) {
  const folded = fold(query);
  return folded ? folded.split(" ") : [];
}

/**
 * @param {{code: string, name: string, bare: string}} entry
 * @param {string} whole
 * @param {string[]} words
 */
function rankOf(entry, whole, words) {
  if (entry.code === whole) return 0;
  if (entry.name === whole || entry.bare === whole) return 2;
  if (entry.code.startsWith(whole)) return 1;
  if (entry.name.startsWith(whole) || entry.bare.startsWith(whole)) return 3;
  const parts = entry.name.split(" ");
  return words.every((word) => parts.some((part) => part.startsWith(word))) ? 4 : 5;
}
