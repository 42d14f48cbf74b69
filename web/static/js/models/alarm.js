/**
 * When the wall sounds: once for what is new, the loudest of it; again after two minutes for what is severe and nobody has taken.
 * What is acknowledged makes no sound.
 *
 * @typedef {"incident" | "down" | "weak"} Sound the loudest first
 * @typedef {import("./attention.js").Matter} Matter
 */

import { isLost } from "./grades.js";

/** @type {Sound[]} */
const LOUDNESS = ["incident", "down", "weak"];
export const AGAIN = 120_000_000;
/** Sounds nearer than this are one. */
export const APART = 3_000_000;

export class Alarm {
  constructor() {
    /** @type {Map<string, {sound: Sound, at: number}>} what was sounded, and when last */
    this._sounded = new Map();
    this._began = false;
    this._last = -Infinity;
  }

  /**
   * @param {Matter[]} urgent what nobody has taken
   * @param {number} now
   * @returns {Sound | null} what to play
   */
  hear(urgent, now) {
    const heard = new Map(urgent.flatMap((matter) => pairOf(matter)));
    for (const key of this._sounded.keys()) if (!heard.has(key)) this._sounded.delete(key);
    if (!this._began) {
      // What stands when the page opens is on it to be read.
      for (const [key, sound] of heard) this._sounded.set(key, { sound, at: now });
      this._began = true;
      return null;
    }
    if (now - this._last < APART) return null;
    const due = [...heard].filter(([key, sound]) => this._isDue(key, sound, now));
    if (due.length === 0) return null;
    for (const [key, sound] of due) this._sounded.set(key, { sound, at: now });
    this._last = now;
    return LOUDNESS.find((sound) => due.some(([, each]) => each === sound)) ?? null;
  }

  /** @param {string} key @param {Sound} sound @param {number} now */
  _isDue(key, sound, now) {
    const before = this._sounded.get(key);
    if (!before || LOUDNESS.indexOf(sound) < LOUDNESS.indexOf(before.sound)) return true;
    return sound !== "weak" && now - before.at >= AGAIN;
  }
}

/** @param {Matter} matter @returns {Array<[string, Sound]>} */
function pairOf(matter) {
  if (matter.kind === "incident" || matter.kind === "group") return [[matter.key, "incident"]];
  if (matter.kind !== "site") return [];
  if (!isLost(matter.site.grade)) return [[matter.key, "weak"]];
  return [[matter.key, matter.site.required ? "incident" : "down"]];
}
